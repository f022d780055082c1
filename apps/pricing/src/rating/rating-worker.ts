/**
 * The thread that rates: a pipeline with sessions of its own.
 *
 * Shape       started by ./rating-threads with RatingSettings.
 */
import { workerData } from 'node:worker_threads';
import { Defect } from '@suanpan/event-sourcing';
import { Breaker, serve, unpackBatches } from '@suanpan/platform-kafka';
import { continueTrace, flushSpans } from '@suanpan/platform-observability';
import { createVault, openDatabase } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { RatingPipeline } from './rating-pipeline.js';
import { GROUPS_A_THREAD } from './rating-threads.js';
import type { RatingOrder, RatingOutcome, RatingSettings } from './rating-threads.js';

const { url, schema, vaultKey } = workerData as RatingSettings;
const { seal } = createVault(vaultKey);

interface Opened {
  readonly db: Database;
  readonly pipeline: RatingPipeline;
}

let opening: Promise<Opened> | undefined;

const openPipeline = async (): Promise<Opened> => {
  const applicationName = 'pricing rating';
  const db = await openDatabase({ url, schema, applicationName, poolMax: GROUPS_A_THREAD });
  return { db, pipeline: new RatingPipeline({ db, seal }) };
};

/** May be asked for again, also while it is under way: another thread's database may not answer. */
const open = async (): Promise<void> => {
  opening ??= openPipeline();
  try {
    await opening;
  } catch (error) {
    opening = undefined;
    throw error;
  }
};

const rate = async ({
  packed,
  breakers,
  traceparent,
}: Extract<RatingOrder, { type: 'rate' }>): Promise<RatingOutcome> => {
  if (opening === undefined) throw new Defect('NOT_OPEN', 'The thread rates before it is opened.');
  const { pipeline } = await opening;
  const batches = unpackBatches(packed);
  batches.forEach(({ partition }, index) => {
    const state = breakers[index];
    if (state !== undefined) pipeline.breakers.keep(partition, Breaker.of(state));
  });
  const reasons = await continueTrace(traceparent, () => pipeline.rate(batches));
  const after = batches.map(({ partition }) => pipeline.breakers.at(partition).state);
  return { breakers: after, reasons };
};

const close = async (): Promise<void> => {
  await (await opening)?.db.close();
  await flushSpans();
};

serve(async (order: RatingOrder): Promise<RatingOutcome | undefined> => {
  if (order.type === 'rate') return rate(order);
  await (order.type === 'open' ? open() : close());
  return undefined;
});
