import type { Instant } from '@suanpan/calendar';
import { requireDate } from '@suanpan/calendar';
import { Rejection } from '@suanpan/event-sourcing';
import type { Rational } from '@suanpan/money';
import { ZERO, compare, decimalDigits, minorUnits } from '@suanpan/money';

/**
 * One published exchange rate.
 *
 * Shape       `rate` units of `quote` for one unit of `base`, as published: never inverted, never
 *             rounded.
 * Invariant   the id says source, purpose, pair and day, so that a rate can be looked up by hand and
 *             the same rate published twice has the same id.
 * Rejections  RATE_INVALID
 * Source      design.md R35 (a rate has a purpose; ECB rates are never a dealt rate), row P2
 */
export type RatePurpose = 'booking' | 'tax' | 'settlement' | 'reporting';

export interface FxRate {
  readonly rateId: string;
  readonly source: string;
  readonly purpose: RatePurpose;
  readonly base: string;
  readonly quote: string;
  /** ISO date for which it was published. */
  readonly date: string;
  readonly rate: Rational;
  readonly fixingTime: Instant;
}

export type NewRate = Omit<FxRate, 'rateId'>;

const rateIdOf = ({ source, purpose, base, quote, date }: NewRate): string =>
  `${source}:${purpose}:${base}/${quote}:${date}`;

/** A rate with its id, if it can be one: above zero, between two currencies, on a real day. */
export const fxRate = (given: NewRate): FxRate => {
  const { source, purpose, base, quote, date, rate, fixingTime } = given;
  minorUnits(base);
  minorUnits(quote);
  requireDate(date);
  const rateId = rateIdOf(given);
  if (compare(rate, ZERO) <= 0 || base === quote) {
    throw new Rejection('RATE_INVALID', `${rateId} cannot be ${decimalDigits(rate, 6)}.`);
  }
  return { rateId, source, purpose, base, quote, date, rate, fixingTime };
};
