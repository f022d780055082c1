import { describe, expect, it } from '@jest/globals';

import { microsEach, percentile, perSecond, ratioRow, shown } from './figures.js';
import { parsePeakMiB, parseStat } from './proc.js';
import { type Measured, toJson, toText } from './report.js';
import { priceVersion, sumsOf } from './terms.js';
import { eventAt, KINDS, timeText, toRecord } from './workload.js';

describe('the figures of the bench', () => {
  it('takes the nearest rank as a percentile', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([50, 99, 100].map((percent) => percentile(values, percent))).toEqual([50, 99, 100]);
    expect(percentile([7], 99)).toBe(7);
    expect(percentile([], 50)).toBeNull();
  });

  it('has no figure where the window was too short for one', () => {
    expect(perSecond(0, 0)).toBeNull();
    expect(perSecond(10, 0)).toBeNull();
    expect(microsEach(1_000, 0)).toBeNull();
    expect(shown(null)).toBe('–');
  });

  it('compares ours with the limit to three places', () => {
    expect(ratioRow('rating : COPY', 43_000, 82_000)).toMatchObject({ ratio: 0.524 });
    expect(ratioRow('rating : COPY', null, 82_000)).toMatchObject({ ratio: null });
    expect(shown(1_234_567.5)).toBe('1 234 567.5');
  });
});

describe('what Linux says of a process', () => {
  it('reads CPU past a name with spaces and brackets', () => {
    const stat = '77 (a) b (c)) S 5 77 77 0 -1 4194560 1 2 3 4 150 25 7 3 20 0 11 0 99 1 2';
    expect(parseStat(stat)).toEqual({ parent: 5, own: 175, ended: 10 });
  });

  it('reads the peak of resident memory', () => {
    expect(parsePeakMiB('Name:\tnode\nVmPeak:\t 9 kB\nVmHWM:\t  204800 kB\nVmRSS:\t 1 kB\n')).toBe(
      200,
    );
    expect(parsePeakMiB('Name:\tnode\n')).toBeNull();
  });
});

describe('the events of the bench', () => {
  const events = Array.from({ length: 2_000 }, (_, index) => eventAt(index, 1_000));

  it('are the same in every process, have distinct ids and stay within a quarter of an hour', () => {
    expect(eventAt(17, 1_000)).toEqual(events[17]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(timeText(events[0]?.time ?? 0n)).toBe('2026-05-15T03:00:00.000000Z');
    expect(timeText(events[999]?.time ?? 0n)).toBe('2026-05-15T03:14:59.100000Z');
  });

  it('come from every contract and model, each with a price', () => {
    expect(new Set(events.map(({ contract, model }) => `${contract} ${model}`)).size).toBe(72);
    expect(priceVersion.prices).toHaveLength(6 * KINDS.length);
    expect(new Set(events.map((event) => toRecord(event).partition)).size).toBe(64);
  });

  it('add up to sums that do not depend on the round', () => {
    const sums = sumsOf(2_000, 1_000);
    const input = events.reduce((sum, { tokens }) => sum + BigInt(tokens.input ?? 0), 0n);
    expect(sums.kinds.input).toBe(input);
    expect(sums.amount > 0n).toBe(true);
    expect(sumsOf(2_000, 500)).toEqual(sums);
  });
});

describe('the report', () => {
  const rating = {
    perSecond: 50_000,
    measuredEvents: 192_000,
    cpuMicrosPerEvent: { pricing: 20, postgres: 15, kafka: 1 },
    peakMiB: { pricing: 200, postgres: 300, kafka: 900 },
    announcedAfterSeconds: 0.4,
  };
  const measured: Measured = {
    produce: 100_000,
    consume: 250_000,
    copy: {
      unique: { first: 80_000, second: 75_000 },
      hashUnique: { first: 150_000, second: null },
    },
    ...{ ingest: null, halfLoad: null, stream: null },
    rating,
    history: {
      ...rating,
      perSecond: 45_000,
      cpuMicrosPerEvent: { pricing: 20, postgres: 16, kafka: 1 },
    },
  };
  const machine = {
    cpu: 'a cpu',
    cpus: 2,
    memoryMiB: 8_192,
    node: '20',
    loadBefore: 0,
    busy: false,
  };
  const report = { machine, events: 200_000, distribution: 'even', measured };

  it('holds the ratios under keys that say so', () => {
    expect(toJson(report)).toMatchObject({
      ingest: null,
      rating: { ratioToCopyUnique: 0.625, ratioToConsume: 0.2 },
      history: {
        ratioToCopyUnique: 0.6,
        pricingCpuRatioToFirstRound: 1,
        cpuRatioToFirstRound: 1.028,
      },
    });
  });

  it('prints a dash for what was not measured', () => {
    expect(toText(report)).toMatch(/COPY, unique \(h1, h2\).*150 000.*–/);
  });
});
