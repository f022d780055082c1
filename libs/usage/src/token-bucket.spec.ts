import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fullBucket, refilled, takeFrom, waitMsFor } from './token-bucket.js';
import type { Bucket } from './token-bucket.js';

const rule = { perSecond: 100, burst: 200 };
const full = fullBucket(rule, 0);

describe('a token bucket (B27)', () => {
  it('lets a burst pass at once, then its rate', () => {
    const { bucket } = takeFrom(full, rule, 200);
    expect(takeFrom(bucket, rule, 1)).toEqual({ bucket, waitMs: 10 });
    const later = refilled(bucket, rule, 10);
    expect(takeFrom(later, rule, 1)).toEqual({ bucket: { level: 0, atMs: 10 }, waitMs: 0 });
  });

  it('takes nothing from what does not pass', () => {
    const { bucket } = takeFrom(full, rule, 150);
    expect(takeFrom(bucket, rule, 51).bucket).toBe(bucket);
    expect(takeFrom(bucket, rule, 50).waitMs).toBe(0);
  });

  it('lets a request above the burst pass when it is full, and asks for the debt first', () => {
    const { bucket, waitMs } = takeFrom(full, rule, 1_000);
    expect(waitMs).toBe(0);
    expect(bucket.level).toBe(-800);
    expect(waitMsFor(bucket, rule, 1)).toBe(8_010);
    expect(waitMsFor(refilled(bucket, rule, 8_010), rule, 1)).toBe(0);
  });

  it('holds no more than its burst, however long it rested, and loses no time to a clock', () => {
    expect(refilled(full, rule, 1e9).level).toBe(200);
    expect(refilled({ level: 5, atMs: 1_000 }, rule, 900)).toEqual({ level: 5, atMs: 1_000 });
    expect(refilled({ level: 150, atMs: 0 }, { perSecond: 1, burst: 10 }, 0).level).toBe(10);
  });

  it('never lets more pass than burst, rate × time and one request', () => {
    const requests = fc.array(
      fc.record({ amount: fc.integer({ min: 1, max: 500 }), gapMs: fc.nat({ max: 400 }) }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(requests, (all) => {
        let [bucket, nowMs, passed]: [Bucket, number, number] = [full, 0, 0];
        let largest = 0;
        for (const { amount, gapMs } of all) {
          nowMs += gapMs;
          const taken = takeFrom(refilled(bucket, rule, nowMs), rule, amount);
          ({ bucket } = taken);
          if (taken.waitMs > 0) continue;
          passed += amount;
          largest = Math.max(largest, amount);
        }
        expect(passed).toBeLessThanOrEqual(rule.burst + (rule.perSecond * nowMs) / 1_000 + largest);
      }),
    );
  });

  it('passes what it said would pass, after exactly that wait', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 900 }), (a, b) => {
        const { bucket } = takeFrom(full, rule, a);
        const wait = waitMsFor(bucket, rule, b);
        expect(takeFrom(refilled(bucket, rule, wait), rule, b).waitMs).toBe(0);
        if (wait > 0) {
          expect(takeFrom(refilled(bucket, rule, wait - 1), rule, b).waitMs).toBeGreaterThan(0);
        }
      }),
    );
  });
});
