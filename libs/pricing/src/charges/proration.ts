/**
 * A fee for a part of a period, by whole days of the contract's calendar.
 *
 * Units       amounts in minor units; days are local dates `YYYY-MM-DD`, `until` is the first day after.
 * Invariant   rounded once; the whole period is the whole fee, no day of it is nothing.
 * Source      scenes.md A2 (310.00 × 21/31 from 11 May = 210.00)
 */
import { daysBetween } from '@suanpan/calendar';
import type { Money, RoundingRule } from '@suanpan/money';
import { moneyToRational, multiply, rational, roundToMoney } from '@suanpan/money';

export interface Days {
  readonly from: string;
  readonly until: string;
}

/** When a fee runs; without an end it goes on. */
export interface Term {
  readonly from: string;
  readonly until: string | null;
}

const later = (one: string, other: string): string => (one > other ? one : other);
const earlier = (one: string, other: string): string => (one < other ? one : other);

/** How many days of `period` lie within `term`. */
export const daysWithin = (period: Days, term: Term): bigint => {
  const from = later(period.from, term.from);
  const until = earlier(period.until, term.until ?? period.until);
  return from < until ? BigInt(daysBetween(from, until)) : 0n;
};

/** What a fee for the whole period comes to within its term. */
export const prorated = (
  fee: Money,
  { period, term }: { readonly period: Days; readonly term: Term },
  rounding: RoundingRule,
): Money => {
  const share = rational(daysWithin(period, term), BigInt(daysBetween(period.from, period.until)));
  return roundToMoney(multiply(moneyToRational(fee), share), fee.currency, rounding);
};
