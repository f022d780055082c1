/**
 * Turns refused items into records of `usage.refused`: why, and the raw bytes sealed with the key
 * of the centre that sent them.
 *
 * Invariant   what stands in clear holds no word of the sender's but source and id.
 * Source      ruling R23
 */
import { Inject, Injectable } from '@nestjs/common';
import { encode } from '@suanpan/messages';
import type { LogRecord } from '@suanpan/platform-kafka';
import type { Clock } from '@suanpan/platform-observability';
import type { Database, Sealed, Vault } from '@suanpan/platform-postgres';
import { withoutPayload } from '@suanpan/usage';
import type { Budget } from '../limits/budget.js';
import { CLOCK, DATABASE, VAULT } from '../tokens.js';
import type { RefusedItem } from './admission.js';
import { SEALED_BYTES_MAX } from './limits.js';

/** Whose request it is. */
export interface Origin {
  readonly tenant: string;
  readonly centre: string;
  readonly credential: string;
  readonly requestId: string;
  /** What the centre may spend; absent where that was settled before. */
  readonly budget?: Budget | undefined;
}

/** By which a centre is told apart from every other of every tenant. */
export const ownerOf = ({ tenant, centre }: Origin): string => JSON.stringify([tenant, centre]);

@Injectable()
export class RefusedRecords {
  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async of(refused: readonly RefusedItem[], origin: Origin): Promise<readonly LogRecord[]> {
    if (refused.length === 0) return [];
    const { tenant, centre, requestId } = origin;
    const sealed = await this.seal(refused, origin);
    const receivedAt = this.clock.now();
    const key = Buffer.from(centre, 'utf8');
    return refused.map(({ source, id, refusal }, index): LogRecord => {
      const { code, path, detail } = withoutPayload(refusal);
      const { sealed: sealedRaw = null, keyId = null } = sealed[index] ?? {};
      const why = { code, path, detail, receivedAt, sealedRaw, keyId, requestId };
      return { key, value: encode('usage.refused', { tenant, centre, source, id, ...why }) };
    });
  }

  /** Seals all of them in one transaction; null for what would not fit into a message. */
  private async seal(
    refused: readonly RefusedItem[],
    { tenant, centre }: Origin,
  ): Promise<readonly (Sealed | null)[]> {
    const fitting = refused.filter(({ raw }) => raw.length <= SEALED_BYTES_MAX);
    const owner = { tenant, party: centre };
    const sealed = await this.db.inTenant({ tenant }, (tx) =>
      this.vault.sealAll(
        tx,
        owner,
        fitting.map(({ raw }) => raw),
      ),
    );
    const byItem = new Map(fitting.map((item, index) => [item, sealed[index] ?? null]));
    return refused.map((item) => byItem.get(item) ?? null);
  }
}
