import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { draw, drawWeighted } from './seeded.js';

describe('a seeded draw', () => {
  it('stays in its range and never changes', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1_000_000 }), (id, below) => {
        const first = draw({ seed: 's', purpose: 'p', id }, below);
        expect(first).toBe(draw({ seed: 's', purpose: 'p', id }, below));
        expect(first >= 0 && first < below).toBe(true);
      }),
    );
  });

  it('never falls on a weight of zero', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        expect(drawWeighted({ seed: 's', purpose: 'p', id }, [0, 3, 0, 2])).not.toBe(0);
        expect(drawWeighted({ seed: 's', purpose: 'p', id }, [0, 3, 0, 2])).not.toBe(2);
      }),
    );
  });

  it('needs a weight above zero', () => {
    expect(() => drawWeighted({ seed: 's', purpose: 'p', id: 'a' }, [0, 0])).toThrow();
  });
});
