/**
 * Turns refused items into records of `usage.refused`: why, and the raw bytes sealed with the key
 * of the centre that sent them.
 *
 * Source      ruling R23
 */
import { Inject, Injectable } from '@nestjs/common';
import { encode } from '@suanpan/messages';
import type { LogRecord } from '@suanpan/platform-kafka';
import type { Clock } from '@suanpan/platform-observability';
import type { Database, Sealed, Vault } from '@suanpan/platform-postgres';
import { CLOCK, DATABASE, VAULT } from '../tokens.js';
import { namesOf } from './admission.js';
import type { RefusedItem } from './admission.js';
import { SEALED_BYTES_MAX } from './limits.js';

/** Whose request it is. */
export interface Origin {
  readonly tenant: string;
  readonly centre: string;
  readonly requestId: string;
}

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
    return refused.map(({ item, refusal }, index): LogRecord => {
      const { code, path, detail } = refusal;
      const { source, id } = namesOf(item);
      const { sealed: sealedRaw = null, keyId = null } = sealed[index] ?? {};
      const why = { code, path, detail, receivedAt, sealedRaw, keyId, requestId };
      return { key, value: encode('usage.refused', { tenant, centre, source, id, ...why }) };
    });
  }

  /** Seals all of them in one transaction; null for what would not fit into a message. */
  private seal(
    refused: readonly RefusedItem[],
    { tenant, centre }: Origin,
  ): Promise<readonly (Sealed | null)[]> {
    return this.db.inTenant({ tenant }, async (tx) => {
      const sealed: (Sealed | null)[] = [];
      for (const { item } of refused) {
        const fits = item.raw.length <= SEALED_BYTES_MAX;
        sealed.push(fits ? await this.vault.seal(tx, { tenant, party: centre }, item.raw) : null);
      }
      return sealed;
    });
  }
}
