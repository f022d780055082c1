import { describe, expect, it } from '@jest/globals';
import { Breaker, DEFECTS_MAX } from './breaker.js';

const defects = (count: number, producers: number, known = true): Breaker => {
  let breaker = Breaker.closed;
  for (let index = 0; index < count; index += 1) {
    breaker = breaker.defect(`producer-${index % producers}`, known);
  }
  return breaker;
};

describe('the breaker (R12)', () => {
  it('opens at the hundredth defect in a row of two producers', () => {
    expect(defects(DEFECTS_MAX - 1, 2).open).toBe(false);
    expect(defects(DEFECTS_MAX, 2).open).toBe(true);
  });

  it('opens for one producer only when the error class is unknown', () => {
    expect(defects(DEFECTS_MAX * 10, 1).open).toBe(false);
    expect(defects(DEFECTS_MAX, 1, false).open).toBe(true);
  });

  it.each([null, '', '*'])(
    'opens for defects whose producer is %p, of a known class too',
    (none) => {
      let breaker = Breaker.closed;
      for (let count = 1; count < DEFECTS_MAX; count += 1) breaker = breaker.defect(none, true);
      expect(breaker.open).toBe(false);
      expect(breaker.defect(none, true).open).toBe(true);
    },
  );

  it('starts again at zero after one good message', () => {
    expect(
      defects(DEFECTS_MAX - 1, 7)
        .good()
        .defect('x', false).open,
    ).toBe(false);
  });
});
