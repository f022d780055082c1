/**
 * What a buyer has promised to use, and at most to pay: lines beside the usage, never inside it.
 *
 * Units       minor units of the contract's currency; the factor is of what lies beyond the minimum.
 * Invariant   a function of what was used; used + lines lies between minimum and maximum, where the
 *             contract has them. A later bill shows the difference of two outcomes (R5, scene A5).
 * Rejections  MAXIMUM_BELOW_MINIMUM, OVERAGE_WITHOUT_MINIMUM, OVERAGE_BELOW_ONE, NEGATIVE_COMMITMENT
 * Source      scenes.md A2 (true-up 155.49), A5; rulings R5, R36
 */
import { Rejection } from '@suanpan/event-sourcing';
import type { Money, Rational, RoundingRule } from '@suanpan/money';
import {
  compare,
  money,
  moneyToRational,
  multiply,
  rational,
  roundToMoney,
  subtract,
} from '@suanpan/money';

export interface Commitment {
  /** Of usage after discounts; null: nothing was promised. */
  readonly minimum: bigint | null;
  /** What lies beyond the minimum costs so many times its price; null: once. */
  readonly overageFactor: Rational | null;
  /** Beyond it nothing is due; null: no end. */
  readonly maximum: bigint | null;
}

export interface CommitmentLines {
  /** Up to the minimum; not below zero. */
  readonly trueUp: Money;
  /** Beyond the minimum, on top of its price; not below zero. */
  readonly overage: Money;
  /** What the maximum takes off; not above zero. */
  readonly cap: Money;
}

const ONE = rational(1n);

export const requireCommitment = ({ minimum, overageFactor, maximum }: Commitment): void => {
  if ((minimum ?? 0n) < 0n || (maximum ?? 0n) < 0n) {
    throw new Rejection('NEGATIVE_COMMITMENT', 'A minimum and a maximum are not below zero.');
  }
  if (minimum !== null && maximum !== null && maximum < minimum) {
    throw new Rejection('MAXIMUM_BELOW_MINIMUM', 'The maximum is below the minimum.');
  }
  if (overageFactor === null) return;
  if (minimum === null) {
    throw new Rejection('OVERAGE_WITHOUT_MINIMUM', 'An overage factor needs a minimum.');
  }
  if (compare(overageFactor, ONE) < 0) {
    throw new Rejection('OVERAGE_BELOW_ONE', 'An overage factor is not below one.');
  }
};

const overageOf = (beyond: Money, factor: Rational | null, rounding: RoundingRule): Money => {
  if (factor === null || beyond.minor <= 0n) return money(0n, beyond.currency);
  const extra = multiply(moneyToRational(beyond), subtract(factor, ONE));
  return roundToMoney(extra, beyond.currency, rounding);
};

const atLeastZero = (minor: bigint): bigint => (minor > 0n ? minor : 0n);

/** The lines that follow from what was used, after discounts. */
export const commitmentLines = (
  { minimum, overageFactor, maximum }: Commitment,
  used: Money,
  rounding: RoundingRule,
): CommitmentLines => {
  const { currency } = used;
  const beyond = money(minimum === null ? 0n : used.minor - minimum, currency);
  const trueUp = money(atLeastZero(-beyond.minor), currency);
  const overage = overageOf(beyond, overageFactor, rounding);
  const due = used.minor + trueUp.minor + overage.minor;
  const cap = money(maximum === null ? 0n : -atLeastZero(due - maximum), currency);
  return { trueUp, overage, cap };
};
