import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseExactly } from './exact-json.js';

describe('a number as it was written', () => {
  it.each([
    ['1.5', 1.5],
    ['1.0', 1],
    ['1.50e1', 15],
    ['12e1', 120],
    ['10e-1', 1],
    ['-0', -0],
    ['0.0e-5', 0],
    ['9007199254740993', 9007199254740992],
    ['1e400', Infinity],
    ['-1e400', -Infinity],
    ['0.99999999999999999999', Number.NaN],
    ['9007199254740991.4', Number.NaN],
    ['1e-400', Number.NaN],
    ['-1e-400', Number.NaN],
    ['1.00000000000000000000001', Number.NaN],
    ['1e-1', 0.1],
  ])('%s is seen as %d', (literal, seen) => {
    expect(parseExactly(literal)).toBe(seen);
  });

  it('never becomes a whole number unless it is one', () => {
    const literal = fc.tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.integer({ min: 0, max: 40 }));
    fc.assert(
      fc.property(literal, ([digits, places]) => {
        const text = `${digits}e-${places}`;
        const whole = digits % 10n ** BigInt(places) === 0n;
        const seen = parseExactly(text) as number;
        expect(Number.isInteger(seen)).toBe(whole);
      }),
    );
  });

  it.each([
    ['9'.repeat(1_000_000), Infinity],
    [`0.${'0'.repeat(1_000_000)}1`, Number.NaN],
    [`1.${'0'.repeat(1_000_000)}`, 1],
    [`1e${'9'.repeat(1_000_000)}`, Infinity],
  ])('B40 a million digits take no time', (literal, seen) => {
    const start = performance.now();
    expect(parseExactly(literal)).toBe(seen);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
