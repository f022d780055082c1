import { describe, expect, it } from '@jest/globals';
import { Defect, Malformed } from '@suanpan/event-sourcing';
import fc from 'fast-check';
import { currencies } from './currencies.js';
import { exactDecimal } from './decimal.js';
import {
  addMoney,
  formatMoney,
  minorUnits,
  money,
  moneyToRational,
  negateMoney,
  parseMoney,
  roundToMoney,
  subtractMoney,
  sumMoney,
} from './money.js';
import { amountOf, parsePrice } from './price.js';
import { rational, sum } from './rational.js';

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Malformed) return error.code;
    throw error;
  }
  return 'read';
};
const anyMoney = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
    fc.constantFrom('USD', 'JPY', 'KWD', 'CLF'),
  )
  .map(([minor, currency]) => money(minor, currency));

describe('the ISO 4217 list', () => {
  it('has 166 active currencies with a minor unit', () => {
    expect(currencies.size).toBe(166);
    expect(['USD', 'CNY', 'JPY', 'KWD', 'CLF', 'IDR'].map(minorUnits)).toEqual([2, 2, 0, 3, 4, 2]);
  });

  it.each(['XXX', 'XAU', 'XDR', 'DEM', 'usd', ''])('%j is INVALID_CURRENCY', (code) => {
    expect(codeOf(() => money(1n, code))).toBe('INVALID_CURRENCY');
  });
});

describe('A2 the lines of the invoice', () => {
  const lines = [
    { line: 'P1 input', quantity: 412_348_000n, price: '0.30', exact: '123.7044', paid: '123.70' },
    {
      line: 'P1 cached',
      quantity: 1_234_576_000n,
      price: '0.03',
      exact: '37.03728',
      paid: '37.04',
    },
    { line: 'P1 output', quantity: 98_765_800n, price: '1.20', exact: '118.51896', paid: '118.52' },
    {
      line: 'P1 reasoning',
      quantity: 10_000_200n,
      price: '1.20',
      exact: '12.00024',
      paid: '12.00',
    },
    { line: 'P2 input', quantity: 300_002_000n, price: '0.25', exact: '75.0005', paid: '75.00' },
    { line: 'P2 cached', quantity: 800_200_000n, price: '0.025', exact: '20.005', paid: '20.00' },
    { line: 'P2 output', quantity: 71_005_300n, price: '1.00', exact: '71.0053', paid: '71.01' },
    { line: 'P2 reasoning', quantity: 8_000_200n, price: '1.00', exact: '8.0002', paid: '8.00' },
  ];

  it.each(lines)('m-chat $line: $exact is $paid', ({ quantity, price, exact, paid }) => {
    const amount = amountOf(quantity, parsePrice(price));
    expect(exactDecimal(amount)).toBe(exact);
    expect(formatMoney(roundToMoney(amount, 'USD'))).toBe(paid);
  });

  it('the m-chat lines are 465.27 together', () => {
    const paid = lines.map((line) => parseMoney(line.paid, 'USD'));
    expect(formatMoney(sumMoney('USD', paid))).toBe('465.27');
  });

  it('half-up would make 20.01 of the tie', () => {
    const tie = amountOf(800_200_000n, parsePrice('0.025'));
    expect(formatMoney(roundToMoney(tie, 'USD', 'half-up'))).toBe('20.01');
  });

  it('A3 tax is rounded once per category: 2.71, not 3 × 0.90', () => {
    const tax = (base: bigint) => roundToMoney(rational(base * 9n, 10_000n), 'USD');
    expect(formatMoney(tax(3015n))).toBe('2.71');
    expect(formatMoney(sumMoney('USD', [tax(1005n), tax(1005n), tax(1005n)]))).toBe('2.70');
  });
});

describe('amountOf', () => {
  it('adds up to the amount of the sum, since nothing is rounded', () => {
    const price = parsePrice('0.0373');
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n })), (quantities) => {
        const whole = quantities.reduce((a, b) => a + b, 0n);
        expect(sum(quantities.map((q) => amountOf(q, price)))).toEqual(amountOf(whole, price));
      }),
    );
  });

  it('takes another base than a million', () => {
    expect(exactDecimal(amountOf(3n, parsePrice('0.05'), 1n))).toBe('0.15');
  });
});

describe('parseMoney', () => {
  it.each([
    ['1.005', 'USD', 'AMOUNT_SCALE'],
    ['1.0', 'JPY', 'AMOUNT_SCALE'],
    ['1.2345', 'KWD', 'AMOUNT_SCALE'],
    ['1e3', 'USD', 'INVALID_AMOUNT'],
    ['1,000.00', 'USD', 'INVALID_AMOUNT'],
    ['', 'USD', 'INVALID_AMOUNT'],
    ['10000000000000000.01', 'USD', 'AMOUNT_LIMIT'],
    ['1', 'XYZ', 'INVALID_CURRENCY'],
  ] as const)('%s %s is %s', (text, currency, code) => {
    expect(codeOf(() => parseMoney(text, currency))).toBe(code);
  });

  it('reads the limit itself, and fewer decimals than the currency has', () => {
    expect(parseMoney('-10000000000000000.00', 'USD')).toEqual(money(-(10n ** 18n), 'USD'));
    expect(parseMoney('2.5', 'USD')).toEqual(money(250n, 'USD'));
    expect(parseMoney('2', 'JPY')).toEqual(money(2n, 'JPY'));
  });

  it('reads what formatMoney wrote', () => {
    expect(
      ['0.00', '-0.05', '465.27', '-3.75'].map((t) => formatMoney(parseMoney(t, 'USD'))),
    ).toEqual(['0.00', '-0.05', '465.27', '-3.75']);
    fc.assert(
      fc.property(anyMoney, (m) => {
        expect(parseMoney(formatMoney(m), m.currency)).toEqual(m);
        expect(roundToMoney(moneyToRational(m), m.currency)).toEqual(m);
      }),
    );
  });
});

describe('sums', () => {
  it('two currencies are never added', () => {
    const [usd, cny] = [money(1n, 'USD'), money(1n, 'CNY')];
    expect(() => addMoney(usd, cny)).toThrow(Defect);
    expect(() => subtractMoney(usd, cny)).toThrow(Defect);
    expect(() => sumMoney('USD', [usd, cny])).toThrow(Defect);
  });

  it('the sum of nothing is a zero of the currency', () => {
    expect(sumMoney('CNY', [])).toEqual(money(0n, 'CNY'));
  });

  it('subtracting is adding the negative', () => {
    const [a, b] = [money(500n, 'USD'), money(125n, 'USD')];
    expect(subtractMoney(a, b)).toEqual(addMoney(a, negateMoney(b)));
    expect(formatMoney(subtractMoney(b, a))).toBe('-3.75');
  });
});
