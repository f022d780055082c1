import { describe, expect, it } from '@jest/globals';
import { Malformed } from '@suanpan/event-sourcing';
import fc from 'fast-check';
import { addDays, civilOf, dayNumber, daysBetween, isReal, requireDate } from './civil.js';
import { formatInstant, parseInstant, quarterHourOf } from './instant.js';

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Malformed) return error.code;
    throw error;
  }
  return 'read';
};
const lastInstant = parseInstant('9999-12-31T23:59:59.999999Z');
const anyInstant = fc.bigInt({ min: 0n, max: lastInstant });

describe('parseInstant', () => {
  it.each([
    ['missing', ''],
    ['a day that is not on the calendar', '2024-02-30T00:00:00Z'],
    ['29 February of a common year', '2026-02-29T00:00:00Z'],
    ['29 February 2100', '2100-02-29T00:00:00Z'],
    ['no zone', '2026-05-15T17:00:00'],
    ['year 0001', '0001-01-01T00:00:00Z'],
    ['year 1969', '1969-12-31T23:59:59.999999Z'],
    ['before 1970 once converted', '1970-01-01T00:00:00+08:00'],
    ['after 9999 once converted', '9999-12-31T23:59:59-00:01'],
    ['year 275761', '275761-01-01T00:00:00Z'],
    ['year +275761', '+275761-01-01T00:00:00Z'],
    ['seven fraction digits', '2026-05-15T17:00:00.1234567Z'],
    ['nanoseconds', '2026-05-15T17:00:00.123456789Z'],
    ['a point without digits', '2026-05-15T17:00:00.Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['hour 24', '2026-05-15T24:00:00Z'],
    ['minute 60', '2026-05-15T17:60:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['day 0', '2026-05-00T00:00:00Z'],
    ['lower-case t and z', '2026-05-15t17:00:00z'],
    ['a blank for the T', '2026-05-15 17:00:00Z'],
    ['a short offset', '2026-05-15T17:00:00+07'],
    ['an offset of 24 hours', '2026-05-15T17:00:00+24:00'],
    ['seconds as a number', '1778864400'],
    ['a megabyte', '2026-05-15T17:00:00Z'.repeat(50_000)],
  ])('B43 %s is INVALID_TIME', (_what, text) => {
    expect(codeOf(() => parseInstant(text))).toBe('INVALID_TIME');
  });

  it.each([
    ['2026-05-15T17:00:00Z', '2026-05-15T17:00:00.000000Z'],
    ['2026-05-16T00:00:00+07:00', '2026-05-15T17:00:00.000000Z'],
    ['2026-05-15T12:30:00.5-04:30', '2026-05-15T17:00:00.500000Z'],
    ['2026-05-15T16:59:59.999999Z', '2026-05-15T16:59:59.999999Z'],
    ['2024-02-29T23:59:59.000001Z', '2024-02-29T23:59:59.000001Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000000Z'],
    ['1970-01-01T08:00:00+08:00', '1970-01-01T00:00:00.000000Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
  ])('reads %s as %s', (text, formatted) => {
    expect(formatInstant(parseInstant(text))).toBe(formatted);
  });

  it('reads back every instant that formatInstant wrote', () => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        expect(parseInstant(formatInstant(instant))).toBe(instant);
      }),
    );
  });

  it('agrees with the platform about milliseconds', () => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        const iso = new Date(Number(instant / 1000n)).toISOString();
        expect(formatInstant(instant).slice(0, 23)).toBe(iso.slice(0, 23));
      }),
    );
  });

  it('formats in an order that sorts like time', () => {
    fc.assert(
      fc.property(anyInstant, anyInstant, (a, b) => {
        expect(formatInstant(a) < formatInstant(b)).toBe(a < b);
      }),
    );
  });
});

describe('quarterHourOf', () => {
  it('floors to :00, :15, :30 and :45', () => {
    const at = (text: string) => formatInstant(quarterHourOf(parseInstant(text)));
    expect(at('2026-05-15T16:59:59.999999Z')).toBe('2026-05-15T16:45:00.000000Z');
    expect(at('2026-05-15T17:00:00Z')).toBe('2026-05-15T17:00:00.000000Z');
    expect(formatInstant(quarterHourOf(-1n))).toBe('1969-12-31T23:45:00.000000Z');
  });
});

describe('dates', () => {
  it.each(['2026-02-29', '2026-5-1', '1969-12-31', '2026-05-32', 'today', ''])(
    '%j is INVALID_DATE',
    (text) => {
      expect(codeOf(() => requireDate(text))).toBe('INVALID_DATE');
    },
  );

  it('counts over leap days and year ends', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
    expect(daysBetween('2026-05-29', '2026-05-31')).toBe(2);
    expect(daysBetween('2024-01-01', '2025-01-01')).toBe(366);
  });

  it('turns every day number into a real date and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_468, max: 2_932_896 }), (days) => {
        const civil = civilOf(days);
        expect(isReal(civil)).toBe(true);
        expect(dayNumber(civil)).toBe(days);
      }),
    );
  });
});
