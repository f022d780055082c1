import { describe, expect, it } from '@jest/globals';
import { Defect, Malformed } from '@suanpan/event-sourcing';
import fc from 'fast-check';
import { decimalDigits, exactDecimal, parseDecimal, writeDecimal } from './decimal.js';
import { amountOf, formatPrice, parsePrice } from './price.js';
import { divide, rational } from './rational.js';

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Malformed) return error.code;
    throw error;
  }
  return 'read';
};

const anyDecimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 46 }))
  .map(([digits, scale]) => rational(digits, 10n ** BigInt(scale)));

describe('parseDecimal', () => {
  it.each([
    '',
    '.5',
    '5.',
    '+1',
    ' 1',
    '1 ',
    '1e3',
    '1E400',
    'NaN',
    'Infinity',
    '0x10',
    '01',
    '1,000',
  ])('B40 %j is INVALID_DECIMAL', (text) => {
    expect(codeOf(() => parseDecimal(text))).toBe('INVALID_DECIMAL');
  });

  it('B40 a million nines and a huge exponent are refused at once, and not repeated in the message', () => {
    expect(codeOf(() => parseDecimal('9'.repeat(1_000_000)))).toBe('INVALID_DECIMAL');
    expect(codeOf(() => parseDecimal('1e1000000000'))).toBe('INVALID_DECIMAL');
    expect(() => parseDecimal('9'.repeat(1_000_000))).toThrow(/^.{1,150}$/);
  });

  it('reads 40 digits before the point, 46 after it, and not one more', () => {
    const [before, after] = ['9'.repeat(40), '9'.repeat(46)];
    expect(exactDecimal(parseDecimal(`-${before}.${after}`))).toBe(`-${before}.${after}`);
    expect(codeOf(() => parseDecimal(`${before}9`))).toBe('INVALID_DECIMAL');
    expect(codeOf(() => parseDecimal(`0.${after}9`))).toBe('INVALID_DECIMAL');
  });
});

describe('exactDecimal', () => {
  it('writes every digit and no others', () => {
    expect(exactDecimal(rational(117n, 100_000n))).toBe('0.00117');
    expect(exactDecimal(rational(-3n, 8n))).toBe('-0.375');
    expect(exactDecimal(rational(20n))).toBe('20');
  });

  it('has no text for a third', () => {
    expect(() => exactDecimal(rational(1n, 3n))).toThrow(Defect);
  });

  it('reads back as the same number', () => {
    fc.assert(
      fc.property(anyDecimal, (r) => {
        expect(parseDecimal(exactDecimal(r))).toEqual(r);
      }),
    );
  });
});

describe('decimalDigits', () => {
  it('C4 shows the cross rates that are kept as fractions', () => {
    const may = divide(parseDecimal('7.8793'), parseDecimal('1.1644'));
    const june = divide(parseDecimal('7.8243'), parseDecimal('1.1539'));
    expect([decimalDigits(may, 10), decimalDigits(june, 10)]).toEqual([
      '6.7668327035',
      '6.7807435653',
    ]);
  });
});

describe('parsePrice', () => {
  it('keeps the price digit for digit', () => {
    expect(
      ['0.30', '0.3', '0', '12', '0.025'].map((text) => formatPrice(parsePrice(text))),
    ).toEqual(['0.30', '0.3', '0', '12', '0.025']);
  });

  it('reads 40 decimals (scale ≤ 40) and not one more', () => {
    const price = `0.${'0'.repeat(39)}1`;
    expect(formatPrice(parsePrice(price))).toBe(price);
    expect(codeOf(() => parsePrice(`${price}1`))).toBe('INVALID_PRICE');
  });

  it('R11 every amount at a price can be read again', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        fc.bigInt({ min: 1n, max: 10n ** 20n }),
        fc.integer({ min: 0, max: 40 }),
        (quantity, digits, scale) => {
          const amount = amountOf(quantity, parsePrice(writeDecimal(digits, scale)));
          expect(parseDecimal(exactDecimal(amount))).toEqual(amount);
        },
      ),
    );
  });

  it.each(['-1', '1e-7', 'free', ''])('%j is INVALID_PRICE', (text) => {
    expect(codeOf(() => parsePrice(text))).toBe('INVALID_PRICE');
  });
});
