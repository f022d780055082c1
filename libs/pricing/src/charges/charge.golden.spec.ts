import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Rational } from '@suanpan/money';
import { add, divide, formatMoney, parseDecimal, rational, roundToMoney } from '@suanpan/money';
import type { PriceModel } from './charge.js';
import { charge, chargeSince, requirePriceModel } from './charge.js';

interface TierText {
  readonly to_value: string | null;
  readonly unit?: string;
  readonly rate_percent?: string;
  readonly flat: string;
}

interface PriceText {
  readonly tiers?: readonly TierText[];
  readonly package_size?: string;
  readonly amount?: string;
  readonly free_units?: string;
}

interface Block {
  readonly model: string;
  readonly price: PriceText;
  readonly cases: readonly {
    readonly units_before?: string;
    readonly units?: string;
    readonly amount: string;
    readonly currency?: string;
    readonly rounded?: string;
  }[];
}

const file = new URL('../../../../test/fixtures/golden/charge-models.json', import.meta.url);
const { blocks } = JSON.parse(readFileSync(file, 'utf8')) as { readonly blocks: readonly Block[] };

const HUNDRED = rational(100n);

const tierPrice = ({ unit, rate_percent }: TierText): Rational =>
  unit === undefined ? divide(parseDecimal(rate_percent ?? ''), HUNDRED) : parseDecimal(unit);

const tiersOf = ({ tiers = [] }: PriceText) =>
  tiers.map((tier) => ({
    upTo: tier.to_value === null ? null : parseDecimal(tier.to_value),
    price: tierPrice(tier),
    flat: parseDecimal(tier.flat),
  }));

const modelOf = ({ model, price }: Block): PriceModel => {
  switch (model) {
    case 'package':
      return {
        model,
        size: parseDecimal(price.package_size ?? ''),
        price: parseDecimal(price.amount ?? ''),
        free: parseDecimal(price.free_units ?? '0'),
      };
    case 'graduated':
    case 'volume':
      return { model, tiers: tiersOf(price), base: 1n };
    case 'graduated_percentage':
      return { model: 'graduated-percentage', tiers: tiersOf(price), base: 1n };
    default:
      throw new Error(`${model} is no model of the file.`);
  }
};

const isRounding = ({ model }: Block): boolean => model === 'round_to_currency';

const priced = blocks
  .filter((block) => !isRounding(block))
  .flatMap((block) =>
    block.cases.map((each) => ({ ...each, name: block.model, model: modelOf(block) })),
  );

const rounded = blocks.filter(isRounding).flatMap(({ cases }) => cases);

describe('the golden charge models', () => {
  it('are 48 and 10 of rounding', () => {
    expect([priced.length, rounded.length]).toEqual([48, 10]);
  });

  it.each(priced)('$name of $units units after $units_before is $amount', (each) => {
    requirePriceModel(each.model);
    const { units = '', units_before: before } = each;
    const due =
      before === undefined
        ? charge(each.model, parseDecimal(units))
        : chargeSince(
            each.model,
            parseDecimal(before),
            add(parseDecimal(before), parseDecimal(units)),
          );
    expect(due).toEqual(parseDecimal(each.amount));
  });

  it.each(rounded)('$amount $currency, half away from zero, is $rounded', (each) => {
    const { currency = '', rounded: wanted } = each;
    const money = roundToMoney(parseDecimal(each.amount), currency, 'half-up');
    expect(formatMoney(money)).toBe(wanted);
  });
});
