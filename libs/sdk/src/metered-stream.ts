/**
 * A stream whose chunks go through unchanged and whose usage is recorded at its end, however it
 * ends.
 *
 * Shape       an iterator of its own and no generator: a generator that was never begun runs nothing
 *             when it is given up.
 * Invariant   `end` is called once. What goes wrong with the metering never breaks the consumer's
 *             stream; it is in `recorded` and in the meter's `onError`.
 */
import type { CallWatch } from './call-watch.js';
import type { Identity, Outcome } from './usage-record.js';

export interface MeteredStream<T> extends AsyncIterableIterator<T> {
  /** The event's identity, once it is on disk. */
  readonly recorded: Promise<Identity>;
}

/** A call that has begun. */
export interface OpenCall {
  readonly watch: CallWatch;
  readonly recorded: Promise<Identity>;
  readonly signal: AbortSignal | undefined;
  readonly drainMs: number;
  /** Records it, the first time; never throws. */
  readonly end: (outcome: Outcome) => Promise<void>;
}

const ABORTS = new Set(['AbortError', 'APIUserAbortError', 'TimeoutError']);

/** By name: the error may be of another copy of a package, or of another realm. */
const isAbort = (error: unknown): boolean =>
  ABORTS.has((error as { readonly name?: string } | null | undefined)?.name ?? '');

/** Rejects when the signal fires, though the work may never answer. */
const orAborted = async <R>(work: Promise<R>, signal: AbortSignal | undefined): Promise<R> => {
  if (signal === undefined) return work;
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
    work.catch(() => undefined);
  }
};

class Metered<T> implements MeteredStream<T> {
  readonly recorded: Promise<Identity>;
  #iterator: AsyncIterator<T> | undefined;
  #over = false;

  constructor(
    private readonly upstream: AsyncIterable<T>,
    private readonly call: OpenCall,
  ) {
    this.recorded = call.recorded;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#over) return { done: true, value: undefined };
    try {
      this.#iterator ??= this.upstream[Symbol.asyncIterator]();
      const result = await orAborted(this.#iterator.next(), this.call.signal);
      if (result.done === true) await this.#end('complete');
      else this.call.watch.see(result.value);
      return result;
    } catch (error) {
      const cut = isAbort(error) || this.call.signal?.aborted === true;
      if (cut) this.#letGo();
      await this.#end(cut ? 'cut' : 'failed');
      throw error;
    }
  }

  async return(value?: unknown): Promise<IteratorResult<T>> {
    await this.#leave();
    return { done: true, value };
  }

  async throw(error?: unknown): Promise<IteratorResult<T>> {
    await this.#leave();
    throw error;
  }

  /** The consumer leaves before the end of the stream. */
  async #leave(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#drain();
    this.#letGo();
    await this.call.end('cut');
  }

  /** Many leave at the last word of the answer: the usage comes right after it. */
  async #drain(): Promise<void> {
    const { watch, drainMs, signal } = this.call;
    if (this.#iterator === undefined || drainMs === 0) return;
    const end = AbortSignal.timeout(drainMs);
    const either = signal === undefined ? end : AbortSignal.any([end, signal]);
    try {
      while (watch.awaitsUsage) {
        const result = await orAborted(this.#iterator.next(), either);
        if (result.done === true) return;
        watch.see(result.value);
      }
    } catch {
      // It did not come; what is known is recorded.
    }
  }

  /** Tells the upstream that nobody listens; it may be stuck and never answer. */
  #letGo(): void {
    try {
      this.#iterator?.return?.().catch(() => undefined);
    } catch {
      // An iterator of its own kind; there is nothing left to do with it.
    }
  }

  async #end(outcome: Outcome): Promise<void> {
    this.#over = true;
    await this.call.end(outcome);
  }
}

export const meterStream = <T>(upstream: AsyncIterable<T>, call: OpenCall): MeteredStream<T> =>
  new Metered(upstream, call);
