/**
 * What a worker does first with the partitions that its group gives it.
 *
 * Invariant   the log is read from where the database stands, wherever Kafka's committed offset
 *             is; a halted partition stays unread, though kafkajs forgets a pause when it restarts.
 * Source      reliability D01, D02
 */
import { storedOffsets } from '@suanpan/platform-postgres';
import { pause, seek } from './session.js';
import type { Session } from './session.js';

/** The partitions of each topic, by its name without a prefix. */
export type Assigned = ReadonlyMap<string, readonly number[]>;

const seekStored = async (session: Session, assigned: Assigned): Promise<void> => {
  const { db, group } = session.options;
  for (const [topic, partitions] of assigned) {
    const stored = await storedOffsets(db, group, topic);
    for (const partition of partitions) {
      const offset = stored.get(partition);
      const state = session.partitions.at(topic, partition);
      // What was delivered and claimed meanwhile is read from its claim, and may have moved on.
      const waits = state.claim === undefined && state.halted === undefined;
      if (waits && offset !== undefined) seek(session, state, offset);
    }
  }
};

/** Forgets the assignment before; resolves when the log was asked for the stored offsets. */
export const beginAssignment = async (session: Session, assigned: Assigned): Promise<void> => {
  session.partitions.forgetAll();
  session.rejoin = false;
  for (const state of session.partitions.all()) {
    if (state.halted !== undefined) pause(session, state);
  }
  try {
    await seekStored(session, assigned);
  } catch (error) {
    // Each delivery is compared with its claim, so that a wrong place is found then.
    session.logger.warn({ err: error }, 'The log is read from its own offsets first.');
  }
};
