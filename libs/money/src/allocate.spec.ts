import { describe, expect, it } from '@jest/globals';
import { Defect } from '@suanpan/event-sourcing';
import fc from 'fast-check';
import { roundParts, roundPartsTo } from './allocate.js';
import { parseDecimal } from './decimal.js';
import type { Money } from './money.js';
import { formatMoney, money, moneyToRational, parseMoney } from './money.js';
import type { Rational } from './rational.js';
import {
  ZERO,
  add,
  compare,
  divide,
  multiply,
  negate,
  rational,
  subtract,
  sum,
} from './rational.js';

const usd = (text: string): Money => parseMoney(text, 'USD');
const weights = (...texts: string[]): Rational[] => texts.map(parseDecimal);
const texts = (parts: readonly Money[]): string[] => parts.map(formatMoney);
const minors = (parts: readonly Money[]): bigint[] => parts.map((part) => part.minor);
const total = (parts: readonly Money[]): bigint => minors(parts).reduce((a, b) => a + b, 0n);

/** The exact parts of a total by weights, rounded: what a base is to the shares of its parties. */
const byWeights = (amount: Money, ws: readonly Rational[]): readonly Money[] => {
  const unit = divide(moneyToRational(amount), sum(ws));
  return roundParts(
    ws.map((weight) => multiply(unit, weight)),
    amount.currency,
  );
};

const B_EXACT = weights('37.5543', '107.5608', '745.186695', '270.97698', '338.721225');

describe('B the split of 1,500.00', () => {
  it('gives the two leftover cents to centre and carrier', () => {
    expect(texts(byWeights(usd('1500.00'), B_EXACT))).toEqual([
      '37.55',
      '107.56',
      '745.19',
      '270.98',
      '338.72',
    ]);
    expect(roundParts(B_EXACT, 'USD')).toEqual(byWeights(usd('1500.00'), B_EXACT));
  });

  it('splits the credit note of −10% as −150.00, not −150.01', () => {
    const expected = ['-3.75', '-10.76', '-74.52', '-27.10', '-33.87'];
    expect(texts(byWeights(usd('-150.00'), B_EXACT))).toEqual(expected);
    const tenth = B_EXACT.map((exact) => multiply(exact, rational(-1n, 10n)));
    expect(texts(roundParts(tenth, 'USD'))).toEqual(expected);
  });

  it('B2 splits each half of the month by its own shares', () => {
    const split = (amount: string, ...shares: string[]) =>
      texts(byWeights(usd(amount), weights(...shares)));
    expect(split('291.26', '55', '20', '25')).toEqual(['160.19', '58.25', '72.82']);
    expect(split('174.01', '50', '20', '30')).toEqual(['87.01', '34.80', '52.20']);
  });

  it('B3 running totals of five receipts of 0.01 end as one split of 0.05', () => {
    const after = (cents: bigint) =>
      minors(byWeights(money(cents, 'USD'), weights('50', '30', '20')));
    expect([1n, 2n, 3n, 4n, 5n].map(after)).toEqual([
      [1n, 0n, 0n],
      [1n, 1n, 0n],
      [1n, 1n, 1n],
      [2n, 1n, 1n],
      [3n, 1n, 1n],
    ]);
  });

  it('B4 the paradox: one cent more takes a cent from the third party', () => {
    const ratio = weights('6', '6', '2');
    expect(minors(byWeights(usd('0.10'), ratio))).toEqual([4n, 4n, 2n]);
    expect(minors(byWeights(usd('0.11'), ratio))).toEqual([5n, 5n, 1n]);
  });

  it('R10 cents for 248 buckets of 0.005 each would all go to the first 124', () => {
    const parts = byWeights(
      usd('1.24'),
      Array.from({ length: 248 }, () => rational(5n, 1000n)),
    );
    expect(total(parts.slice(0, 124))).toBe(124n);
    expect(total(parts.slice(124))).toBe(0n);
  });
});

describe('what cannot be split', () => {
  it('nothing is split into nothing', () => {
    expect(minors(roundParts([ZERO, ZERO], 'USD'))).toEqual([0n, 0n]);
    expect(roundParts([], 'USD')).toEqual([]);
  });

  it('parts that make no whole minor unit are a defect', () => {
    expect(() => roundParts(weights('0.004', '0.005'), 'USD')).toThrow(Defect);
    expect(minors(roundParts(weights('0.005', '0.005'), 'USD'))).toEqual([1n, 0n]);
  });
});

const anyMinor = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
const smallMinor = fc.bigInt({ min: -50n, max: 50n });
const anyWeight = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.bigInt({ min: 1n, max: 10n ** 6n }))
  .map(([n, d]) => rational(n, d));
const tieWeight = fc.constantFrom(...weights('0', '1', '2', '0.5'));
const anyWeights = fc
  .array(fc.oneof(anyWeight, tieWeight), { minLength: 1, maxLength: 12 })
  .filter((ws) => compare(sum(ws), ZERO) > 0);
const anyTotal = fc.oneof(anyMinor, smallMinor).map((minor) => money(minor, 'CNY'));
/** Signed parts closed by one more part, so that they make a whole number of cents. */
const anyParts = fc
  .tuple(fc.array(fc.tuple(anyWeight, fc.boolean()), { minLength: 1, maxLength: 8 }), smallMinor)
  .map(([signed, minor]) => {
    const parts = signed.map(([part, up]) => (up ? part : negate(part)));
    return [...parts, subtract(rational(minor, 100n), sum(parts))];
  });

const lessThanOneUnit = (parts: readonly Money[], exact: readonly Rational[]): boolean =>
  parts.every(({ minor }, i) => {
    const off = subtract(rational(minor), multiply(exact[i] ?? ZERO, rational(100n)));
    return compare(off, rational(1n)) < 0 && compare(off, rational(-1n)) > 0;
  });

describe('roundParts, for any total by weights', () => {
  it('never creates or loses a minor unit', () => {
    fc.assert(
      fc.property(anyTotal, anyWeights, (amount, ws) => {
        expect(total(byWeights(amount, ws))).toBe(amount.minor);
      }),
      { numRuns: 1000 },
    );
  });

  it('stays within one minor unit of the exact part', () => {
    fc.assert(
      fc.property(anyTotal, anyWeights, (amount, ws) => {
        const whole = sum(ws);
        const exact = ws.map((w) => rational(amount.minor * w.n * whole.d, 100n * w.d * whole.n));
        expect(lessThanOneUnit(byWeights(amount, ws), exact)).toBe(true);
      }),
    );
  });

  it('mirrors: a charge and its refund cancel for every part', () => {
    fc.assert(
      fc.property(anyTotal, anyWeights, (amount, ws) => {
        const refund = byWeights({ ...amount, minor: -amount.minor }, ws);
        expect(minors(refund)).toEqual(minors(byWeights(amount, ws)).map((minor) => -minor));
      }),
    );
  });

  it('depends on the order of the parts only among equal remainders', () => {
    fc.assert(
      fc.property(anyTotal, anyWeights, (amount, ws) => {
        const turned = minors(byWeights(amount, [...ws].reverse())).reverse();
        const parts = minors(byWeights(amount, ws));
        expect(turned.reduce((a, b) => a + b, 0n)).toBe(amount.minor);
        parts.forEach((part, i) => expect([-1n, 0n, 1n]).toContain(part - (turned[i] ?? 0n)));
      }),
    );
  });

  it('leaves the smallest squared distance that whole units can leave', () => {
    const tiny = fc.array(fc.bigInt({ min: 0n, max: 9n }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 12n }), tiny, (minor, ns) => {
        const whole = ns.reduce((a, b) => a + b, 0n);
        fc.pre(whole > 0n);
        const distance = (parts: readonly bigint[]): bigint =>
          parts.reduce((d, part, i) => d + (part * whole - minor * (ns[i] ?? 0n)) ** 2n, 0n);
        const ours = distance(
          minors(
            byWeights(
              money(minor, 'CNY'),
              ns.map((n) => rational(n)),
            ),
          ),
        );
        for (let a = 0n; a <= minor; a += 1n) {
          for (let b = 0n; a + b <= minor; b += 1n) {
            expect(ours <= distance([a, b, minor - a - b])).toBe(true);
          }
        }
      }),
    );
  });
});

describe('roundParts, for any signed parts that make whole cents', () => {
  it('keeps the total, stays within one cent of each part, and mirrors', () => {
    fc.assert(
      fc.property(anyParts, (exact) => {
        const parts = roundParts(exact, 'CNY');
        const whole = exact.reduce(add, ZERO);
        expect(rational(total(parts), 100n)).toEqual(whole);
        expect(lessThanOneUnit(parts, exact)).toBe(true);
        const mirror = roundParts(exact.map(negate), 'CNY');
        expect(minors(mirror)).toEqual(minors(parts).map((minor) => -minor));
      }),
      { numRuns: 1000 },
    );
  });

  it('mirrors also when the parts cancel', () => {
    const half = weights('0.005', '-0.005');
    expect(minors(roundParts(half, 'USD'))).toEqual([1n, -1n]);
    expect(minors(roundParts(half.map(negate), 'USD'))).toEqual([-1n, 1n]);
  });
});

describe('roundPartsTo', () => {
  it('reaches the floor of the sum or one more, ties to the earlier part', () => {
    const exact = weights('0.004', '0.004', '0.003');
    expect(minors(roundPartsTo(usd('0.01'), exact))).toEqual([1n, 0n, 0n]);
    expect(minors(roundPartsTo(usd('0.02'), exact))).toEqual([1n, 1n, 0n]);
  });

  it('a total further away is a defect', () => {
    const exact = weights('0.01', '0.02');
    expect(minors(roundPartsTo(usd('0.05'), exact))).toEqual([2n, 3n]);
    expect(() => roundPartsTo(usd('0.02'), exact)).toThrow(Defect);
    expect(() => roundPartsTo(usd('0.06'), exact)).toThrow(Defect);
  });
});
