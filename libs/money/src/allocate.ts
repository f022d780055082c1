import { Defect } from '@suanpan/event-sourcing';
import type { Money } from './money.js';
import { minorUnits } from './money.js';
import type { Rational } from './rational.js';
import { powerOfTen } from './rounding.js';

/**
 * Splitting whole minor units by the method of largest remainders.
 *
 * Invariant   the parts add up to the total; each part is less than one minor unit from its exact
 *             value; the split of −x is the negative of the split of x, part by part.
 * Source      scenes.md B, B3, B4; design.md R10. Largest remainder: Hamilton's method.
 */

/** Floor division; BigInt's `/` cuts towards zero. `d` is positive. */
const floorDivide = (n: bigint, d: bigint): bigint => {
  const quotient = n / d;
  return n % d < 0n ? quotient - 1n : quotient;
};

/** Fractions over one positive denominator, in minor units, and the whole number to reach. */
interface Parts {
  readonly numerators: readonly bigint[];
  readonly denominator: bigint;
  readonly total: bigint;
}

const sumOf = (items: readonly bigint[]): bigint => items.reduce((sum, item) => sum + item, 0n);

/**
 * Floors; what that leaves over goes, one each, to the largest remainders; a tie goes to the
 * earlier part.
 */
const byLargestRemainder = ({ numerators, denominator, total }: Parts): readonly bigint[] => {
  const floors = numerators.map((n) => floorDivide(n, denominator));
  const remainders = numerators.map((n, i) => n - (floors[i] ?? 0n) * denominator);
  const left = total - sumOf(floors);
  if (left < 0n || left > BigInt(floors.length)) {
    throw new Defect('PARTS_TOO_FAR', `${left} units are left over for ${floors.length} parts.`);
  }
  const winners = new Set(
    remainders
      .map((_, i) => i)
      .sort((i, j) => descending(remainders[i] ?? 0n, remainders[j] ?? 0n) || i - j)
      .slice(0, Number(left)),
  );
  return floors.map((floor, i) => (winners.has(i) ? floor + 1n : floor));
};

/** A negative total is the mirror of the positive one; a total of zero has its first part's sign. */
const mirroring = ({ numerators, denominator, total }: Parts): readonly bigint[] => {
  const first = numerators.find((n) => n !== 0n) ?? 0n;
  if (total > 0n || (total === 0n && first >= 0n)) {
    return byLargestRemainder({ numerators, denominator, total });
  }
  const mirror = { numerators: numerators.map((n) => -n), denominator, total: -total };
  return byLargestRemainder(mirror).map((minor) => -minor);
};

const descending = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? 1 : -1);

/** The same fractions as integers over one positive denominator. */
const overOneDenominator = (items: readonly Rational[]) => {
  let denominator = 1n;
  for (const { d } of items) {
    if (denominator % d !== 0n) denominator = leastCommonMultiple(denominator, d);
  }
  return { denominator, numerators: items.map(({ n, d }) => n * (denominator / d)) };
};

const leastCommonMultiple = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return (a / x) * b;
};

/** Exact major units as integers of minor units over one denominator. */
const inMinorUnits = (exact: readonly Rational[], currency: string) => {
  const { denominator, numerators } = overOneDenominator(exact);
  const scale = powerOfTen(minorUnits(currency));
  return { denominator, numerators: numerators.map((n) => n * scale) };
};

/**
 * Rounds exact parts (major units) that together make a whole number of minor units, so that the
 * rounded parts make that same number. Parts may be negative and may cancel: a document of 0.00
 * can still move money between parties (scenes.md B5).
 */
export const roundParts = (exact: readonly Rational[], currency: string): readonly Money[] => {
  const { denominator, numerators } = inMinorUnits(exact, currency);
  const sum = sumOf(numerators);
  if (sum % denominator !== 0n) {
    throw new Defect('PARTS_NOT_WHOLE', `${sum}/${denominator} is no whole minor unit.`);
  }
  const parts = { numerators, denominator, total: sum / denominator };
  return mirroring(parts).map((minor) => ({ minor, currency }));
};

/**
 * Rounds exact parts so that they make `total`, which was itself rounded from their sum: its floor
 * or one more. Floors whatever the sign, so that nested splits of one document all lean the same
 * way; who needs a mirror negates the whole document before and after.
 */
export const roundPartsTo = (total: Money, exact: readonly Rational[]): readonly Money[] => {
  const parts = { ...inMinorUnits(exact, total.currency), total: total.minor };
  return byLargestRemainder(parts).map((minor) => ({ minor, currency: total.currency }));
};
