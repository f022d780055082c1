import { describe, expect, it } from '@jest/globals';
import type { Decider } from './decider.js';
import { Rejection } from './errors.js';
import { given } from './given.js';

type Tally = { readonly total: bigint };
type Add = { readonly add: bigint };
type Added = { readonly added: bigint };

const tally: Decider<Tally, Add, Added> = {
  initial: { total: 0n },
  decide: (state, { add }) => {
    if (state.total + add < 0n) throw new Rejection('BELOW_ZERO', `${state.total} + ${add} < 0.`);
    return [{ added: add }];
  },
  evolve: (state, { added }) => ({ total: state.total + added }),
};

describe('given', () => {
  it('decides on the state that the past facts make', () => {
    expect(given(tally, { added: 2n }).when({ add: -2n })).toEqual([{ added: -2n }]);
  });

  it('gives the code when the rule says no', () => {
    expect(given(tally, { added: 2n }).when({ add: -3n })).toEqual({ rejected: 'BELOW_ZERO' });
  });

  it('lets a defect through, since it is no outcome', () => {
    const broken = {
      ...tally,
      decide: () => {
        throw new TypeError('broken');
      },
    };
    expect(() => given(broken).when({ add: 1n })).toThrow(TypeError);
  });
});
