/**
 * A cut: a fact that does not commute with usage, placed exactly between batches.
 *
 * Shape       locks the offset rows of all partitions in order, so that no batch is under way;
 *             ordinal and the vector of next offsets go into the event's body.
 * Invariant   cuts are one after the other; replay applies usage up to the vector, then the fact,
 *             in the order of ordinals, and finds the same state (R2).
 * Rejections  none; Defect OFFSETS_MISSING before the partitions were registered
 * Source      rulings R2, R8, R14
 */
import { Defect } from '@suanpan/event-sourcing';
import { USAGE_PARTITIONS } from '@suanpan/messages';
import type { Database, Scope, Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';

export const USAGE_TOPIC = 'usage.recorded';
export const GROUP = 'pricing';

export interface Cut {
  readonly ordinal: bigint;
  /** The first offset of each partition that was not applied yet. */
  readonly vector: readonly bigint[];
  /** The version of the catalogue that the fact makes, where it changes it. */
  readonly catalogueVersion: bigint;
}

/** What of a cut stands in an event. */
export interface CutMark {
  readonly ordinal: bigint;
  readonly vector: readonly bigint[];
}

export const cutMark = z.object({
  ordinal: z.string().transform(BigInt),
  vector: z.array(z.string().transform(BigInt)).length(USAGE_PARTITIONS),
});

const LOCK = `
select partition, next_offset from consumer_offset
where group_id = $1 and topic = $2 order by partition for update`;

interface OffsetRow {
  readonly partition: number;
  readonly next_offset: string;
}

/** Waits for the batches under way and keeps new ones out until the transaction ends. */
export const lockLog = async (tx: Tx): Promise<readonly bigint[]> => {
  const rows = await tx.query<OffsetRow>(LOCK, [GROUP, USAGE_TOPIC]);
  if (rows.length !== USAGE_PARTITIONS) {
    throw new Defect('OFFSETS_MISSING', `${rows.length} of ${USAGE_PARTITIONS} offsets are there.`);
  }
  return rows.map((row) => BigInt(row.next_offset));
};

/** Takes a cut; nothing is written before `markCut`. */
export const takeCut = async (tx: Tx): Promise<Cut> => {
  const vector = await lockLog(tx);
  const [row] = await tx.query<{ version: string; cut: string }>(
    'select version, cut from catalogue_version',
  );
  return {
    vector,
    ordinal: BigInt(row?.cut ?? '0') + 1n,
    catalogueVersion: BigInt(row?.version ?? '0') + 1n,
  };
};

/** Counts the cut, and lets every worker know that the catalogue is a new one. */
export const markCatalogue = async (tx: Tx, cut: Cut): Promise<void> => {
  await tx.query('update catalogue_version set version = $1, cut = $2', [
    cut.catalogueVersion.toString(),
    cut.ordinal.toString(),
  ]);
};

/** Counts a cut that leaves the catalogue as it is. */
export const markCut = async (tx: Tx, cut: Cut): Promise<void> => {
  await tx.query('update catalogue_version set cut = $1', [cut.ordinal.toString()]);
};

export interface CutOutcome<T> {
  readonly result: T;
  readonly changed: boolean;
}

/** Runs a command that changes the catalogue, unless it says that nothing changed. */
export const inCut = <T>(
  db: Database,
  scope: Scope,
  work: (tx: Tx, cut: Cut) => Promise<CutOutcome<T>>,
): Promise<T> =>
  db.inTenant(scope, async (tx) => {
    const cut = await takeCut(tx);
    const { result, changed } = await work(tx, cut);
    if (changed) await markCatalogue(tx, cut);
    return result;
  });

const REGISTER = `
insert into consumer_offset (group_id, topic, partition, epoch, next_offset, cluster_id)
select $1, $2, p, 1, 0, $3 from generate_series(0, $4::int - 1) as p order by p
on conflict (group_id, topic, partition) do nothing`;

/** Makes the offset rows of all partitions, before the first claim and the first command. */
export const registerPartitions = (db: Database, clusterId: string): Promise<unknown> =>
  db.transaction((tx) => tx.query(REGISTER, [GROUP, USAGE_TOPIC, clusterId, USAGE_PARTITIONS]));
