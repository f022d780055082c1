/**
 * What is taken off what some lines come to.
 *
 * Units       a share is a fraction (5 % is 1/20); amounts in minor units of the base's currency.
 * Invariant   a discount is rounded once, for all the lines it covers; an amount takes off no more than
 *             there is, and nothing from a credit; a share of a credit gives back what it took.
 * Rejections  SHARE_OUT_OF_RANGE, NEGATIVE_DISCOUNT
 * Source      scenes.md A2 (5% of 1,415.27 = −70.76); ruling R36
 */
import { Rejection } from '@suanpan/event-sourcing';
import type { Money, Rational, RoundingRule } from '@suanpan/money';
import {
  compare,
  money,
  moneyToRational,
  multiply,
  negate,
  rational,
  roundToMoney,
  ZERO,
} from '@suanpan/money';

export type Discount =
  | { readonly type: 'percent'; readonly share: Rational }
  | { readonly type: 'amount'; readonly minor: bigint };

const ONE = rational(1n);

export const requireDiscount = (discount: Discount): void => {
  if (discount.type === 'amount') {
    if (discount.minor < 0n) throw new Rejection('NEGATIVE_DISCOUNT', 'A discount adds nothing.');
    return;
  }
  if (compare(discount.share, ZERO) < 0 || compare(discount.share, ONE) > 0) {
    throw new Rejection('SHARE_OUT_OF_RANGE', 'A discount is from 0 to 100 percent.');
  }
};

/** The discount's line: what it adds to `base`, so not above zero unless `base` is a credit. */
export const discountOf = (discount: Discount, base: Money, rounding: RoundingRule): Money => {
  if (discount.type === 'percent') {
    const exact = negate(multiply(moneyToRational(base), discount.share));
    return roundToMoney(exact, base.currency, rounding);
  }
  const most = base.minor < 0n ? 0n : base.minor;
  return money(-(discount.minor < most ? discount.minor : most), base.currency);
};
