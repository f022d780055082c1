import { describe, expect, it } from '@jest/globals';

import { type Block, blocksOf, idAt, KINDS, randomOf, tokensAt, tokensOf } from './f2-play.js';
import { moneyOf } from './f2-terms.js';

const DISTINCT = 2_500;

const play = (seed: number): readonly Block[] => [
  ...blocksOf({ distinct: DISTINCT, block: 1_000 }, randomOf(seed)),
];

describe('F2 the play of the proof', () => {
  const blocks = play(7);

  it('sends each distinct call, a fifth of them twice, a twentieth with a rival', () => {
    const calls = blocks.flatMap((block) => [...block.calls]);
    expect(new Set(calls).size).toBe(DISTINCT);
    expect(calls).toHaveLength(DISTINCT * 1.2);
    expect(new Set(blocks.flatMap(({ rivals }) => [...rivals])).size).toBe(DISTINCT / 20);
  });

  it('repeats or contradicts only what was sent before or is sent in the same block', () => {
    blocks.forEach(({ calls, rivals }, block) => {
      const end = Math.min(DISTINCT, (block + 1) * 1_000);
      expect([...calls, ...rivals].every((index) => index < end)).toBe(true);
    });
  });

  it('is the seed’s', () => {
    expect(play(7)).toEqual(blocks);
    expect(play(8)).not.toEqual(blocks);
  });

  it('gives a rival the same id and one token more', () => {
    expect(tokensAt(5, true)).toEqual({ ...tokensAt(5), output: tokensAt(5).output + 1 });
    expect(idAt(5)).toBe('f2-0000005');
  });

  it('counts tokens and money in whole numbers', () => {
    expect(KINDS.map((kind) => tokensOf(2)[kind])).toEqual([2_001n, 1n, 401n, 1n]);
    // P1, per million: 2001 × 0.30 + 1 × 0.03 + 401 × 1.20 + 1 × 1.20, in 1e-9 dollars.
    expect(moneyOf(2)).toBe(2_001n * 300n + 30n + 401n * 1_200n + 1_200n);
  });
});
