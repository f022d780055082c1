import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromRowInstant, toRowInstant } from './instants.js';

describe('an instant in a row', () => {
  it('comes back as it went, to the microsecond, before the epoch too', () => {
    const instant = fc.bigInt({ min: -62_000_000_000_000_000n, max: 253_402_300_799_999_999n });
    fc.assert(
      fc.property(instant, (value) => {
        expect(fromRowInstant(toRowInstant(value))).toBe(value);
      }),
    );
  });

  it('is read from what PostgreSQL prints in UTC', () => {
    expect(fromRowInstant('2026-05-15 16:59:59.5+00')).toBe(1_778_864_399_500_000n);
    expect(toRowInstant(1_778_864_399_999_999n)).toBe('2026-05-15T16:59:59.999999Z');
  });

  it.each(['infinity', '2026-05-15 16:59:59+08', '2026-05-15'])('NOT_AN_INSTANT: %s', (text) => {
    expect(() => fromRowInstant(text)).toThrow(expect.objectContaining({ code: 'NOT_AN_INSTANT' }));
  });
});
