/**
 * The bench from its first server to its report: limits, then ours, in one run on one machine.
 *
 * Invariant   everything is stopped at the end; a run that rated the wrong thing has no report.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { stopEverything } from '@suanpan/local-stack';

import { type Bench, openBench } from './bench.js';
import { setUpCatalogue } from './catalogue.js';
import { checkRated } from './check.js';
import { measureCopy } from './copy-limits.js';
import { shown } from './figures.js';
import { measureHalfLoad, measureIngest, measureStream } from './ingest.js';
import { fillLog, measureConsume, measureProduce, producedFor, recordsOf } from './kafka-limits.js';
import { lookAtMachine } from './machine.js';
import { dropOwnStack, migrateService, startOwnStack } from './own-stack.js';
import { measureRating } from './rating.js';
import { type Measured, toJson, toText } from './report.js';
import { DISTRIBUTION } from './workload.js';

export const PARTS = ['limits', 'ingest', 'rating'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly events: number;
  readonly streamMiB: number;
  readonly only: Part | null;
  readonly report: string | null;
  readonly print: (line: string) => void;
}

const HOME = 'bench';

const measureLimits = async (
  bench: Bench,
  only: Part | null,
): Promise<Pick<Measured, 'produce' | 'consume' | 'copy'>> => {
  const { events, print } = bench;
  const produce = await measureProduce(bench, recordsOf(0, events, events));
  print(`limit: kafkajs produce  ${shown(produce)} records/s`);
  if (only === 'ingest') return { produce, consume: null, copy: null };
  const consume = await measureConsume(bench, producedFor(events));
  print(`limit: kafkajs consume  ${shown(consume)} records/s`);
  const copy = await measureCopy(bench);
  print(`limit: COPY unique (source, id)  ${shown(copy.unique.first)} rows/s`);
  print(`limit: COPY unique (h1, h2)  ${shown(copy.hashUnique.first)} rows/s`);
  return { produce, consume, copy };
};

const measureRounds = async (bench: Bench): Promise<Pick<Measured, 'rating' | 'history'>> => {
  const { events, print } = bench;
  const rating = await measureRating(bench, events);
  await checkRated(bench, events);
  print(`ours: rating  ${shown(rating.perSecond)} events/s; counts and sums are right`);
  await fillLog(bench, recordsOf(events, 2 * events, events));
  const history = await measureRating(bench, 2 * events);
  await checkRated(bench, 2 * events);
  print(`ours: rating, second round  ${shown(history.perSecond)} events/s; sums are right`);
  return { rating, history };
};

type Keys = Readonly<Record<string, string>>;

const measureDoor = async (bench: Bench, keys: Keys): Promise<Pick<Measured, 'ingest'>> => {
  const ingest = await measureIngest(bench, keys);
  bench.print(`ours: ingest, batches  ${shown(ingest.batches.perSecond)} events/s`);
  bench.print(`ours: ingest, NDJSON  ${shown(ingest.lines.perSecond)} events/s`);
  return { ingest };
};

/** What repeats events: it comes last, so that the rating has met each event once. */
const measureLast = async (
  bench: Bench,
  { keys, streamMiB }: { readonly keys: Keys; readonly streamMiB: number },
): Promise<Pick<Measured, 'halfLoad' | 'stream'>> => {
  const halfLoad = await measureHalfLoad(bench, keys);
  bench.print(`ours: batches of 100 at half load  ${shown(halfLoad.p99Millis)} ms (p99)`);
  const stream = await measureStream(bench, keys, streamMiB);
  bench.print(`ours: one stream of ${streamMiB} MiB  ${shown(stream.peakMiB)} MiB of memory`);
  return { halfLoad, stream };
};

const measureOurs = async (
  bench: Bench,
  { only, streamMiB }: Pick<BenchOptions, 'only' | 'streamMiB'>,
): Promise<Omit<Measured, 'produce' | 'consume' | 'copy'>> => {
  const none = { ingest: null, rating: null, history: null, halfLoad: null, stream: null };
  if (only === 'limits') return none;
  const keys = await setUpCatalogue(bench);
  if (only === 'rating') {
    await fillLog(bench, recordsOf(0, bench.events, bench.events));
    return { ...none, ...(await measureRounds(bench)) };
  }
  const { ingest } = await measureDoor(bench, keys);
  const rounds = only === 'ingest' ? none : await measureRounds(bench);
  return { ...rounds, ingest, ...(await measureLast(bench, { keys, streamMiB })) };
};

const measureAll = async ({ events, streamMiB, only, print }: BenchOptions): Promise<Measured> => {
  const stack = await startOwnStack(HOME, print);
  await migrateService(stack, 'usage-ingest');
  await migrateService(stack, 'pricing');
  const bench = await openBench(stack, { events, print });
  try {
    const limits = await measureLimits(bench, only);
    return { ...limits, ...(await measureOurs(bench, { only, streamMiB })) };
  } finally {
    await bench.sql.end();
  }
};

const write = (file: string, value: unknown): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
};

/** Measures, prints, writes; throws where a measurement is not to be believed. */
export const runBench = async (options: BenchOptions): Promise<void> => {
  const { events, print } = options;
  const machine = lookAtMachine();
  print(`${machine.cpus} × ${machine.cpu}, load ${machine.loadBefore}`);
  if (machine.busy) print('WARNING: the machine is busy; the figures will be too low.');
  const measured = await measureAll(options);
  const report = { machine, events, distribution: DISTRIBUTION, measured };
  print(toText(report));
  if (options.report !== null) write(options.report, toJson(report));
  await stopEverything();
  await dropOwnStack(HOME);
};
