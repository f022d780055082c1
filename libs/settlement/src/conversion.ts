import { daysBetween } from '@suanpan/calendar';
import { Rejection } from '@suanpan/event-sourcing';
import type { Money, Rational } from '@suanpan/money';
import { divide, moneyToRational, multiply, rational, roundToMoney } from '@suanpan/money';
import type { FxRate, RatePurpose } from './fx-rate.js';
import type { RateTable } from './rate-table.js';

/**
 * From one currency to another at the rate of a day.
 *
 * Shape       through a pivot where the source quotes everything against one currency (ECB: EUR):
 *             two legs, amount ÷ (pivot/from) × (pivot/to). Without a pivot the pair itself, as
 *             published or turned round: one leg.
 * Invariant   the cross rate is a fraction and is never rounded before use; only the result is, once.
 *             Both legs are of one day.
 * Rejections  RATE_MISSING, RATE_STALE
 * Source      scenes.md C4 (7.8793 ÷ 1.1644); design.md R35; row P2
 */
export interface RatePolicy {
  readonly source: string;
  readonly purpose: RatePurpose;
  readonly pivot?: string;
  /** A day without a rate takes the latest earlier one, at most this many days old. */
  readonly validityDays: number;
}

export interface ConversionLeg {
  readonly rateId: string;
  readonly source: string;
  readonly date: string;
  readonly base: string;
  readonly quote: string;
  readonly rate: Rational;
}

export interface CrossRate {
  /** Units of `to` for one unit of `from`, exact. */
  readonly rate: Rational;
  /** Empty where both currencies are one. */
  readonly legs: readonly ConversionLeg[];
}

export interface Conversion extends CrossRate {
  readonly from: Money;
  readonly to: Money;
}

export interface CrossRateAsked {
  readonly from: string;
  readonly to: string;
  readonly date: string;
  readonly policy: RatePolicy;
}

const ONE: Rational = rational(1n);

const legOf = ({ rateId, source, date, base, quote, rate }: FxRate): ConversionLeg => ({
  rateId,
  source,
  date,
  base,
  quote,
  rate,
});

const missing = ({ from, to, date, policy }: CrossRateAsked): Rejection =>
  new Rejection(
    'RATE_MISSING',
    `${policy.source} has no ${policy.purpose} rate ${from}/${to} on or before ${date}.`,
  );

/** Two rates against the pivot, of the latest day that has both. */
const ofOneDay = (
  table: RateTable,
  asked: CrossRateAsked,
  pivot: string,
): readonly [FxRate, FxRate] => {
  const { from, to, policy } = asked;
  let { date } = asked;
  for (;;) {
    const first = table.latest({ ...policy, base: pivot, quote: from }, date);
    const second = table.latest({ ...policy, base: pivot, quote: to }, date);
    if (first === undefined || second === undefined) throw missing(asked);
    if (first.date === second.date) return [first, second];
    date = first.date < second.date ? first.date : second.date;
  }
};

const direct = (table: RateTable, asked: CrossRateAsked): CrossRate => {
  const { from, to, date, policy } = asked;
  const straight = table.latest({ ...policy, base: from, quote: to }, date);
  const turned = table.latest({ ...policy, base: to, quote: from }, date);
  if (straight !== undefined && (turned === undefined || turned.date <= straight.date)) {
    return { rate: straight.rate, legs: [legOf(straight)] };
  }
  if (turned === undefined) throw missing(asked);
  return { rate: divide(ONE, turned.rate), legs: [legOf(turned)] };
};

const unchecked = (table: RateTable, asked: CrossRateAsked): CrossRate => {
  const { from, to, policy } = asked;
  if (policy.pivot === undefined || from === policy.pivot || to === policy.pivot) {
    return direct(table, asked);
  }
  const [first, second] = ofOneDay(table, asked, policy.pivot);
  return { rate: divide(second.rate, first.rate), legs: [legOf(first), legOf(second)] };
};

/** The exact rate of the day, with the published rates it is made of. */
export const crossRate = (table: RateTable, asked: CrossRateAsked): CrossRate => {
  const { from, to, date, policy } = asked;
  if (from === to) return { rate: ONE, legs: [] };
  const found = unchecked(table, asked);
  const published = found.legs[0]?.date ?? date;
  if (daysBetween(published, date) > policy.validityDays) {
    throw new Rejection(
      'RATE_STALE',
      `The latest ${policy.source} rate ${from}/${to} is of ${published}, more than ` +
        `${policy.validityDays} days before ${date}.`,
    );
  }
  return found;
};

/** The amount at a rate, rounded once, half-even. */
export const convertAt = (from: Money, to: string, { rate, legs }: CrossRate): Conversion => ({
  from,
  to: roundToMoney(multiply(moneyToRational(from), rate), to),
  rate,
  legs,
});

/** What `from` is worth in `to` on a day. */
export const convert = (
  table: RateTable,
  from: Money,
  asked: Omit<CrossRateAsked, 'from'>,
): Conversion => convertAt(from, asked.to, crossRate(table, { ...asked, from: from.currency }));

/** The ids of a conversion's rates as one text, for the `rateId` of a journal line. */
export const rateIdsText = ({ legs }: CrossRate): string | undefined =>
  legs.length === 0 ? undefined : legs.map(({ rateId }) => rateId).join(' ');
