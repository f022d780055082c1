import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { WireEvent } from './events.js';
import type { ItemOutcome, Journal } from './journal.js';
import { IN_FLIGHT_MAX, type PlannedBatch } from './plan.js';

/**
 * Sends the play through the door of usage-ingest, with intent and outcome journaled around each attempt.
 *
 * Invariant   batch k starts when batch k − 4 is answered, and the tail when all before it are; what is sent
 *             again is sent with the same ids.
 */
export interface Answer {
  readonly status: number;
  readonly results: readonly ItemOutcome[];
}

/** One attempt at the door; never throws: no answer is status 0. */
export type Send = (centre: string, events: readonly WireEvent[]) => Promise<Answer>;

export interface PlayerOptions {
  readonly batches: readonly PlannedBatch[];
  readonly journal: Journal;
  readonly send: Send;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly batches: number;
  readonly of: number;
  readonly events: number;
  readonly seconds: number;
}

export interface Played {
  /** Events answered in this run. */
  readonly sent: number;
  /** Batches that the journal already knew. */
  readonly skipped: number;
  readonly seconds: number;
}

const ATTEMPTS_MAX = 240;
const PAUSE_MS = 500;

const batchIdOf = (events: readonly WireEvent[]): string =>
  createHash('sha256').update(JSON.stringify(events)).digest('hex').slice(0, 32);

/** Batches whose every event has its answer in the journal. */
const answeredBatches = (journal: Journal): ReadonlySet<string> =>
  new Set(
    journal.lines.flatMap((line) =>
      line.type === 'outcome' && line.status === 202 && !line.results.includes('retry')
        ? [line.batch]
        : [],
    ),
  );

const now = (): string => new Date().toISOString();

interface Attempt {
  readonly batch: string;
  readonly centre: string;
  readonly attempt: number;
  readonly events: readonly WireEvent[];
  /** Whether the attempt before sent the same. */
  readonly repeated: boolean;
}

const tryOnce = async (
  { journal, send }: PlayerOptions,
  { batch, centre, attempt, events, repeated }: Attempt,
): Promise<Answer> => {
  const written = repeated ? null : events;
  journal.write({ type: 'intent', batch, attempt, at: now(), centre, events: written });
  const answer = await send(centre, events);
  journal.write({ type: 'outcome', batch, attempt, at: now(), ...answer });
  return answer;
};

/** Sends one batch until each of its events is accepted or refused. */
const sendBatch = async (options: PlayerOptions, planned: PlannedBatch): Promise<number> => {
  const all = planned.events.map(({ wire }) => wire());
  const batch = batchIdOf(all);
  const centre = planned.centre.id;
  let events: readonly WireEvent[] = all;
  let repeated = false;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const { status, results } = await tryOnce(options, {
      ...{ batch, centre, attempt, events, repeated },
    });
    repeated = true;
    if (status === 202) {
      repeated = results.every((result) => result === 'retry');
      events = events.filter((_, index) => results[index] === 'retry');
      if (events.length === 0) return all.length;
    } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      throw new Error(`usage-ingest refused a whole batch of ${centre} with status ${status}.`);
    }
    await sleep(PAUSE_MS);
  }
  throw new Error(`usage-ingest did not take a batch of ${centre} in ${ATTEMPTS_MAX} attempts.`);
};

/** Plays all batches in order, a few in flight; those already journaled as answered are skipped. */
export const play = async (options: PlayerOptions): Promise<Played> => {
  const known = answeredBatches(options.journal);
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1_000;
  const running: Promise<unknown>[] = [];
  const counted = { batches: 0, events: 0, skipped: 0 };
  for (const [index, planned] of options.batches.entries()) {
    // Awaited in order: a failed batch stops the play at the next one that waits for it.
    if (planned.barrier) await Promise.all(running);
    await running[index - IN_FLIGHT_MAX];
    const batch = batchIdOf(planned.events.map(({ wire }) => wire()));
    if (known.has(batch)) counted.skipped += 1;
    const sending = known.has(batch) ? Promise.resolve(0) : sendBatch(options, planned);
    running.push(
      sending.then((events) => {
        counted.batches += 1;
        counted.events += events;
        options.onProgress?.({
          batches: counted.batches,
          of: options.batches.length,
          events: counted.events,
          seconds: seconds(),
        });
      }),
    );
    running.at(-1)?.catch(() => undefined);
  }
  await Promise.all(running);
  return { sent: counted.events, skipped: counted.skipped, seconds: seconds() };
};

/** What the door does, over keep-alive HTTP. */
export const httpSend =
  (base: string, keyOf: (centre: string) => string): Send =>
  async (centre, events) => {
    try {
      const response = await fetch(`${base}/v1/events`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${keyOf(centre)}`,
          'content-type': 'application/cloudevents-batch+json',
        },
        body: JSON.stringify(events),
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      });
      const text = await response.text();
      return { status: response.status, results: response.status === 202 ? resultsOf(text) : [] };
    } catch {
      // No answer: the journal keeps it as unknown, and the batch is sent again.
      return { status: 0, results: [] };
    }
  };

const SEND_TIMEOUT_MS = 60_000;

interface ItemResult {
  readonly status: 'accepted' | 'refused' | 'retry';
  readonly code?: string;
}

const resultsOf = (text: string): readonly ItemOutcome[] =>
  (JSON.parse(text) as { results: readonly ItemResult[] }).results.map(({ status, code }) =>
    status === 'refused' ? (code ?? 'REFUSED') : status,
  );
