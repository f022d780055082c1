/**
 * `usage.recorded` to deduplicated, rated and durable: one pricing process over a log that waits.
 *
 * Shape       progress is read every 50 ms from the committed offsets. The window begins at the first commit seen
 *             and ends at the last, so that the start of the process is not in it.
 * Units       CPU microseconds an event, of each process in the same window
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { StackProblem } from '@suanpan/local-stack';

import { begin, type Bench, kafkaPid, postgresPid, row, type Running, settle } from './bench.js';
import { type Figure, microsEach, perSecond, rounded } from './figures.js';
import { cpuOf, cpuOfFamily, largestPeakMiBOf, peakMiBOf } from './proc.js';

const LOOK_MS = 50;
const STALL_MS = 60_000;

export interface ByProcess {
  readonly pricing: Figure;
  readonly postgres: Figure;
  readonly kafka: Figure;
}

export interface RatingFigures {
  readonly perSecond: Figure;
  /** Events in the window: those of the first commit are not. */
  readonly measuredEvents: number;
  readonly cpuMicrosPerEvent: ByProcess;
  /** Of PostgreSQL the largest of its processes: they share memory. */
  readonly peakMiB: ByProcess;
  /** From the last commit until the outbox has told everyone. */
  readonly announcedAfterSeconds: Figure;
}

interface Sample {
  readonly at: number;
  readonly done: number;
  readonly cpu: ByProcess;
}

interface Window {
  readonly first: Sample;
  readonly last: Sample;
}

const COMMITTED = `select coalesce(sum(next_offset), 0)::text as done
  from pricing.consumer_offset where topic = 'usage.recorded'`;

const UNSENT = 'select count(*)::text as unsent from pricing.outbox where sent_at is null';

const committed = async (bench: Bench): Promise<number> =>
  Number((await row<{ done: string }>(bench, COMMITTED)).done);

const look = async (bench: Bench, running: Running): Promise<Sample> => {
  const done = await committed(bench);
  const cpu = {
    pricing: cpuOf(running.pid()),
    postgres: cpuOfFamily(postgresPid(bench)),
    kafka: cpuOf(kafkaPid(bench)),
  };
  return { at: performance.now(), done, cpu };
};

/** From the first commit to the one that reaches `target`. */
const watch = async (
  bench: Bench,
  running: Running,
  { baseline, target }: { readonly baseline: number; readonly target: number },
): Promise<Window> => {
  let first: Sample | null = null;
  let last = await look(bench, running);
  while (last.done < target) {
    await sleep(LOOK_MS);
    const now = await look(bench, running);
    if (now.done > last.done) last = now;
    else if (now.at - last.at > STALL_MS) {
      throw new StackProblem(`Rating stands at ${now.done - baseline} of ${target - baseline}.`);
    }
    if (now.done > baseline) first ??= now;
  }
  return { first: first ?? last, last };
};

const untilAnnounced = async (bench: Bench): Promise<Figure> => {
  const begun = performance.now();
  while ((await row<{ unsent: string }>(bench, UNSENT)).unsent !== '0') {
    if (performance.now() - begun > STALL_MS) throw new StackProblem('The outbox is not emptied.');
    await sleep(LOOK_MS);
  }
  return rounded((performance.now() - begun) / 1_000, 2);
};

const figuresOf = ({
  first,
  last,
}: Window): Omit<RatingFigures, 'peakMiB' | 'announcedAfterSeconds'> => {
  const events = last.done - first.done;
  const each = (of: keyof ByProcess): Figure => {
    const [from, to] = [first.cpu[of], last.cpu[of]];
    return from === null || to === null ? null : microsEach(to - from, events || Number.NaN);
  };
  return {
    perSecond: perSecond(events, (last.at - first.at) / 1_000),
    measuredEvents: events,
    cpuMicrosPerEvent: {
      pricing: each('pricing'),
      postgres: each('postgres'),
      kafka: each('kafka'),
    },
  };
};

/** Rates what waits on the log, until `target` records in all are committed. */
export const measureRating = async (bench: Bench, target: number): Promise<RatingFigures> => {
  await settle(bench);
  const baseline = await committed(bench);
  const running = await begin(bench, 'pricing', { ready: false });
  const window = await watch(bench, running, { baseline, target });
  const announcedAfterSeconds = await untilAnnounced(bench);
  const peakMiB = {
    pricing: peakMiBOf(running.pid()),
    postgres: largestPeakMiBOf(postgresPid(bench)),
    kafka: peakMiBOf(kafkaPid(bench)),
  };
  await running.service.stop();
  return { ...figuresOf(window), peakMiB, announcedAfterSeconds };
};
