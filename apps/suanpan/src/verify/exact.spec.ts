import { describe, expect, it } from '@jest/globals';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';

import {
  exactOf,
  minorDigits,
  over,
  plus,
  roundTo,
  same,
  shown,
  times,
  total,
  unitsText,
  whole,
} from './exact.js';

const Wide = Decimal.clone({ precision: 200, toExpNeg: -1_000, toExpPos: 1_000 });
const anyDecimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.integer({ min: 0, max: 18 }))
  .map(([units, places]) => unitsText(units, places));

describe('the auditor’s arithmetic', () => {
  it('agrees with decimal.js on sums and products', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => {
        const sum = new Wide(a).plus(b).toString();
        const product = new Wide(a).times(b).toString();
        expect(same(plus(exactOf(a), exactOf(b)), exactOf(sum))).toBe(true);
        expect(same(times(exactOf(a), exactOf(b)), exactOf(product))).toBe(true);
      }),
    );
  });

  it.each([
    ['half-even', Decimal.ROUND_HALF_EVEN],
    ['half-up', Decimal.ROUND_HALF_UP],
    ['half-down', Decimal.ROUND_HALF_DOWN],
    ['up', Decimal.ROUND_UP],
    ['down', Decimal.ROUND_DOWN],
    ['ceiling', Decimal.ROUND_CEIL],
    ['floor', Decimal.ROUND_FLOOR],
  ] as const)('rounds %s as decimal.js does', (rule, mode) => {
    fc.assert(
      fc.property(anyDecimal, fc.integer({ min: 0, max: 4 }), (text, places) => {
        const expected = new Wide(text).toDecimalPlaces(places, mode);
        const ours = new Wide(unitsText(roundTo(exactOf(text), places, rule), places));
        expect(ours.equals(expected)).toBe(true);
      }),
    );
  });

  it('rounds the tie of scene A2 to the even cent', () => {
    expect(unitsText(roundTo(exactOf('20.005'), 2, 'half-even'), 2)).toBe('20.00');
    expect(unitsText(roundTo(exactOf('-20.015'), 2, 'half-even'), 2)).toBe('-20.02');
  });

  it('keeps thirds exact in a long sum', () => {
    const third = over(whole(1n), whole(3n));
    expect(same(total(Array.from({ length: 300 }, () => third)), whole(100n))).toBe(true);
    expect(shown(third)).toBe('0.333333333333…');
  });

  it.each(['NaN', 'Infinity', '1e5', '', '1.', '.5', ' 1'])('takes %p for no number', (text) => {
    expect(() => exactOf(text)).toThrow('Not a decimal');
  });

  it('knows the minor units that are not hundredths', () => {
    expect([minorDigits('KRW'), minorDigits('KWD'), minorDigits('USD')]).toEqual([0, 3, 2]);
  });
});
