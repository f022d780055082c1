/**
 * Takes partitions over: raises the epoch, then makes sure that the log still holds the offset.
 *
 * Invariant   no offset is ever reset: one that the log does not hold halts its partition. A
 *             partition counts as claimed only when that has been looked at.
 * Source      reliability D02, D03; kafkajs 1119
 */
import { Defect } from '@suanpan/event-sourcing';
import { claimPartitions } from '@suanpan/platform-postgres';
import type { Claim } from '@suanpan/platform-postgres';
import { topicName } from '@suanpan/messages';
import type { PartitionState } from './partition-state.js';
import { halt } from './session.js';
import type { Session } from './session.js';

const takeOver = async (
  session: Session,
  topic: string,
  claims: readonly Claim[],
): Promise<void> => {
  const physical = topicName(session.options.prefix, topic);
  const offsets = await session.admin.fetchTopicOffsets(physical);
  const bounds = new Map(offsets.map((entry) => [entry.partition, entry]));
  for (const claim of claims) {
    const { partition, nextOffset } = claim;
    const state = session.partitions.at(topic, partition);
    const { low, high } = bounds.get(partition) ?? { low: '0', high: '0' };
    if (nextOffset >= BigInt(low) && nextOffset <= BigInt(high)) state.claimed(claim);
    else {
      halt(session, state, {
        code: 'DATA_GAP',
        detail: `The log holds ${low}..${high}, the next offset is ${nextOffset}.`,
      });
    }
  }
};

/** Claims what is not claimed yet; a partition with offsets of another cluster is halted. */
export const claimMissing = async (
  session: Session,
  topic: string,
  states: readonly PartitionState[],
): Promise<void> => {
  const missing = states.filter((state) => state.claim === undefined && state.halted === undefined);
  if (missing.length === 0) return;
  const { db, group } = session.options;
  const partitions = missing.map((state) => state.partition);
  const { clusterId } = session;
  try {
    const claims = await claimPartitions(db, { group, topic, partitions, clusterId });
    await takeOver(session, topic, claims);
  } catch (error) {
    if (!(error instanceof Defect)) throw error;
    for (const state of missing) halt(session, state, { code: error.code, detail: error.message });
  }
};
