/**
 * The consumer's place in the log, fenced by an epoch and kept beside the effects.
 *
 * Shape       claim on assignment (epoch + 1), then compare-and-set in each batch's transaction.
 * Invariant   the offset moves exactly once over each record; an older epoch moves nothing.
 * Rejections  none; StaleEpoch when the claim is not the newest, Defect OTHER_CLUSTER
 * Source      reliability D01, D02; kafkajs issue 1046
 */
import { Defect } from '@suanpan/event-sourcing';
import type { Database, Tx } from './database.js';
import { StaleEpoch } from './errors.js';

export interface Claim {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly epoch: bigint;
  readonly nextOffset: bigint;
}

export interface ClaimRequest {
  readonly group: string;
  readonly topic: string;
  readonly partitions: readonly number[];
  /** The id of the Kafka cluster: offsets of another cluster mean nothing here. */
  readonly clusterId: string;
}

interface ClaimRow {
  readonly partition: number;
  readonly epoch: string;
  readonly next_offset: string;
  readonly cluster_id: string;
}

const CLAIM = `
insert into consumer_offset (group_id, topic, partition, epoch, next_offset, cluster_id)
select $1, $2, p, 1, 0, $4 from unnest($3::int[]) as p order by p
on conflict (group_id, topic, partition) do update
  set epoch = consumer_offset.epoch + 1, updated_at = clock_timestamp()
returning partition, epoch, next_offset, cluster_id`;

/** Becomes the one worker that may move these partitions on. */
export const claimPartitions = (db: Database, request: ClaimRequest): Promise<readonly Claim[]> =>
  db.transaction(async (tx) => {
    const { group, topic, partitions, clusterId } = request;
    const rows = await tx.query<ClaimRow>(CLAIM, [group, topic, partitions, clusterId]);
    const foreign = rows.find((row) => row.cluster_id !== clusterId);
    if (foreign !== undefined) {
      throw new Defect(
        'OTHER_CLUSTER',
        `${topic}/${foreign.partition} has offsets of cluster ${foreign.cluster_id}, not ${clusterId}.`,
      );
    }
    return rows.map((row) => ({
      group,
      topic,
      partition: row.partition,
      epoch: BigInt(row.epoch),
      nextOffset: BigInt(row.next_offset),
    }));
  });

const ADVANCE = `
update consumer_offset set next_offset = $6, updated_at = clock_timestamp()
where group_id = $1 and topic = $2 and partition = $3 and epoch = $4 and next_offset = $5`;

/**
 * Moves the offset from the batch's first record to one past its last. Must be the transaction's
 * first statement: it also locks the partition's row, in (topic, partition) order for several.
 */
export const advanceOffset = async (
  tx: Tx,
  claim: Claim,
  ...[from, to]: [from: bigint, to: bigint]
): Promise<void> => {
  const { group, topic, partition, epoch } = claim;
  const { rowCount } = await tx.client.query(ADVANCE, [
    group,
    topic,
    partition,
    epoch.toString(),
    from.toString(),
    to.toString(),
  ]);
  if (rowCount !== 1) {
    throw new StaleEpoch(`${topic}/${partition}: epoch ${epoch} does not stand at ${from}.`);
  }
};

/** Where a group stands in a topic, without claiming anything. */
export const storedOffsets = (
  db: Database,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, bigint>> =>
  db.transaction(async (tx) => {
    const rows = await tx.query<Pick<ClaimRow, 'partition' | 'next_offset'>>(
      'select partition, next_offset from consumer_offset where group_id = $1 and topic = $2',
      [group, topic],
    );
    return new Map(rows.map((row) => [row.partition, BigInt(row.next_offset)]));
  });
