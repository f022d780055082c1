import { decode, type UsageRecorded } from '@suanpan/messages';

import type { Catalogue } from './catalogue.js';
import { dimensionsOf } from './dimensions.js';
import type { Tally } from './findings.js';
import { identityOf, partitionOf } from './identity.js';
import type { LogRecord, PartitionLog } from './log.js';
import { payloadHashOf } from './payload.js';
import { type ExpectedRating, rateAgain } from './rating.js';

/**
 * How each record of one partition of usage.recorded must have ended, from the raw log alone.
 *
 * Shape       records in the order of their offsets; the first payload of an identity stands, the same payload
 *             again is a duplicate, another one a conflict.
 * Source      R9, design.md 3.5, I1
 */
export type Ending = 'rated' | 'duplicate' | 'conflict' | 'unpriced' | 'quarantined';

export interface AuditedRecord {
  readonly offset: bigint;
  /** How it ended when it was read first; batches count this. */
  readonly first: Ending;
  /** How it stands now: an unpriced event may have been rated later. */
  readonly now: Ending;
  readonly event: UsageRecorded | null;
  readonly payloadHash: Buffer | null;
  readonly identity: Buffer | null;
  /** The id of its dimension set. */
  readonly dims: string | null;
  readonly rating: ExpectedRating | null;
  readonly unpricedCode: string | null;
}

const decoded = (record: LogRecord): UsageRecorded | null => {
  try {
    const message = decode(record.value);
    return message.type === 'usage.recorded' ? message.value : null;
  } catch {
    return null;
  }
};

const unreadable = (offset: bigint): AuditedRecord => ({
  offset,
  first: 'quarantined',
  now: 'quarantined',
  event: null,
  payloadHash: null,
  identity: null,
  dims: null,
  rating: null,
  unpricedCode: null,
});

interface Place {
  readonly partition: number;
  readonly offset: bigint;
}

/** Rates a record as it was first seen, then at every later moment at which it was tried again. */
const endingOf = (
  catalogue: Catalogue,
  event: UsageRecorded,
  { partition, offset }: Place,
): Pick<AuditedRecord, 'first' | 'now' | 'rating' | 'unpricedCode'> => {
  const first = rateAgain(catalogue.at(partition, offset), event);
  if (first.status === 'rated') {
    return { first: 'rated', now: 'rated', rating: first, unpricedCode: null };
  }
  for (const { known } of catalogue.laterTrials(partition, offset)) {
    const later = rateAgain(known, event);
    if (later.status === 'rated') {
      return { first: 'unpriced', now: 'rated', rating: later, unpricedCode: first.code };
    }
  }
  return { first: 'unpriced', now: 'unpriced', rating: null, unpricedCode: first.code };
};

export class PartitionAudit {
  private readonly seen = new Map<string, Buffer>();

  constructor(
    private readonly catalogue: Catalogue,
    private readonly partition: number,
    private readonly wellFormed: Tally,
  ) {}

  private audit(record: LogRecord): AuditedRecord {
    const { offset, partition } = record;
    const event = decoded(record);
    if (event === null) return unreadable(offset);
    const identity = identityOf(event.tenant, event.source, event.id);
    if (record.key === null || !record.key.equals(identity)) return unreadable(offset);
    const payloadHash = payloadHashOf(event);
    const named = identity.toString('latin1');
    const known = this.seen.get(named);
    const base = { offset, event, payloadHash, identity, dims: null };
    if (known !== undefined) {
      const ending = known.equals(payloadHash) ? 'duplicate' : 'conflict';
      return { ...base, first: ending, now: ending, rating: null, unpricedCode: null };
    }
    this.seen.set(named, payloadHash);
    const dims = dimensionsOf(event);
    return { ...base, dims, ...endingOf(this.catalogue, event, { partition, offset }) };
  }

  /** All records of the partition, judged in order. */
  run({ low, records }: PartitionLog): readonly AuditedRecord[] {
    const where = (offset: bigint): string => `usage.recorded ${this.partition}/${offset}`;
    if (low > 0n) this.wellFormed.violate(`${where(0n)}: the log begins at ${low}, not at 0`);
    let expected = low;
    return records.map((record) => {
      const gap = record.offset === expected ? null : `${where(expected)} is missing`;
      expected = record.offset + 1n;
      const audited = this.audit(record);
      const misplaced =
        audited.identity !== null && partitionOf(audited.identity) !== this.partition
          ? `${where(record.offset)} belongs to partition ${partitionOf(audited.identity)}`
          : null;
      this.wellFormed.see(gap ?? misplaced);
      return audited;
    });
  }
}
