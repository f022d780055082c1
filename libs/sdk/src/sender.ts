/**
 * Sends what is in the outbox, for as long as it takes.
 *
 * Shape       batches by count, bytes or age; several on their way while all goes well, one at a
 *             time while the service fails.
 * Invariant   an event leaves the outbox only by an acceptance or by a refusal that was written down.
 */
import { SuanpanError } from './errors.js';
import type { Attempt } from './post.js';
import type { Bounds, Entry, Outbox } from './outbox.js';
import { waitMs } from './retry.js';
import type { RetryTimes } from './retry.js';
import type { ItemVerdict, Refusal } from './verdict.js';

export interface BatchLimits extends Bounds {
  /** How long the first event of a batch waits for others. */
  readonly lingerMs: number;
}

/** A try that failed and will be repeated. */
export interface Retry {
  readonly code: string;
  readonly detail: string;
  /** Failures in a row. */
  readonly failures: number;
  readonly inMs: number;
}

export interface SenderParts {
  readonly outbox: Outbox;
  readonly batch: BatchLimits;
  readonly times: RetryTimes;
  readonly inFlightMax: number;
  readonly post: (texts: readonly string[]) => Promise<Attempt>;
  /** The service has them. */
  readonly onAccepted: (entries: readonly Entry[]) => void;
  /** Writes down that it was refused; resolves when that is on disk. */
  readonly onRefused: (entry: Entry, refusal: Refusal) => Promise<void>;
  readonly onRetry: (retry: Retry) => void;
  readonly onStop: (error: SuanpanError) => void;
}

export class Sender {
  stopped: SuanpanError | undefined;
  #inFlight = 0;
  #failures = 0;
  #notBefore = 0;
  #hurried = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: SenderParts) {}

  /** Looks whether something can be sent now, or later. */
  kick(): void {
    clearTimeout(this.#timer);
    while (this.stopped === undefined && this.#inFlight < this.#allowed) {
      const { events } = this.parts.outbox.pending;
      if (events === 0) return;
      const wait = this.#wait();
      if (wait > 0) return this.#later(wait);
      void this.#send(this.parts.outbox.take(this.parts.batch));
    }
  }

  /** Sends without lingering until `done` has settled. */
  hurry(done: Promise<unknown>): void {
    this.#hurried += 1;
    const relax = (): void => {
      this.#hurried -= 1;
    };
    done.then(relax, relax);
    this.kick();
  }

  /** Goes on after a stop. */
  resume(): void {
    this.stopped = undefined;
    this.#failures = 0;
    this.#notBefore = 0;
    this.kick();
  }

  /** Nothing more is begun. */
  stop(error: SuanpanError): void {
    this.stopped = error;
    clearTimeout(this.#timer);
    this.parts.onStop(error);
  }

  get #allowed(): number {
    return this.#failures > 0 ? 1 : this.parts.inFlightMax;
  }

  #wait(): number {
    const now = performance.now();
    const { events, bytes, since } = this.parts.outbox.pending;
    const { batch } = this.parts;
    const whole = events >= batch.events || bytes >= batch.bytes || this.#hurried > 0;
    return Math.max(this.#notBefore - now, whole ? 0 : since + batch.lingerMs - now);
  }

  #later(ms: number): void {
    // A wait keeps nobody's process alive: `beforeExit` then flushes.
    this.#timer = setTimeout(() => this.kick(), Math.ceil(ms)).unref();
  }

  async #send(entries: readonly Entry[]): Promise<void> {
    this.#inFlight += 1;
    try {
      await this.#deliver(entries);
    } catch (error) {
      // Only writing down a refusal can fail here; the events stay and are sent again.
      this.#fail('JOURNAL_FAILED', error instanceof Error ? error.message : String(error), 0);
      this.parts.outbox.putBack(entries);
    } finally {
      this.#inFlight -= 1;
    }
    this.kick();
  }

  async #deliver(entries: readonly Entry[]): Promise<void> {
    const { verdict, askedMs } = await this.parts.post(entries.map(({ text }) => text));
    switch (verdict.kind) {
      case 'items':
        return this.#sort(entries, verdict.items, askedMs);
      case 'retry':
        this.#fail(verdict.code, verdict.detail, askedMs);
        return this.parts.outbox.putBack(entries);
      case 'divide':
        return this.#divide(entries, verdict.refusal);
      case 'stop':
        this.parts.outbox.putBack(entries);
        return this.stop(new SuanpanError(verdict.code, verdict.detail));
    }
  }

  async #sort(
    entries: readonly Entry[],
    items: readonly ItemVerdict[],
    askedMs: number,
  ): Promise<void> {
    const by = (wanted: ItemVerdict): readonly Entry[] =>
      entries.filter((_entry, index) => (items[index] ?? 'retry') === wanted);
    const again = [...by('retry')];
    this.parts.onAccepted(by('accepted'));
    for (const [index, entry] of entries.entries()) {
      const item = items[index];
      if (typeof item !== 'object') continue;
      await this.parts.onRefused(entry, item).catch((error: unknown) => {
        this.#fail('JOURNAL_FAILED', error instanceof Error ? error.message : String(error), 0);
        again.push(entry);
      });
    }
    if (again.length === 0) this.#failures = 0;
    else this.#fail('RETRY', `${again.length} events are to be sent again.`, askedMs);
    this.parts.outbox.putBack(again);
  }

  /** Finds the one event that the service cannot read, so that it does not hold up the others. */
  async #divide(entries: readonly Entry[], refusal: Refusal): Promise<void> {
    const [first] = entries;
    if (first !== undefined && entries.length === 1) return this.parts.onRefused(first, refusal);
    const middle = Math.ceil(entries.length / 2);
    await this.#deliver(entries.slice(0, middle));
    await this.#deliver(entries.slice(middle));
  }

  #fail(code: string, detail: string, askedMs: number): void {
    // Several that failed at once are one failure.
    const now = performance.now();
    if (now >= this.#notBefore || this.#failures === 0) this.#failures += 1;
    const failures = this.#failures;
    const wait = waitMs(this.parts.times, { failures, askedMs, random: Math.random() });
    this.#notBefore = Math.max(this.#notBefore, now + wait);
    this.parts.onRetry({ code, detail, failures, inMs: Math.round(this.#notBefore - now) });
  }
}
