import { requireDate } from '@suanpan/calendar';
import { Rejection } from '@suanpan/event-sourcing';
import { compare } from '@suanpan/money';
import type { FxRate, RatePurpose } from './fx-rate.js';

/**
 * Published rates, and which of them holds on a day.
 *
 * Shape       keyed by (source, purpose, base, quote); the days of a key in order.
 * Invariant   a published rate never changes: the same key and day with another rate is refused.
 * Rejections  RATE_EXISTS
 * Source      scenes.md C: Sunday 31 May takes the rate of 29 May
 */
export interface Pair {
  readonly source: string;
  readonly purpose: RatePurpose;
  readonly base: string;
  readonly quote: string;
}

export interface RateTable {
  /** The rate of the latest published day that is not after `date`. */
  readonly latest: (pair: Pair, date: string) => FxRate | undefined;
}

const keyOf = ({ source, purpose, base, quote }: Pair): string =>
  [source, purpose, base, quote].join('\n');

const byDay = (a: FxRate, b: FxRate): number => (a.date === b.date ? 0 : a.date < b.date ? -1 : 1);

/** In order of days, each once. */
const inOrder = (rates: readonly FxRate[]): readonly FxRate[] =>
  [...rates].sort(byDay).filter((rate, i, sorted) => {
    const before = sorted[i - 1];
    if (before === undefined || before.date !== rate.date) return true;
    if (compare(before.rate, rate.rate) !== 0) {
      throw new Rejection('RATE_EXISTS', `${rate.rateId} was published with another rate.`);
    }
    return false;
  });

/** The last of the days not after `date`, by halving. */
const lastUntil = (rates: readonly FxRate[], date: string): FxRate | undefined => {
  let low = 0;
  let high = rates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rates[middle]?.date ?? '') <= date) low = middle + 1;
    else high = middle;
  }
  return rates[low - 1];
};

/** A table over the rates; ISO dates sort like days. */
export const rateTable = (rates: Iterable<FxRate>): RateTable => {
  const byPair = new Map<string, FxRate[]>();
  for (const rate of rates) {
    const key = keyOf(rate);
    const known = byPair.get(key);
    if (known === undefined) byPair.set(key, [rate]);
    else known.push(rate);
  }
  const sorted = new Map([...byPair].map(([key, own]) => [key, inOrder(own)]));
  return {
    latest: (pair, date) => {
      requireDate(date);
      return lastUntil(sorted.get(keyOf(pair)) ?? [], date);
    },
  };
};
