/**
 * The events that are on disk and not done yet, and the room that is left for more.
 *
 * Units       events and bytes of their text
 * Invariant   what is held is bounded: whoever records beyond the bound waits, in order. One event
 *             always fits, whatever its size.
 */
import type { Identity } from './usage-record.js';

export interface Entry {
  /** Its number in the journal. */
  readonly number: number;
  readonly text: string;
  readonly bytes: number;
  /** By `performance.now()`. */
  readonly since: number;
}

export interface Bounds {
  readonly events: number;
  readonly bytes: number;
}

interface Asking {
  readonly bytes: number;
  readonly enter: () => void;
  readonly refuse: (error: unknown) => void;
}

interface Watcher {
  readonly left: Set<number>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Outbox {
  #events = 0;
  #bytes = 0;
  #asking: Asking[] = [];
  #pending: Entry[] = [];
  #pendingBytes = 0;
  readonly #held = new Map<number, Entry>();
  #watchers: Watcher[] = [];

  constructor(private readonly bounds: Bounds) {}

  /** Events that are not done. */
  get size(): number {
    return this.#held.size;
  }

  /** Events that nobody is sending at the moment. */
  get pending(): Bounds & { readonly since: number } {
    const since = this.#pending[0]?.since ?? 0;
    return { events: this.#pending.length, bytes: this.#pendingBytes, since };
  }

  /** Waits for room and takes it. */
  async enter(bytes: number): Promise<void> {
    if (this.#asking.length === 0 && this.#fits(bytes)) return this.#take(bytes);
    await new Promise<void>((enter, refuse) => {
      this.#asking.push({ bytes, enter, refuse });
    });
  }

  /** Gives back room that was taken for nothing. */
  leave(bytes: number): void {
    this.#events -= 1;
    this.#bytes -= bytes;
    this.#admit();
  }

  /** Adds what has room and is on disk. */
  add(entry: Entry): void {
    this.#held.set(entry.number, entry);
    this.#pending.push(entry);
    this.#pendingBytes += entry.bytes;
  }

  /** Adds what a crash has left; it may be more than the bound. */
  adopt(entry: Entry): void {
    this.#take(entry.bytes);
    this.add(entry);
  }

  /** Takes the oldest for one batch, at least one. */
  take(batch: Bounds): readonly Entry[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.#pending) {
      if (count > 0 && (count >= batch.events || bytes + entry.bytes > batch.bytes)) break;
      bytes += entry.bytes;
      count += 1;
    }
    this.#pendingBytes -= bytes;
    return this.#pending.splice(0, count);
  }

  /** These were not taken by the service: they are the next to be sent. */
  putBack(entries: readonly Entry[]): void {
    this.#pending = [...entries, ...this.#pending];
    for (const { bytes } of entries) this.#pendingBytes += bytes;
  }

  /** These are acknowledged, or refused and kept apart. */
  done(entries: readonly Entry[]): void {
    for (const { number, bytes } of entries) {
      if (!this.#held.delete(number)) continue;
      this.#events -= 1;
      this.#bytes -= bytes;
      for (const { left } of this.#watchers) left.delete(number);
    }
    const over = this.#watchers.filter(({ left }) => left.size === 0);
    this.#watchers = this.#watchers.filter(({ left }) => left.size > 0);
    for (const { resolve } of over) resolve();
    this.#admit();
  }

  /** Resolves when all that is held now is done. */
  async settled(): Promise<void> {
    if (this.#held.size === 0) return;
    const left = new Set(this.#held.keys());
    await new Promise<void>((resolve, reject) => this.#watchers.push({ left, resolve, reject }));
  }

  /** Whoever waits here waits for nothing. */
  refuseWaiting(error: unknown): void {
    const waiting = [...this.#asking.map(({ refuse }) => refuse)];
    for (const { reject } of this.#watchers) waiting.push(reject);
    this.#asking = [];
    this.#watchers = [];
    for (const refuse of waiting) refuse(error);
  }

  /** True when one more would have to wait. */
  get full(): boolean {
    return this.#asking.length > 0 || !this.#fits(1);
  }

  #fits(bytes: number): boolean {
    if (this.#events === 0) return true;
    return this.#events < this.bounds.events && this.#bytes + bytes <= this.bounds.bytes;
  }

  #take(bytes: number): void {
    this.#events += 1;
    this.#bytes += bytes;
  }

  #admit(): void {
    for (let first = this.#asking[0]; first !== undefined; first = this.#asking[0]) {
      if (!this.#fits(first.bytes)) return;
      this.#asking.shift();
      this.#take(first.bytes);
      first.enter();
    }
  }
}

/** The identity of an event, from its text. */
export const identityOf = (text: string): Identity => {
  const { source, id } = JSON.parse(text) as Identity;
  return { source, id };
};
