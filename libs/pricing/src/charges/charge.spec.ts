import { describe, expect, it } from '@jest/globals';
import { Rejection } from '@suanpan/event-sourcing';
import type { Rational } from '@suanpan/money';
import { add, compare, parseDecimal, rational, sum, ZERO } from '@suanpan/money';
import fc from 'fast-check';
import type { PriceModel, Tiered } from './charge.js';
import { charge, chargeParts, chargeSince, requirePriceModel } from './charge.js';
import type { Tier } from './tiers.js';

const tier = (upTo: string | null, price: string, flat = '0'): Tier => ({
  upTo: upTo === null ? null : parseDecimal(upTo),
  price: parseDecimal(price),
  flat: parseDecimal(flat),
});

/** m-agent input of scene A2, per 1,000,000. */
const AGENT: Tiered = {
  model: 'graduated',
  tiers: [tier('100000000', '2.00'), tier('500000000', '1.50'), tier(null, '1.00')],
  base: 1_000_000n,
};

const amounts = (model: PriceModel, quantity: bigint): readonly Rational[] =>
  chargeParts(model, rational(quantity)).map(({ amount }) => amount);

const whole = (value: number): Rational => rational(BigInt(value));
const anyAmount = fc.nat({ max: 1_000_000 }).map((cents) => rational(BigInt(cents), 100n));
const anyTiers = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { maxLength: 6 }),
    fc.array(fc.tuple(anyAmount, anyAmount), { minLength: 7, maxLength: 7 }),
  )
  .map(([bounds, prices]): readonly Tier[] => {
    const reach = [...bounds.sort((one, other) => one - other).map(whole), null];
    return reach.map((upTo, index) => {
      const [price, flat] = prices[index] ?? [ZERO, ZERO];
      return { upTo, price, flat };
    });
  });
const anyModel: fc.Arbitrary<PriceModel> = fc.oneof(
  fc.record({
    model: fc.constantFrom('graduated' as const, 'volume' as const),
    tiers: anyTiers,
    base: fc.constant(1_000n),
  }),
  fc.record({
    model: fc.constant('package' as const),
    price: anyAmount,
    size: fc.integer({ min: 1, max: 999 }).map(whole),
    free: fc.nat({ max: 99 }).map(whole),
  }),
  fc.record({
    model: fc.constant('per-unit' as const),
    price: anyAmount,
    base: fc.constant(1_000_000n),
  }),
  fc.record({ model: fc.constant('percentage' as const), share: anyAmount }),
  fc.record({ model: fc.constant('flat' as const), amount: anyAmount }),
);
const anyQuantity = fc.nat({ max: 20_000 }).map(whole);

describe('a charge', () => {
  it('A2 graduated is 200.00, 600.00 and 150.00 of 650 million tokens, one part a tier', () => {
    expect(amounts(AGENT, 650_000_000n)).toEqual([200n, 600n, 150n].map((n) => rational(n)));
  });

  it('A2 by volume instead of graduated is 650.00, which would be wrong', () => {
    expect(amounts({ ...AGENT, model: 'volume' }, 650_000_000n)).toEqual([rational(650n)]);
  });

  it('an upper bound belongs to its tier', () => {
    expect(chargeParts(AGENT, rational(100_000_000n))).toHaveLength(1);
    expect(chargeParts(AGENT, rational(100_000_001n)).map(({ quantity }) => quantity)).toEqual([
      rational(100_000_000n),
      rational(1n),
    ]);
  });

  it('a package that was begun is due whole, and what is free is no package', () => {
    const model = {
      model: 'package',
      price: rational(5n),
      size: rational(100n),
      free: rational(100n),
    } as const;
    expect([0n, 100n, 101n, 200n, 201n].map((n) => charge(model, rational(n)))).toEqual(
      [0n, 0n, 5n, 5n, 10n].map((n) => rational(n)),
    );
  });

  it('is the sum of its parts, and of each part quantity × price ÷ base + flat', () => {
    fc.assert(
      fc.property(anyModel, anyQuantity, (model, quantity) => {
        const parts = chargeParts(model, quantity);
        expect(sum(parts.map(({ amount }) => amount))).toEqual(charge(model, quantity));
        for (const { quantity: q, price, base, flat, amount } of parts) {
          expect(amount).toEqual(
            add(rational(q.n * price.n * base.d, q.d * price.d * base.n), flat),
          );
        }
      }),
    );
  });

  it('R5 comes to the same however the period is cut into bills', () => {
    fc.assert(
      fc.property(anyModel, fc.array(anyQuantity, { maxLength: 8 }), (model, pieces) => {
        let billed = ZERO;
        const bills = pieces.map((piece) => {
          const now = add(billed, piece);
          const due = chargeSince(model, billed, now);
          billed = now;
          return due;
        });
        expect(add(charge(model, ZERO), sum(bills))).toEqual(charge(model, billed));
      }),
    );
  });

  it('graduated never costs less for more; its parts hold the whole quantity', () => {
    fc.assert(
      fc.property(anyTiers, anyQuantity, anyQuantity, (tiers, one, more) => {
        const model = { model: 'graduated', tiers, base: 1n } as const;
        expect(compare(charge(model, one), charge(model, add(one, more)))).toBeLessThanOrEqual(0);
        expect(sum(chargeParts(model, one).map(({ quantity }) => quantity))).toEqual(one);
      }),
    );
  });
});

describe('a price by tiers that leaves a quantity without a price', () => {
  const refused = (tiers: readonly Tier[]): string => {
    try {
      requirePriceModel({ model: 'graduated', tiers, base: 1n });
    } catch (error) {
      if (error instanceof Rejection) return error.code;
      throw error;
    }
    return 'accepted';
  };

  it.each([
    ['no tier', [], 'EMPTY_TIERS'],
    ['an end', [tier('10', '1')], 'LAST_TIER_BOUNDED'],
    ['two open tiers', [tier(null, '1'), tier(null, '2')], 'TIER_WITHOUT_BOUND'],
    [
      'overlapping tiers',
      [tier('10', '1'), tier('5', '1'), tier(null, '1')],
      'TIERS_NOT_ASCENDING',
    ],
    ['an empty tier', [tier('10', '1'), tier('10', '1'), tier(null, '1')], 'TIERS_NOT_ASCENDING'],
    ['a first tier of nothing', [tier('0', '1'), tier(null, '1')], 'TIERS_NOT_ASCENDING'],
    ['one tier without an end', [tier(null, '1')], 'accepted'],
  ])('%s: %s', (_name, tiers, code) => {
    expect(refused(tiers)).toBe(code);
  });

  it('a package of nothing is refused', () => {
    const model = { model: 'package', price: rational(1n), size: ZERO, free: ZERO } as const;
    expect(() => requirePriceModel(model)).toThrow(Rejection);
  });
});
