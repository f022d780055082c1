import { Defect } from '@suanpan/event-sourcing';

/**
 * Exact fractions. Prices times quantities, shares and cross rates are kept as these until the one
 * rounding at the end.
 *
 * Shape       `n / d` in lowest terms with `d > 0`, so that equal numbers are equal objects.
 * Invariant   nothing here rounds.
 * Source      docs/adr: money from sums; cross rates (7.8793 ÷ 1.1644) and shares are no finite decimals
 */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Euclid; once both numbers fit a double the steps run on doubles, which is many times faster. */
const gcd = (a: bigint, b: bigint): bigint => {
  let x = a < 0n ? -a : a;
  let y = b;
  while (y > SAFE) [x, y] = [y, x % y];
  if (y === 0n) return x;
  let p = Number(y);
  let q = Number(x % y);
  while (q !== 0) [p, q] = [q, p % q];
  return BigInt(p);
};

const reduced = (n: bigint, d: bigint): Rational => {
  if (d === 1n) return { n, d };
  const common = gcd(n, d);
  return common === 1n ? { n, d } : { n: n / common, d: d / common };
};

/** The fraction `n / d` in lowest terms. */
export const rational = (n: bigint, d = 1n): Rational => {
  if (d === 0n) throw new Defect('DIVISION_BY_ZERO', `${n} / 0 is no number.`);
  return d < 0n ? reduced(-n, -d) : reduced(n, d);
};

export const ZERO: Rational = { n: 0n, d: 1n };

export const add = (a: Rational, b: Rational): Rational =>
  a.d === b.d ? reduced(a.n + b.n, a.d) : reduced(a.n * b.d + b.n * a.d, a.d * b.d);

export const negate = (a: Rational): Rational => ({ n: -a.n, d: a.d });

export const subtract = (a: Rational, b: Rational): Rational => add(a, negate(b));

export const multiply = (a: Rational, b: Rational): Rational => reduced(a.n * b.n, a.d * b.d);

export const divide = (a: Rational, b: Rational): Rational => rational(a.n * b.d, a.d * b.n);

export const isZero = (a: Rational): boolean => a.n === 0n;

/** −1, 0 or 1, as `Array.prototype.sort` wants it. */
export const compare = (a: Rational, b: Rational): -1 | 0 | 1 => {
  const left = a.n * b.d;
  const right = b.n * a.d;
  if (left === right) return 0;
  return left < right ? -1 : 1;
};

export const sum = (items: Iterable<Rational>): Rational => {
  let total = ZERO;
  for (const item of items) total = add(total, item);
  return total;
};
