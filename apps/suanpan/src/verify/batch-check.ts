import type { Snapshot } from './database.js';
import type { Tally } from './findings.js';
import { merkleRootOf } from './identity.js';
import type { Ending } from './history.js';
import type { AuditedRecord } from './usage-audit.js';

/**
 * pricing.batch, the copy of what was read from the log: ranges without a gap, counts, and Merkle roots that are
 * computed again from the raw records.
 *
 * Shape       a batch counts its records as they first ended, and −1 and +1 for each waiting one that got its end
 *             by it. Its leaves are the records that were rated at once.
 * Source      I1, I7, R15; reliability I05, I20
 */
export interface BatchRow {
  readonly partition: number;
  readonly first_offset: string;
  readonly last_offset: string;
  readonly rated: string;
  readonly duplicate: string;
  readonly conflict: string;
  readonly unpriced: string;
  readonly quarantined: string;
  readonly merkle_root: Buffer;
}

export const ENDINGS: readonly Ending[] = [
  'rated',
  'duplicate',
  'conflict',
  'unpriced',
  'quarantined',
];

export const streamBatches = (snapshot: Snapshot): AsyncGenerator<BatchRow> =>
  snapshot.stream<BatchRow>(
    `select partition, first_offset, last_offset, rated, duplicate, conflict, unpriced,
       quarantined, merkle_root
     from pricing.batch where source_topic = 'usage.recorded' order by partition, first_offset`,
  );

const countsText = (count: (ending: Ending) => unknown): string =>
  ENDINGS.map((ending) => `${ending} ${count(ending)}`).join(', ');

const countsOf = (records: readonly AuditedRecord[]): ReadonlyMap<Ending, number> => {
  const counts = new Map<Ending, number>();
  const count = (ending: Ending, by: number): void => {
    counts.set(ending, (counts.get(ending) ?? 0) + by);
  };
  for (const { standing } of records) {
    count(standing.first, 1);
    for (const { from, to } of standing.moves) {
      count(from, -1);
      count(to, 1);
    }
  }
  return counts;
};

const faultOf = (row: BatchRow, records: readonly AuditedRecord[]): string | null => {
  const counts = countsOf(records);
  const expected = countsText((ending) => counts.get(ending) ?? 0);
  const found = countsText((ending) => row[ending]);
  if (expected !== found) return `expected ${expected}; found ${found}`;
  const leaves = records.flatMap(({ standing, payloadHash }) =>
    standing.first === 'rated' && payloadHash !== null ? [payloadHash] : [],
  );
  return merkleRootOf(leaves).equals(row.merkle_root) ? null : 'the Merkle root differs';
};

export interface PartitionBatches {
  readonly partition: number;
  readonly audited: readonly AuditedRecord[];
  readonly rows: readonly BatchRow[];
}

/** Compares the batches of one partition with its records; gives the offset after the last one. */
export const checkBatches = (
  { partition, audited, rows }: PartitionBatches,
  tally: Tally,
): bigint => {
  const start = audited[0]?.offset ?? 0n;
  let next = start;
  for (const row of rows) {
    const [first, last] = [BigInt(row.first_offset), BigInt(row.last_offset)];
    const name = `batch usage.recorded ${partition}/${first}–${last}`;
    if (first !== next) tally.violate(`${name}: expected to begin at ${next}`);
    const records = audited.slice(Number(first - start), Number(last - start) + 1);
    const short = BigInt(records.length) !== last - first + 1n;
    const fault = short ? 'reaches beyond the log' : faultOf(row, records);
    tally.see(fault === null ? null : `${name}: ${fault}`);
    next = last + 1n;
  }
  return next;
};
