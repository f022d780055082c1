/**
 * HTTP to acknowledged: the real usage-ingest process under load from another process.
 *
 * Units       milliseconds from a batch's first byte to its answer; CPU of usage-ingest alone
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { StackProblem } from '@suanpan/local-stack';

import { urlOf } from '../demo/services.js';
import { begin, type Bench, recordsIn, type Running } from './bench.js';
import { type Figure, microsEach, percentile, perSecond, rounded } from './figures.js';
import { USAGE_TOPIC } from './kafka-limits.js';
import { cpuOf, peakMiBOf } from './proc.js';
import type {
  Answer,
  BatchOrder,
  LineOrder,
  Order,
  PacedOrder,
  Sent,
  StreamOrder,
} from './sender.js';
import { BATCH_EVENTS } from './workload.js';

const IN_FLIGHT = 8;
const WARM_UP_MAX = 20_000;

export interface FormFigures {
  readonly perSecond: Figure;
  readonly cpuMicrosPerEvent: Figure;
  /** Of the process since its start. */
  readonly peakMiB: Figure;
}

export interface IngestFigures {
  readonly batches: FormFigures;
  readonly lines: FormFigures;
  readonly batchP50Millis: Figure;
  readonly batchP99Millis: Figure;
}

export interface HalfLoadFigures {
  /** Events a second at full load, in batches of this size. */
  readonly full: Figure;
  /** Events a second that were then offered. */
  readonly offered: number;
  readonly p50Millis: Figure;
  readonly p99Millis: Figure;
}

export interface StreamFigures extends FormFigures {
  readonly mebibytes: number;
}

const nextAnswer = (child: ChildProcess): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new StackProblem(`The sender ended with code ${code}.`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer as Answer);
    });
  });

const sentOf = (answer: Answer): Sent => {
  if ('sent' in answer) return answer.sent;
  throw new StackProblem('failed' in answer ? answer.failed : 'The sender said the wrong thing.');
};

/** Sends through a process of its own; `started` runs when everything is rendered. */
const sendFromOutside = async (order: Order, started: () => void): Promise<Sent> => {
  const file = fileURLToPath(new URL('sender.js', import.meta.url));
  const child = fork(file, ['send'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const ready = nextAnswer(child);
    child.send(order);
    await ready;
    const sent = nextAnswer(child);
    started();
    child.send('go');
    return sentOf(await sent);
  } finally {
    child.disconnect();
  }
};

/** The service under load, and what its senders need to know. */
interface Door {
  readonly bench: Bench;
  readonly keys: Readonly<Record<string, string>>;
  readonly running: Running;
}

const withDoor = async <T>(
  bench: Bench,
  keys: Door['keys'],
  work: (door: Door) => Promise<T>,
): Promise<T> => {
  const running = await begin(bench, 'usage-ingest', { ready: true });
  const result = await work({ bench, keys, running });
  await running.service.stop();
  return result;
};

type Load = BatchOrder | LineOrder | PacedOrder | StreamOrder;

const offer = async (
  { bench, keys, running }: Door,
  load: Load,
): Promise<{ readonly sent: Sent; readonly figures: FormFigures }> => {
  const already = await recordsIn(bench.stack, USAGE_TOPIC);
  let before: Figure = null;
  const order: Order = { ...load, keys, url: urlOf(bench.stack, 'usage-ingest') };
  const sent = await sendFromOutside(order, () => {
    before = cpuOf(running.pid());
  });
  const after = cpuOf(running.pid());
  const logged = (await recordsIn(bench.stack, USAGE_TOPIC)) - already;
  if (logged !== sent.accepted) {
    throw new StackProblem(`${sent.accepted} events were accepted, and the log got ${logged}.`);
  }
  const spent = before === null || after === null ? null : after - before;
  const figures = {
    perSecond: perSecond(sent.accepted, sent.seconds),
    cpuMicrosPerEvent: microsEach(spent, sent.accepted),
    peakMiB: peakMiBOf(running.pid()),
  };
  return { sent, figures };
};

/** Offers all events of the first round, half in each form; they stay on the log for the rating. */
export const measureIngest = (bench: Bench, keys: Door['keys']): Promise<IngestFigures> =>
  withDoor(bench, keys, async (door) => {
    const { events: round } = bench;
    const half = Math.floor(round / (2 * BATCH_EVENTS)) * BATCH_EVENTS;
    const warm = Math.min(WARM_UP_MAX, Math.floor(half / (5 * BATCH_EVENTS)) * BATCH_EVENTS);
    const form = 'batches' as const;
    const load = { form, batchEvents: BATCH_EVENTS, round, inFlight: IN_FLIGHT };
    // As the limit is: what the engine compiles at the start is no cost of an event.
    if (warm > 0) await offer(door, { ...load, from: 0, end: warm });
    const batches = await offer(door, { ...load, from: warm, end: half });
    const lines = await offer(door, { form: 'lines', from: half, end: round, round });
    return {
      batches: batches.figures,
      lines: lines.figures,
      batchP50Millis: rounded(percentile(batches.sent.batchMillis, 50), 1),
      batchP99Millis: rounded(percentile(batches.sent.batchMillis, 99), 1),
    };
  });

const SMALL_BATCH = 100;
const SMALL_IN_FLIGHT = 32;
const FULL_EVENTS_MAX = 100_000;
const PACED_SECONDS = 15;

/** As many as fill whole small batches, at least one. */
const inSmallBatches = (events: number): number =>
  Math.max(1, Math.floor(events / SMALL_BATCH)) * SMALL_BATCH;

/** Batches of 100 at half of what the door does of them; they repeat events of the first round. */
export const measureHalfLoad = (bench: Bench, keys: Door['keys']): Promise<HalfLoadFigures> =>
  withDoor(bench, keys, async (door) => {
    const { events: round } = bench;
    const small = { from: 0, round, batchEvents: SMALL_BATCH };
    const fullLoad = (events: number): Load => ({
      ...{ form: 'batches', ...small, inFlight: SMALL_IN_FLIGHT },
      end: inSmallBatches(events),
    });
    const most = Math.min(round, FULL_EVENTS_MAX);
    await offer(door, fullLoad(most / 5));
    const { perSecond: full } = (await offer(door, fullLoad(most))).figures;
    const offered = Math.max(SMALL_BATCH, Math.floor((full ?? 0) / 2));
    const end = inSmallBatches(Math.min(round, offered * PACED_SECONDS));
    const { sent } = await offer(door, { form: 'paced', ...small, end, perSecond: offered });
    return {
      full,
      offered,
      p50Millis: rounded(percentile(sent.batchMillis, 50), 1),
      p99Millis: rounded(percentile(sent.batchMillis, 99), 1),
    };
  });

const MEBIBYTE = 1_048_576;

/** One stream of lines, in a process of its own. */
export const measureStream = (
  bench: Bench,
  keys: Door['keys'],
  mebibytes: number,
): Promise<StreamFigures> =>
  withDoor(bench, keys, async (door) => {
    const { events: round } = bench;
    const bytes = mebibytes * MEBIBYTE;
    const load = { form: 'stream', from: 0, end: BATCH_EVENTS, round, bytes } as const;
    return { mebibytes, ...(await offer(door, load)).figures };
  });
