import { describe, expect, it } from '@jest/globals';
import { Malformed } from '@suanpan/event-sourcing';
import fc from 'fast-check';
import { formatInstant, parseInstant } from './instant.js';
import type { Period } from './period.js';
import { monthPeriod, nextPeriod, periodOf } from './period.js';
import { localDate, requireZone, startOfDay } from './zone.js';

const HOUR = 3_600_000_000n;
const ZONES = [
  'UTC',
  'Asia/Jakarta',
  'Asia/Shanghai',
  'Asia/Kathmandu',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'America/Goose_Bay',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Cairo',
];
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Malformed) return error.code;
    throw error;
  }
  return 'read';
};
const bounds = ({ start, end }: Period) => [formatInstant(start), formatInstant(end)];
const hours = ({ start, end }: Period) => Number(end - start) / Number(HOUR);
const at = (zone: string, text: string) => periodOf(zone, parseInstant(text)).id;

describe('A May 2026 in Asia/Jakarta', () => {
  it('is [2026-04-30T17:00:00Z, 2026-05-31T17:00:00Z)', () => {
    expect(bounds(monthPeriod('Asia/Jakarta', '2026-05'))).toEqual([
      '2026-04-30T17:00:00.000000Z',
      '2026-05-31T17:00:00.000000Z',
    ]);
  });

  it.each([
    ['c1', '2026-04-30T16:59:59.999999Z', '2026-04'],
    ['c2', '2026-04-30T17:00:00Z', '2026-05'],
    ['c3', '2026-05-15T16:59:59.999999Z', '2026-05'],
    ['the last microsecond', '2026-05-31T16:59:59.999999Z', '2026-05'],
    ['c7', '2026-05-31T17:00:00Z', '2026-06'],
  ])('%s at %s lies in %s', (_call, text, id) => {
    expect(at('Asia/Jakarta', text)).toBe(id);
  });

  it('puts c1 on 30 April and c2 on 1 May on the wall, and P2 on the start of 16 May', () => {
    expect(localDate('Asia/Jakarta', parseInstant('2026-04-30T16:59:59.999999Z'))).toBe(
      '2026-04-30',
    );
    expect(localDate('Asia/Jakarta', parseInstant('2026-04-30T17:00:00Z'))).toBe('2026-05-01');
    expect(startOfDay('Asia/Jakarta', '2026-05-16')).toBe(parseInstant('2026-05-15T17:00:00Z'));
  });
});

describe('months with a clock change', () => {
  it('March 2026 in New York has one hour less, November one more', () => {
    expect(hours(monthPeriod('America/New_York', '2026-03'))).toBe(31 * 24 - 1);
    expect(hours(monthPeriod('America/New_York', '2026-11'))).toBe(30 * 24 + 1);
  });

  it('Lord Howe moves by half an hour', () => {
    expect(hours(monthPeriod('Australia/Lord_Howe', '2026-04'))).toBe(30 * 24 + 0.5);
    expect(hours(monthPeriod('Australia/Lord_Howe', '2026-10'))).toBe(31 * 24 - 0.5);
  });

  it('February has its leap day in 2024', () => {
    expect(hours(monthPeriod('Asia/Shanghai', '2024-02'))).toBe(29 * 24);
    expect(hours(monthPeriod('Asia/Shanghai', '2026-02'))).toBe(28 * 24);
  });

  it('a day whose midnight is jumped over starts at the jump', () => {
    expect(formatInstant(startOfDay('America/Sao_Paulo', '2017-10-15'))).toBe(
      '2017-10-15T03:00:00.000000Z',
    );
    expect(localDate('America/Sao_Paulo', parseInstant('2017-10-15T02:59:59.999999Z'))).toBe(
      '2017-10-14',
    );
  });

  it('a day whose midnight comes twice starts at the first', () => {
    expect(formatInstant(startOfDay('America/Havana', '2026-11-01'))).toBe(
      '2026-11-01T04:00:00.000000Z',
    );
  });

  it('a day that a zone left out is empty', () => {
    const day = (date: string) => startOfDay('Pacific/Apia', date);
    expect(day('2011-12-30')).toBe(day('2011-12-31'));
    expect(day('2011-12-30') - day('2011-12-29')).toBe(24n * HOUR);
  });
});

describe('what is no zone or month', () => {
  it.each(['Asia/Nowhere', 'CST', '+08:00', 'utc', 'asia/jakarta', '', 'Etc/../etc/passwd'])(
    '%j is UNKNOWN_ZONE',
    (zone) => {
      expect(codeOf(() => requireZone(zone))).toBe('UNKNOWN_ZONE');
      expect(codeOf(() => periodOf(zone, 0n))).toBe('UNKNOWN_ZONE');
    },
  );

  it.each(ZONES)('%s is one', (zone) => {
    expect(codeOf(() => requireZone(zone))).toBe('read');
  });

  it.each(['2026-13', '2026-00', '2026-5', '1969-12', '2026-05-01', ''])(
    '%j is INVALID_PERIOD',
    (id) => {
      expect(codeOf(() => monthPeriod('UTC', id))).toBe('INVALID_PERIOD');
    },
  );

  it('accepts the first and the last month', () => {
    expect(monthPeriod('UTC', '1970-01').start).toBe(0n);
    expect(monthPeriod('UTC', '9999-12').end).toBe(
      parseInstant('9999-12-31T23:59:59.999999Z') + 1n,
    );
  });
});

describe('periods, for any zone and instant', () => {
  const anyInstant = fc.bigInt({
    min: parseInstant('1985-01-01T00:00:00Z'),
    max: parseInstant('2040-01-01T00:00:00Z'),
  });

  it('cover time without gap or overlap', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), anyInstant, (zone, instant) => {
        const period = periodOf(zone, instant);
        expect(period.start <= instant && instant < period.end).toBe(true);
        expect(nextPeriod(period).start).toBe(period.end);
        expect(monthPeriod(zone, period.id)).toEqual(period);
        expect(periodOf(zone, period.end).id).toBe(nextPeriod(period).id);
      }),
      { numRuns: 300 },
    );
  });

  it('are the month of the date on the wall', () => {
    // Goose Bay once turned 00:01 back to 23:01: for that hour the wall shows a day that is over.
    const zones = ZONES.filter((zone) => zone !== 'America/Goose_Bay');
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyInstant, (zone, instant) => {
        expect(localDate(zone, instant).slice(0, 7)).toBe(periodOf(zone, instant).id);
      }),
      { numRuns: 300 },
    );
  });

  it('a million instants of two months are found within seconds', () => {
    const start = parseInstant('2026-04-20T00:00:00Z');
    const ids = new Set<string>();
    for (let i = 0n; i < 1_000_000n; i += 1n) {
      ids.add(periodOf('Asia/Jakarta', start + i * 2_000_000n).id);
    }
    expect([...ids]).toEqual(['2026-04', '2026-05']);
  }, 20_000);
});
