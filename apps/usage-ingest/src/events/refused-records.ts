/**
 * Turns refused items into records of `usage.refused`: why, and the raw bytes sealed with the key
 * of the centre that sent them.
 *
 * Invariant   what stands in clear holds no word of the sender's but source and id.
 * Source      ruling R23
 */
import { Inject, Injectable } from '@nestjs/common';
import { encode } from '@suanpan/messages';
import type { UsageRefused } from '@suanpan/messages';
import type { LogRecord } from '@suanpan/platform-kafka';
import type { Clock } from '@suanpan/platform-observability';
import type { Database, Sealed, Vault } from '@suanpan/platform-postgres';
import { withoutPayload } from '@suanpan/usage';
import type { Budget } from '../limits/budget.js';
import { CLOCK, DATABASE, VAULT } from '../tokens.js';
import type { RefusedItem } from './admission.js';
import { SEALED_AROUND_BYTES_MAX, SEALED_BYTES_MAX } from './limits.js';

/** Whose request it is. */
export interface Origin {
  readonly tenant: string;
  readonly centre: string;
  readonly credential: string;
  readonly requestId: string;
  /** How a refused item's bytes are read again (../refused/raw-forms). Absent: not by themselves. */
  readonly door?: string | undefined;
  /** What the centre may spend; absent where that was settled before. */
  readonly budget?: Budget | undefined;
}

/** By which a centre is told apart from every other of every tenant. */
export const ownerOf = ({ tenant, centre }: Origin): string => JSON.stringify([tenant, centre]);

type Kept = Pick<UsageRefused, 'door' | 'keyId' | 'sealedAround' | 'sealedRaw'>;

const NOTHING: Kept = { door: null, keyId: null, sealedAround: null, sealedRaw: null };

/** Whether everything that is needed to read the item again fits into a message. */
const fits = ({ raw, around }: RefusedItem): boolean =>
  raw.length <= SEALED_BYTES_MAX && (around?.length ?? 0) <= SEALED_AROUND_BYTES_MAX;

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
    const kept = await this.seal(refused, origin);
    const receivedAt = this.clock.now();
    const key = Buffer.from(centre, 'utf8');
    return refused.map((item): LogRecord => {
      const { source, id, refusal } = item;
      const { code, path, detail } = withoutPayload(refusal);
      const why = { code, path, detail, receivedAt, requestId, ...(kept.get(item) ?? NOTHING) };
      return { key, value: encode('usage.refused', { tenant, centre, source, id, ...why }) };
    });
  }

  /** Seals all of them in one transaction; what would not fit into a message has none. */
  private async seal(
    refused: readonly RefusedItem[],
    { tenant, centre, door }: Origin,
  ): Promise<ReadonlyMap<RefusedItem, Kept>> {
    const fitting = refused.filter(fits);
    const texts = fitting.flatMap(({ raw, around }) => (around === null ? [raw] : [raw, around]));
    const sealed = await this.db.inTenant({ tenant }, (tx) =>
      this.vault.sealAll(tx, { tenant, party: centre }, texts),
    );
    const next = sealed.values();
    const take = (): Sealed | undefined => next.next().value;
    return new Map(
      fitting.map((item): [RefusedItem, Kept] => {
        const raw = take();
        const around = item.around === null ? undefined : take();
        const bytes = { sealedRaw: raw?.sealed ?? null, sealedAround: around?.sealed ?? null };
        return [item, { door: door ?? null, keyId: raw?.keyId ?? null, ...bytes }];
      }),
    );
  }
}
