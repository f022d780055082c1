import { describe, expect, it } from '@jest/globals';
import { disjointKinds, tokenKinds } from './kinds.js';

const nothing = {
  prompt: 0n,
  completion: 0n,
  total: null,
  cached: 0n,
  cacheWrite: 0n,
  audioInput: 0n,
  imageInput: 0n,
  reasoning: 0n,
  audioOutput: 0n,
};

describe('disjointKinds', () => {
  it('takes cached tokens out of the prompt and reasoning out of the completion', () => {
    const counts = { ...nothing, prompt: 1_000n, cached: 300n, completion: 500n, reasoning: 200n };
    expect(disjointKinds({ ...counts, total: 1_500n })).toEqual({
      kinds: { input: 700n, cached_input: 300n, output: 300n, reasoning: 200n },
    });
  });

  it('says input and output even where they are 0', () => {
    expect(disjointKinds(nothing)).toEqual({ kinds: { input: 0n, output: 0n } });
  });

  it('gives every kind of token of the list where a provider reports all', () => {
    const counts = { ...nothing, prompt: 10n, completion: 10n, cached: 1n, cacheWrite: 1n };
    const outcome = disjointKinds({
      ...counts,
      ...{ audioInput: 1n, imageInput: 1n, reasoning: 1n, audioOutput: 1n },
    });
    expect(outcome).toHaveProperty('kinds');
    expect('kinds' in outcome && Object.keys(outcome.kinds)).toEqual(
      tokenKinds.filter((kind) => !kind.endsWith('_ms')),
    );
  });

  it.each([
    ['B42 more cached than prompted', { prompt: 1n, cached: 2n }],
    ['B42 more reasoned than completed', { completion: 1n, reasoning: 2n }],
    ['B42 a total that is no sum', { prompt: 1n, total: 2n }],
  ])('refuses %s', (_name, change) => {
    expect(disjointKinds({ ...nothing, ...change })).toMatchObject({
      problem: { code: 'INCONSISTENT_COUNTS' },
    });
  });

  it('accepts that all of the prompt was cached', () => {
    expect(disjointKinds({ ...nothing, prompt: 2n, cached: 2n })).toHaveProperty('kinds.input', 0n);
  });
});
