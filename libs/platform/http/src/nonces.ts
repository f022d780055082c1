/**
 * The ids of signed requests that were seen, for as long as their time would still be taken.
 *
 * Invariant   an id of a key passes once in its window. Where the memory is lost or not shared, a
 *             replay can pass once more for each process: it counts nothing twice, since events are
 *             known by (tenant, source, id) and commands by their Idempotency-Key.
 * Source      issue 4 part 6; design 3.5
 */
export interface NonceStore {
  /** True when the id was not seen before. */
  take(nonce: string): Promise<boolean>;
}

/** Both sides of the tolerance: as long as a timestamp can be taken at all. */
export const NONCE_WINDOW_MS = 600_000;
const NONCES_MAX = 200_000;

/** In this process. When it is full the oldest is forgotten. */
export class MemoryNonces implements NonceStore {
  /** In the order of their coming, and so of their end. */
  readonly #seen = new Map<string, number>();

  constructor(private readonly max: number = NONCES_MAX) {}

  take(nonce: string): Promise<boolean> {
    const now = performance.now();
    this.#forget(now);
    if (this.#seen.has(nonce)) return Promise.resolve(false);
    this.#seen.set(nonce, now + NONCE_WINDOW_MS);
    return Promise.resolve(true);
  }

  #forget(now: number): void {
    for (const [nonce, until] of this.#seen) {
      if (until > now && this.#seen.size < this.max) return;
      this.#seen.delete(nonce);
    }
  }
}
