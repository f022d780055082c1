import { describe, expect, it } from '@jest/globals';
import { clockFromEnv, simulatedClock, systemClock } from './clock.js';

describe('a clock', () => {
  it('R16 stands still when it is simulated', () => {
    const clock = clockFromEnv({ SIMULATED_NOW: '2026-06-30T10:00:00+08:00' });
    expect([clock.now(), clock.now()]).toEqual([1_782_784_800_000_000n, 1_782_784_800_000_000n]);
  });

  it('R16 is refused in production when it is simulated', () => {
    const env = { SIMULATED_NOW: '2026-06-30T00:00:00Z', NODE_ENV: 'production' };
    expect(() => clockFromEnv(env)).toThrow('refused');
    expect(clockFromEnv({ NODE_ENV: 'production' })).toBe(systemClock);
    expect(clockFromEnv({ SIMULATED_NOW: '' })).toBe(systemClock);
  });

  it.each(['2026-06-30', '2026-02-30T25:00:00Z', 'now', '2026-06-30T00:00:00'])(
    'refuses what is no instant: %s',
    (text) => {
      expect(() => simulatedClock(text)).toThrow(RangeError);
    },
  );

  it('counts microseconds since the epoch', () => {
    const before = BigInt(Date.now()) * 1_000n;
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  });
});
