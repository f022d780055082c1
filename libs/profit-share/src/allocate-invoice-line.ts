import { Defect } from '@suanpan/event-sourcing';
import type { Money, Rational } from '@suanpan/money';
import {
  add,
  divide,
  isZero,
  moneyToRational,
  multiply,
  negate,
  rational,
  subtract,
  sum,
} from '@suanpan/money';

/**
 * From an issued invoice line back to the sums that it was computed from.
 *
 * Shape       a part is its own exact amount and, by its size, its part of what rounding made of the line. Where
 *             all parts have one sign that is line × part ÷ Σ. Where corrections took something back it is
 *             not: Σ may be nothing, or so small that the quotient would blow every part up.
 * Invariant   the parts are exact and add up to the line's rounded amount; nothing is rounded here,
 *             since a cent per bucket would go to the first keys (248 buckets of 0.005).
 * Source      design.md R10
 */
export interface LinePart {
  /** The part's own exact amount, major units; below zero where more was taken back than added. */
  readonly exact: Rational;
  readonly quantity: bigint;
}

const sizeOf = (value: Rational): Rational => (value.n < 0n ? negate(value) : value);

/** By size of the exact amount; where all are nothing by quantity; else all to the first part. */
const weightsOf = (parts: readonly LinePart[]): readonly Rational[] => {
  const byAmount = parts.map(({ exact }) => sizeOf(exact));
  if (!isZero(sum(byAmount))) return byAmount;
  const byQuantity = parts.map(({ quantity }) => sizeOf(rational(quantity)));
  if (!isZero(sum(byQuantity))) return byQuantity;
  return parts.map((_, i) => rational(i === 0 ? 1n : 0n));
};

/** What of `amount` falls on each part, in major units and in the order of the parts. */
export const allocateInvoiceLine = (
  amount: Money,
  parts: readonly LinePart[],
): readonly Rational[] => {
  if (parts.length === 0) {
    if (amount.minor === 0n) return [];
    throw new Defect('LINE_WITHOUT_BUCKETS', `${amount.minor} minor units fall on no bucket.`);
  }
  const rounding = subtract(moneyToRational(amount), sum(parts.map(({ exact }) => exact)));
  const weights = weightsOf(parts);
  const perWeight = divide(rounding, sum(weights));
  return parts.map(({ exact }, i) => add(exact, multiply(weights[i] ?? rational(0n), perWeight)));
};
