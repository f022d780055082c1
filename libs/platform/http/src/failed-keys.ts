/**
 * Bounds how often keys may be tried in vain from one address.
 *
 * Shape       each try of a key that this process does not know costs one, and gives it back when
 *             the key is right; an address that has spent all waits for the next.
 * Invariant   no tenant is locked: a key that was right within the hour is looked at whatever its
 *             address has spent, and nothing is counted against the key that is attacked.
 * Rejections  TOO_MANY_FAILED_KEYS 429
 * Source      reliability row S17, API2
 */
import { Counter, metrics } from '@suanpan/platform-observability';
import { HttpProblem } from './problem.js';

const TRIES_BURST = 1_000;
const TRIES_PER_SECOND = 10;
const ADDRESSES_MAX = 10_000;
const MS_PER_SECOND = 1_000;

const failed = new Counter({
  name: 'suanpan_http_failed_keys_total',
  help: 'API keys that were refused, and tries that were not even looked at.',
  labelNames: ['outcome'],
  registers: [metrics],
});

interface Budget {
  readonly left: number;
  readonly at: number;
}

export class FailedKeys {
  readonly #budgets = new Map<string, Budget>();

  /** Spends a try of the address; throws when it has none left. */
  begin(address: string): void {
    const { left, at } = this.#budget(address);
    if (left < 1) {
      failed.inc({ outcome: 'not_tried' });
      throw new HttpProblem(429, 'TOO_MANY_FAILED_KEYS', {
        detail: 'Too many keys from this address were wrong.',
        headers: { 'Retry-After': '1' },
      });
    }
    this.#set(address, { left: left - 1, at });
  }

  /** The key was right: the try is given back. */
  forgive(address: string): void {
    const { left, at } = this.#budget(address);
    this.#set(address, { left: Math.min(left + 1, TRIES_BURST), at });
  }

  /** The key was wrong. */
  note(): void {
    failed.inc({ outcome: 'refused' });
  }

  #budget(address: string): Budget {
    const now = performance.now();
    const { left, at } = this.#budgets.get(address) ?? { left: TRIES_BURST, at: now };
    const grown = left + ((now - at) * TRIES_PER_SECOND) / MS_PER_SECOND;
    return { left: Math.min(grown, TRIES_BURST), at: now };
  }

  #set(address: string, budget: Budget): void {
    // Deleted first: the map's order is that of the last use, and the longest unused goes.
    this.#budgets.delete(address);
    if (budget.left >= TRIES_BURST) return;
    this.#budgets.set(address, budget);
    if (this.#budgets.size <= ADDRESSES_MAX) return;
    const [oldest] = this.#budgets.keys();
    if (oldest !== undefined) this.#budgets.delete(oldest);
  }
}
