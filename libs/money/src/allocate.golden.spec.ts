import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { roundParts } from './allocate.js';
import { parseDecimal } from './decimal.js';
import { money, moneyToRational } from './money.js';
import { divide, multiply, sum } from './rational.js';

interface Case {
  readonly amount: string;
  readonly weights: readonly string[];
  readonly parts: readonly string[];
}

const path = join(import.meta.dirname, '../../../test/fixtures/golden/allocation.json');
/** Numbers of the file become their text: nothing here passes through a float. */
const asText = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? value.toString() : value;
const golden = JSON.parse(readFileSync(path, 'utf8'), asText) as {
  readonly blocks: readonly { readonly cases: readonly Case[] }[];
};
const cases = golden.blocks.flatMap((block) => block.cases);

const partsOf = ({ amount, weights }: Case): bigint[] => {
  const shares = weights.map(parseDecimal);
  const unit = divide(moneyToRational(money(BigInt(amount), 'USD')), sum(shares));
  const exact = shares.map((share) => multiply(unit, share));
  return roundParts(exact, 'USD').map((part) => part.minor);
};

/** RubyMoney rounds part by part what is left; its first parts take the leftover. */
const OTHER_CONVENTION = ['700273', '-700273'];

describe('the golden allocations of RubyMoney', () => {
  it.each(cases.filter((c) => !OTHER_CONVENTION.includes(c.amount)))(
    '$amount by $weights is $parts',
    (c) => {
      expect(partsOf(c)).toEqual(c.parts.map(BigInt));
    },
  );

  it('are 19, of which 17 agree with largest remainder', () => {
    expect(cases).toHaveLength(19);
    const agreeing = cases.filter((c) => partsOf(c).join() === c.parts.join());
    expect(agreeing).toHaveLength(17);
  });

  it.each(cases.filter((c) => OTHER_CONVENTION.includes(c.amount)))(
    '$amount follows another convention there; here the parts add up too, each within one unit',
    (c) => {
      const parts = partsOf(c);
      expect(parts.reduce((a, b) => a + b, 0n)).toBe(BigInt(c.amount));
      expect(parts).not.toEqual(c.parts.map(BigInt));
      parts.forEach((part, i) => {
        expect([-1n, 0n, 1n]).toContain(part - BigInt(c.parts[i] ?? '0'));
      });
    },
  );
});
