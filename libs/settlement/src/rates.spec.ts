import { describe, expect, it } from '@jest/globals';
import { formatInstant } from '@suanpan/calendar';
import { Malformed, Rejection } from '@suanpan/event-sourcing';
import { decimalDigits, formatMoney, parseDecimal, parseMoney, rational } from '@suanpan/money';
import fc from 'fast-check';
import type { RatePolicy } from './conversion.js';
import { convert, convertAt, crossRate, rateIdsText } from './conversion.js';
import { ecbRates } from './ecb-rates.js';
import type { FxRate, NewRate } from './fx-rate.js';
import { fxRate } from './fx-rate.js';
import { rateTable } from './rate-table.js';

/** Three days of eurofxref-hist.csv (ECB, free re-use with the source named), some columns. */
const FILE = `Date,USD,JPY,BGN,CYP,CNY,SGD,
2026-06-10,1.1539,185.19,N/A,N/A,7.8243,1.4866,
2026-06-09,1.1540,N/A,N/A,N/A,7.8250,,
2026-05-29,1.1644,185.45,N/A,N/A,7.8793,1.487,`;
const rows = (text: string) => text.split('\n').map((row) => row.split(','));
const ECB: RatePolicy = { source: 'ECB', purpose: 'booking', pivot: 'EUR', validityDays: 12 };
const table = rateTable(ecbRates(rows(FILE), 'booking'));

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Rejection || error instanceof Malformed) return error.code;
    throw error;
  }
  return 'found';
};
const stated = (given: Partial<NewRate>): FxRate =>
  fxRate({
    source: 'STATED',
    purpose: 'booking',
    base: 'USD',
    quote: 'CNY',
    date: '2026-05-31',
    rate: parseDecimal('6.80'),
    fixingTime: 0n,
    ...given,
  });

describe('ecbRates', () => {
  it('reads the quoted cells of active currencies, with id, day and fixing time', () => {
    const rates = ecbRates(rows(FILE), 'booking');
    expect(rates.map(({ quote, date }) => `${quote} ${date}`)).toEqual([
      'USD 2026-06-10',
      'JPY 2026-06-10',
      'CNY 2026-06-10',
      'SGD 2026-06-10',
      'USD 2026-06-09',
      'CNY 2026-06-09',
      'USD 2026-05-29',
      'JPY 2026-05-29',
      'CNY 2026-05-29',
      'SGD 2026-05-29',
    ]);
    const [first] = rates;
    expect(first?.rateId).toBe('ECB:booking:EUR/USD:2026-06-10');
    expect(first && formatInstant(first.fixingTime)).toBe('2026-06-10T12:10:00.000000Z');
  });

  it.each([
    ['an empty file', []],
    ['a file of another layout', [['Day', 'USD']]],
    ['a short row', [['Date', 'USD'], ['2026-06-10']]],
  ])('%s is RATE_FILE_INVALID', (_what, file) => {
    expect(codeOf(() => ecbRates(file, 'booking'))).toBe('RATE_FILE_INVALID');
  });

  it('refuses a day that is none and a cell that is no number', () => {
    const file = (date: string, cell: string) => [
      ['Date', 'USD'],
      [date, cell],
    ];
    expect(codeOf(() => ecbRates(file('2026-02-30', '1.1'), 'booking'))).toBe('INVALID_DATE');
    expect(codeOf(() => ecbRates(file('2026-06-10', '1,1'), 'booking'))).toBe('INVALID_DECIMAL');
    expect(codeOf(() => ecbRates(file('2026-06-10', '1.1'), 'booking'))).toBe('found');
  });

  it('R35 is never a dealt rate', () => {
    expect(codeOf(() => ecbRates(rows(FILE), 'settlement'))).toBe('RATE_INVALID');
  });
});

describe('a rate', () => {
  it.each([
    ['zero', { rate: rational(0n) }],
    ['negative', { rate: rational(-1n) }],
    ['of a currency against itself', { quote: 'USD' }],
  ])('%s is RATE_INVALID', (_what, given) => {
    expect(codeOf(() => stated(given))).toBe('RATE_INVALID');
  });

  it('a millionth is one', () => {
    expect(codeOf(() => stated({ rate: rational(1n, 1_000_000n) }))).toBe('found');
  });

  it('published twice is one rate, with another value it is RATE_EXISTS', () => {
    expect(codeOf(() => rateTable([stated({}), stated({})]))).toBe('found');
    const changed = stated({ rate: parseDecimal('6.81') });
    expect(codeOf(() => rateTable([stated({}), changed]))).toBe('RATE_EXISTS');
  });
});

describe('crossRate', () => {
  const ask = (date: string, given: { from?: string; to?: string } & Partial<RatePolicy> = {}) => {
    const { from = 'USD', to = 'CNY', ...policy } = given;
    return crossRate(table, { from, to, date, policy: { ...ECB, ...policy } });
  };

  it('C4 is the fraction 7.8793 ÷ 1.1644, with both rate ids', () => {
    const cross = ask('2026-05-29');
    expect(cross.rate).toEqual(rational(78_793n, 11_644n));
    expect(decimalDigits(cross.rate, 10)).toBe('6.7668327035');
    expect(rateIdsText(cross)).toBe(
      'ECB:booking:EUR/USD:2026-05-29 ECB:booking:EUR/CNY:2026-05-29',
    );
  });

  it('C Sunday 31 May takes the rate of Friday 29 May', () => {
    expect(ask('2026-05-31')).toEqual(ask('2026-05-29'));
  });

  it('both legs are of one day: the latest that has both', () => {
    const cross = ask('2026-06-09', { from: 'JPY' });
    expect(cross.legs.map(({ date }) => date)).toEqual(['2026-05-29', '2026-05-29']);
  });

  it('is RATE_STALE one day beyond the validity, at the validity it holds', () => {
    expect(codeOf(() => ask('2026-06-03', { validityDays: 5 }))).toBe('found');
    expect(codeOf(() => ask('2026-06-04', { validityDays: 5 }))).toBe('RATE_STALE');
  });

  it.each([
    ['before the first day', '2026-05-28', {}],
    ['for a currency that is not quoted', '2026-06-10', { to: 'IDR' }],
    ['for another purpose', '2026-06-10', { purpose: 'tax' as const }],
    ['for another source', '2026-06-10', { source: 'PBOC' }],
  ])('is RATE_MISSING %s', (_what, date, given) => {
    expect(codeOf(() => ask(date, given))).toBe('RATE_MISSING');
  });

  it('has one leg from or to the pivot, and none within one currency', () => {
    expect(ask('2026-06-10', { from: 'EUR' })).toMatchObject({ legs: [{ quote: 'CNY' }] });
    expect(ask('2026-06-10', { to: 'EUR' }).rate).toEqual(rational(10_000n, 11_539n));
    expect(ask('1999-01-01', { from: 'CNY' })).toEqual({ rate: rational(1n), legs: [] });
  });

  it('without a pivot takes the pair as published, or turned round, whichever is later', () => {
    const policy: RatePolicy = { source: 'STATED', purpose: 'booking', validityDays: 0 };
    const turned = stated({
      base: 'CNY',
      quote: 'USD',
      date: '2026-06-01',
      rate: rational(1n, 7n),
    });
    const own = rateTable([stated({}), turned]);
    const on = (date: string) => crossRate(own, { from: 'USD', to: 'CNY', date, policy }).rate;
    expect(on('2026-05-31')).toEqual(parseDecimal('6.80'));
    expect(on('2026-06-01')).toEqual(rational(7n));
  });
});

describe('convert', () => {
  it('C4 2,000 USD are 13,533.67 CNY; a cross rate of four digits would make 13,533.60', () => {
    const usd = parseMoney('2000.00', 'USD');
    const { to, rate } = convert(table, usd, { to: 'CNY', date: '2026-05-31', policy: ECB });
    expect(formatMoney(to)).toBe('13533.67');
    const short = { rate: parseDecimal(decimalDigits(rate, 4)), legs: [] };
    expect(formatMoney(convertAt(usd, 'CNY', short).to)).toBe('13533.60');
  });

  it('mirrors, and there and back is off by less than the coarser unit', () => {
    const anyMinor = fc.bigInt({ min: 0n, max: 10n ** 12n });
    fc.assert(
      fc.property(anyMinor, fc.constantFrom('USD', 'JPY', 'SGD'), (minor, currency) => {
        const asked = { to: 'CNY', date: '2026-06-10', policy: ECB };
        const there = convert(table, { minor, currency }, asked).to;
        expect(convert(table, { minor: -minor, currency }, asked).to.minor).toBe(-there.minor);
        const back = convert(table, there, { ...asked, to: currency }).to.minor;
        const off = back < minor ? minor - back : back - minor;
        expect(off <= 1n).toBe(true);
      }),
    );
  });
});
