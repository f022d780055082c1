import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RETRY_AFTER_MAX_MS, readRetryAfter, waitMs } from './retry.js';

const times = { baseMs: 200, maxMs: 30_000 };

describe('the wait before the next try', () => {
  it.each([
    [1, 0, 100],
    [1, 0.999_999, 200],
    [4, 0, 800],
    [4, 0.5, 1_200],
    [50, 0.999_999, 30_000],
  ])('after %d failures with chance %d is %d ms', (failures, random, ms) => {
    expect(Math.round(waitMs(times, { failures, askedMs: 0, random }))).toBe(ms);
  });

  it('is never shorter than the service asked for, and never longer than the limit allows', () => {
    const tried = fc.record({
      failures: fc.integer({ min: 1, max: 10_000 }),
      askedMs: fc.integer({ min: 0, max: RETRY_AFTER_MAX_MS }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(tried, (one) => {
        const ms = waitMs(times, one);
        expect(ms).toBeGreaterThanOrEqual(Math.max(one.askedMs, 50));
        expect(ms).toBeLessThanOrEqual(one.askedMs + times.maxMs);
      }),
    );
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-06-30T00:00:00Z');
  it.each([
    [null, 0],
    ['5', 5_000],
    [' 7 ', 7_000],
    ['Tue, 30 Jun 2026 00:00:30 GMT', 30_000],
    ['Tue, 30 Jun 2020 00:00:30 GMT', 0],
    ['999999999', RETRY_AFTER_MAX_MS],
    ['-1', 0],
    ['soon', 0],
    ['', 0],
  ])('%j is %d ms', (header, ms) => {
    expect(readRetryAfter(header, now)).toBe(ms);
  });
});
