import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import type { Price } from '@suanpan/money';
import {
  amountOf,
  compare,
  formatPrice,
  powerOfTen,
  rational,
  roundToMoney,
  sum,
} from '@suanpan/money';
import fc from 'fast-check';
import { catalogueOf } from './catalogue.js';
import type { BilledSum, PostedSum } from './invoice-lines.js';
import { invoiceLines } from './invoice-lines.js';
import { rate } from './rate.js';

const anyQuantity = fc.bigInt(0n, 10n ** 18n);
const anyPrice: fc.Arbitrary<Price> = fc.record({
  mantissa: fc.bigInt(0n, 10n ** 20n),
  scale: fc.integer({ min: 0, max: 40 }),
});
const anyPriced = fc.tuple(anyPrice, anyQuantity);
const anyRule = fc.constantFrom(
  ...(['half-even', 'half-up', 'half-down', 'up', 'down', 'ceiling', 'floor'] as const),
);

const terms = {
  buyer: 'b',
  seller: 's',
  currency: 'USD',
  zone: 'Asia/Shanghai',
  priceTable: 'p',
  requireAuthorization: false,
  rounding: 'half-even',
  paymentTermDays: 30,
  from: 0n,
} as const;

describe('a call of several kinds', () => {
  it('E3 costs the exact sum of quantity × price, whatever the scales of its prices', () => {
    fc.assert(
      fc.property(anyPriced, anyPriced, ([input, i], [output, o]) => {
        const prices = [
          { model: 'm', kind: 'input', perMillion: formatPrice(input) },
          { model: 'm', kind: 'output', perMillion: formatPrice(output) },
        ];
        const version = { version: 'v', effectiveFrom: 0n, source: '', prices };
        const table = { tenant: 't', priceTable: 'p', currency: 'USD', versions: [version] };
        const signed = {
          tenant: 't',
          contract: 'c',
          terms,
          until: null,
          closed: new Set<string>(),
        };
        const outcome = rate(catalogueOf([signed], [table]).planOf('t', 'c', 'm'), {
          time: parseInstant('2026-05-10T00:00:00Z'),
          buyer: 'b',
          authorization: null,
          kinds: { input: i, output: o },
        });
        if (outcome.status === 'unpriced') return false;
        const got = rational(outcome.amount, powerOfTen(outcome.scale));
        return compare(got, sum([amountOf(i, input), amountOf(o, output)])) === 0;
      }),
    );
  });
});

const key = {
  servicePeriod: '2026-05',
  model: 'm',
  kind: 'input',
  priceTable: 'p',
  priceVersion: 'v',
};

describe('usage that comes late, over several invoices', () => {
  it('I24 bills in all what one invoice for everything would have billed', () => {
    const anyParts = fc.array(anyQuantity, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyParts, anyPrice, anyRule, (parts, price, rounding) => {
        let quantity = 0n;
        let amount = 0n;
        parts.forEach((part, index) => {
          const fresh: PostedSum = {
            ...key,
            price: formatPrice(price),
            priceFrom: 0n,
            quantity: part,
            calls: 1n,
            multiset: 1n,
          };
          const billed: BilledSum = { ...key, quantity, amount };
          const [line] = invoiceLines({
            period: `2026-0${5 + index}`,
            currency: 'USD',
            rounding,
            posted: [fresh],
            billed: index === 0 ? [] : [billed],
          });
          quantity += part;
          amount += line?.amount ?? 0n;
        });
        const whole = roundToMoney(amountOf(quantity, price), 'USD', rounding);
        expect(amount).toBe(whole.minor);
      }),
    );
  });
});
