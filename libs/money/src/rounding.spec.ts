import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Rational } from './rational.js';
import { compare, multiply, negate, rational, subtract } from './rational.js';
import type { RoundingRule } from './rounding.js';
import { roundRational } from './rounding.js';

const HALF = rational(1n, 2n);
const rules: readonly RoundingRule[] = [
  'half-even',
  'half-up',
  'half-down',
  'up',
  'down',
  'ceiling',
  'floor',
];
const anyRational = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
    fc.bigInt({ min: 1n, max: 10n ** 20n }),
  )
  .map(([n, d]) => rational(n, d));
/** Numbers close to ties, which random fractions never hit. */
const nearTie = fc
  .tuple(fc.integer({ min: -5000, max: 5000 }), fc.constantFrom(1n, 2n, 4n, 10n, 1000n))
  .map(([n, d]) => rational(BigInt(n), d));

/** The integers around `r`, by comparison only: nothing of the rounding's own arithmetic. */
const neighbours = (r: Rational): readonly [bigint, bigint] => {
  let below = r.n / r.d;
  if (compare(rational(below), r) > 0) below -= 1n;
  return compare(rational(below), r) === 0 ? [below, below] : [below, below + 1n];
};

/** Each rule said as a choice between the two neighbours. */
const definition = (r: Rational, rule: RoundingRule): bigint => {
  const [below, above] = neighbours(r);
  const [inner, outer] = r.n < 0n ? [above, below] : [below, above];
  const side = compare(subtract(r, rational(below)), HALF);
  const nearest = side < 0 ? below : above;
  switch (rule) {
    case 'floor':
      return below;
    case 'ceiling':
      return above;
    case 'down':
      return inner;
    case 'up':
      return outer;
    case 'half-up':
      return side === 0 ? outer : nearest;
    case 'half-down':
      return side === 0 ? inner : nearest;
    case 'half-even':
      return side === 0 ? (below % 2n === 0n ? below : above) : nearest;
  }
};

describe('roundRational', () => {
  it.each([
    ['half-even', [-2n, -2n, 0n, 0n, 2n, 2n]],
    ['half-up', [-3n, -2n, -1n, 1n, 2n, 3n]],
    ['half-down', [-2n, -1n, 0n, 0n, 1n, 2n]],
    ['up', [-3n, -2n, -1n, 1n, 2n, 3n]],
    ['down', [-2n, -1n, 0n, 0n, 1n, 2n]],
    ['ceiling', [-2n, -1n, 0n, 1n, 2n, 3n]],
    ['floor', [-3n, -2n, -1n, 0n, 1n, 2n]],
  ] as const)('%s decides the ties from −2.5 to 2.5', (rule, expected) => {
    const ties = [-5n, -3n, -1n, 1n, 3n, 5n].map((n) => rational(n, 2n));
    expect(ties.map((tie) => roundRational(tie, 0, rule))).toEqual(expected);
  });

  it('is half-even when no rule is named', () => {
    expect(roundRational(rational(20_005n, 1000n), 2)).toBe(2000n);
  });

  it('agrees with the definition of each rule by neighbours and distance', () => {
    const places = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(
        fc.oneof(anyRational, nearTie),
        places,
        fc.constantFrom(...rules),
        (r, p, rule) => {
          const scaled = multiply(r, rational(10n ** BigInt(p)));
          expect(roundRational(r, p, rule)).toBe(definition(scaled, rule));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('mirrors: ceiling and floor change places, every other rule is odd', () => {
    fc.assert(
      fc.property(fc.oneof(anyRational, nearTie), fc.constantFrom(...rules), (r, rule) => {
        const other = rule === 'floor' ? 'ceiling' : rule === 'ceiling' ? 'floor' : rule;
        expect(roundRational(negate(r), 2, rule)).toBe(-roundRational(r, 2, other));
      }),
    );
  });
});
