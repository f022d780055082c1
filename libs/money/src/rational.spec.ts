import { describe, expect, it } from '@jest/globals';
import { Defect } from '@suanpan/event-sourcing';
import fc from 'fast-check';
import type { Rational } from './rational.js';
import {
  ZERO,
  add,
  compare,
  divide,
  isZero,
  multiply,
  negate,
  rational,
  subtract,
  sum,
} from './rational.js';

const anyRational = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
    fc.bigInt({ min: 1n, max: 10n ** 40n }),
  )
  .map(([n, d]) => rational(n, d));

const slowGcd = (a: bigint, b: bigint): bigint =>
  b === 0n ? (a < 0n ? -a : a) : slowGcd(b, a % b);
const isLowest = ({ n, d }: Rational): boolean => d > 0n && slowGcd(n, d) === 1n;

describe('rational', () => {
  it('is in lowest terms with the sign above the line', () => {
    expect(rational(6n, -4n)).toEqual({ n: -3n, d: 2n });
    expect(rational(0n, 12n)).toEqual(ZERO);
    expect(rational(0n, 10n ** 30n)).toEqual(ZERO);
  });

  it('has no number for a division by zero', () => {
    expect(() => rational(1n, 0n)).toThrow(Defect);
    expect(() => divide(rational(1n), ZERO)).toThrow(Defect);
  });

  it('keeps every result in lowest terms', () => {
    fc.assert(
      fc.property(anyRational, anyRational, (a, b) => {
        const results = [add(a, b), subtract(a, b), multiply(a, b), negate(a)];
        expect([...results, ...(isZero(b) ? [] : [divide(a, b)])].every(isLowest)).toBe(true);
      }),
    );
  });

  it('adds in any order and grouping, and takes back what it added', () => {
    fc.assert(
      fc.property(anyRational, anyRational, anyRational, (a, b, c) => {
        expect(add(add(a, b), c)).toEqual(add(b, add(c, a)));
        expect(subtract(add(a, b), b)).toEqual(a);
        expect(sum([a, b, c])).toEqual(sum([c, a, b]));
      }),
    );
  });

  it('distributes, and divides back what it multiplied', () => {
    fc.assert(
      fc.property(anyRational, anyRational, anyRational, (a, b, c) => {
        expect(multiply(a, add(b, c))).toEqual(add(multiply(a, b), multiply(a, c)));
        if (!isZero(b)) expect(divide(multiply(a, b), b)).toEqual(a);
      }),
    );
  });

  it('compares as the difference has its sign', () => {
    fc.assert(
      fc.property(anyRational, anyRational, (a, b) => {
        const difference = subtract(a, b).n;
        expect(compare(a, b)).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
      }),
    );
  });
});
