import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withheldBatch, withoutHeaderFloods } from './withheld-records.js';

describe('withheld records', () => {
  it('are read past as they are: none has a flood of headers', () => {
    const batch = withheldBatch(3, 'INFLATED_LIMIT', Buffer.from('compressed'));
    expect(withoutHeaderFloods(batch, 3)).toBe(batch);
    expect(batch.includes('compressed')).toBe(true);
  });

  it('bytes that are no records are a RangeError, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (given, n) => {
        const bytes = Buffer.from(given);
        try {
          expect(withoutHeaderFloods(bytes, n)).toBeInstanceOf(Buffer);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(() => withoutHeaderFloods(Buffer.from([20, 0, 0]), 1)).toThrow(RangeError);
  });
});
