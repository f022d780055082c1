import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changeOf, inForce, ORIGINAL } from './corrections.js';
import type { Versions, VersionState } from './corrections.js';

const versions = (...entries: readonly (readonly [bigint, VersionState])[]): Versions =>
  new Map(entries);

describe('the version in force', () => {
  it('R3 is the highest revision', () => {
    expect(inForce(versions([0n, 'rated'], [7n, 'rated'], [3n, 'void']))).toBe(7n);
  });

  it('is nothing while the call itself is unknown', () => {
    expect(inForce(versions([1n, 'void']))).toBeNull();
  });

  it('is the one before, while a correction has no price', () => {
    expect(inForce(versions([0n, 'rated'], [1n, 'unpriced']))).toBe(0n);
  });
});

describe('the effects of a change', () => {
  it('take back what counted and add what counts', () => {
    const before = versions([0n, 'rated']);
    expect(changeOf(before, versions([0n, 'rated'], [1n, 'rated']))).toEqual({
      takeBack: 0n,
      add: 1n,
    });
    expect(changeOf(before, versions([0n, 'rated'], [1n, 'void']))).toEqual({
      takeBack: 0n,
      add: null,
    });
  });

  it('are none when a lower revision comes late', () => {
    const before = versions([0n, 'rated'], [2n, 'void']);
    expect(changeOf(before, versions([0n, 'rated'], [1n, 'rated'], [2n, 'void']))).toEqual({
      takeBack: null,
      add: null,
    });
  });

  const anyState = fc.constantFrom<VersionState>('rated', 'void', 'unpriced');
  const anyArrivals = fc
    .uniqueArray(fc.tuple(fc.bigInt({ min: 1n, max: 9n }), anyState), { selector: ([at]) => at })
    .chain((corrections) =>
      fc.shuffledSubarray([[ORIGINAL, 'rated'] as const, ...corrections], {
        minLength: corrections.length + 1,
      }),
    );

  it('R3 add up to the version in force, in whatever order versions arrive', () => {
    fc.assert(
      fc.property(anyArrivals, (arrivals) => {
        const effects = new Map<bigint, number>();
        const add = (revision: bigint | null, sign: number): void => {
          if (revision !== null) effects.set(revision, (effects.get(revision) ?? 0) + sign);
        };
        let known: Versions = new Map();
        for (const [revision, state] of arrivals) {
          const next = new Map([...known, [revision, state]]);
          const change = changeOf(known, next);
          add(change.takeBack, -1);
          add(change.add, 1);
          known = next;
        }
        const left = [...effects].filter(([, sum]) => sum !== 0);
        const winner = inForce(known);
        const isCounted = winner !== null && known.get(winner) === 'rated';
        expect(left).toEqual(isCounted ? [[winner, 1]] : []);
      }),
      { numRuns: 2_000 },
    );
  });
});
