import { Defect } from '@suanpan/event-sourcing';
import type { Money, Rational } from '@suanpan/money';
import { ZERO, divide, isZero, moneyToRational, multiply, rational, sum } from '@suanpan/money';

/**
 * From an issued invoice line back to the buckets it was computed from.
 *
 * Invariant   the parts are exact and add up to the line's rounded amount; nothing is rounded here,
 *             since a cent per bucket would go to the first keys (248 buckets of 0.005).
 * Source      design.md R10
 */
export interface LineBucket {
  /** The bucket's own exact amount, major units. */
  readonly exact: Rational;
  readonly quantity: bigint;
}

/** By exact amount; if those sum to zero by quantity; if those do too, all to the first bucket. */
const weightsOf = (buckets: readonly LineBucket[]): readonly Rational[] => {
  const byAmount = buckets.map(({ exact }) => exact);
  if (!isZero(sum(byAmount))) return byAmount;
  const byQuantity = buckets.map(({ quantity }) => rational(quantity));
  if (!isZero(sum(byQuantity))) return byQuantity;
  return buckets.map((_, i) => rational(i === 0 ? 1n : 0n));
};

/** What of `amount` falls on each bucket, in major units and in the order of the buckets. */
export const allocateInvoiceLine = (
  amount: Money,
  buckets: readonly LineBucket[],
): readonly Rational[] => {
  if (amount.minor === 0n) return buckets.map(() => ZERO);
  if (buckets.length === 0) {
    throw new Defect('LINE_WITHOUT_BUCKETS', `${amount.minor} minor units fall on no bucket.`);
  }
  const weights = weightsOf(buckets);
  const perWeight = divide(moneyToRational(amount), sum(weights));
  return weights.map((weight) => multiply(weight, perWeight));
};
