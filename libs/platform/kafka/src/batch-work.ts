/**
 * Runs a handler over batches until their effects are stored, or their partitions are given up.
 *
 * Shape       Unavailable → the same batches again, for ever, with backoff (never quarantined);
 *             StaleEpoch → drop, join again; HaltPartition → halt that one; anything else → each
 *             batch alone, a few times, then halt.
 * Source      reliability D08, D02; F15–F19
 */
import { Unavailable } from '@suanpan/event-sourcing';
import { Counter, crashPoint, inConsumerSpan, metrics } from '@suanpan/platform-observability';
import type { Consumed } from '@suanpan/platform-observability';
import { StaleEpoch } from '@suanpan/platform-postgres';
import { HaltPartition } from './breaker.js';
import type { LogBatch, LogBatchHandle } from './handlers.js';
import { backoffMs, halt, labelOf, seek, sleep } from './session.js';
import type { Session } from './session.js';

export const ATTEMPTS_MAX = 5;

const handled = new Counter({
  name: 'suanpan_log_records_total',
  help: 'Records whose effects are stored, by topic.',
  labelNames: ['topic'],
  registers: [metrics],
});

const stale = new Counter({
  name: 'suanpan_stale_batches_total',
  help: 'Batches dropped because another worker holds the partition.',
  labelNames: ['topic'],
  registers: [metrics],
});

const stateOf = (session: Session, batch: LogBatch) =>
  session.partitions.at(batch.topic, batch.partition);

const succeed = (session: Session, batches: readonly LogBatch[]): void => {
  for (const batch of batches) {
    const state = stateOf(session, batch);
    // A rejoin may have ended the claim meanwhile; what was stored is then read from the database.
    if (state.claim?.epoch === batch.claim.epoch) state.moved(batch.lastOffset + 1n);
    session.partitions.touch(batch.topic, batch.partition);
    handled.inc({ topic: labelOf(session, batch.topic) }, batch.messages.length);
  }
};

const drop = (session: Session, batches: readonly LogBatch[]): void => {
  for (const batch of batches) {
    const state = stateOf(session, batch);
    state.forget();
    seek(session, state, batch.firstOffset);
    stale.inc({ topic: labelOf(session, batch.topic) });
  }
  session.rejoin = true;
};

/** True while PostgreSQL answers: only then is a failing batch the batch's own fault. */
const isHealthy = async (session: Session): Promise<boolean> =>
  session.options.db
    .transaction((tx) => tx.query('select 1'))
    .then(() => true)
    .catch(() => false);

const giveUp = (session: Session, batch: LogBatch, error: unknown): void => {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  halt(session, stateOf(session, batch), { code: 'BATCH_FAILED', detail });
};

const haltOne = (session: Session, halting: HaltPartition): void => {
  const state = session.partitions.at(halting.topic, halting.partition);
  halt(session, state, { code: halting.code, detail: halting.message });
};

const isHalted = (session: Session, batch: LogBatch): boolean =>
  stateOf(session, batch).halted !== undefined;

const consumedOf = (topic: string, batches: readonly LogBatch[]): Consumed => ({
  topic,
  count: batches.reduce((sum, { messages }) => sum + messages.length, 0),
  traceparents: batches.map(({ messages }) => messages[0]?.headers['traceparent']),
});

/** What became of a failing call: again after a pause, or done with it. */
type Verdict = 'again' | 'apart' | 'done';

const judge = (session: Session, batches: readonly LogBatch[], error: unknown): Verdict => {
  if (session.stopping) return 'done';
  if (error instanceof StaleEpoch) {
    drop(session, batches);
    return 'done';
  }
  if (error instanceof HaltPartition) {
    haltOne(session, error);
    return 'apart';
  }
  return error instanceof Unavailable ? 'again' : 'apart';
};

const waitAfter = async (
  session: Session,
  batches: readonly LogBatch[],
  attempt: number,
): Promise<void> => {
  for (const { topic, partition } of batches) session.partitions.touch(topic, partition);
  await sleep(backoffMs(session.timing, attempt));
};

const runApart = async (
  session: Session,
  handle: LogBatchHandle,
  batches: readonly LogBatch[],
): Promise<void> => {
  for (const batch of batches) await runBatches(session, handle, [batch]);
};

/** Runs one call to its end. Never throws: what cannot be stored ends as a halt or a drop. */
export const runBatches = async (
  session: Session,
  handle: LogBatchHandle,
  given: readonly LogBatch[],
): Promise<void> => {
  let faults = 0;
  for (let attempt = 0; ; attempt += 1) {
    const batches = given.filter((batch) => !isHalted(session, batch));
    const [first] = batches;
    if (first === undefined) return;
    try {
      await inConsumerSpan(consumedOf(first.topic, batches), () => handle(batches));
      crashPoint('log:stored-before-resolve');
      succeed(session, batches);
      return;
    } catch (error) {
      const verdict = judge(session, batches, error);
      if (verdict === 'done') return;
      if (verdict === 'apart' && batches.length > 1) return runApart(session, handle, batches);
      session.logger.warn({ err: error, topic: first.topic, attempt }, 'A batch failed.');
      if (verdict === 'apart' && (await isHealthy(session))) faults += 1;
      if (faults >= ATTEMPTS_MAX) return giveUp(session, first, error);
      await waitAfter(session, batches, attempt);
      if (session.rejoin) return drop(session, batches);
    }
  }
};
