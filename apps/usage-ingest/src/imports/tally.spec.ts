import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OTHER_MODELS, Tally } from './tally.js';

describe('the totals of an import', () => {
  it('are exact strings, by model and kind, and refusals by code', () => {
    const tally = new Tally();
    tally.accept({ modelOrdered: 'm', kinds: { input: 9_007_199_254_740_993n, output: 1n } });
    tally.accept({ modelOrdered: 'm', kinds: { input: 9_007_199_254_740_993n } });
    tally.refuse('NOT_INTEGER');
    expect(tally.toStored()).toEqual({
      refusedByCode: { NOT_INTEGER: 1 },
      tokens: { m: { input: '18014398509481986', output: '1' } },
    });
  });

  it('are the same wherever a crash has cut them', () => {
    const call = fc.record({
      modelOrdered: fc.constantFrom('m1', 'm2', '__proto__'),
      kinds: fc.record({ input: fc.bigInt({ min: 0n, max: 10n ** 18n }) }),
    });
    fc.assert(
      fc.property(fc.array(call), fc.nat(50), (calls, cut) => {
        const whole = new Tally();
        for (const one of calls) whole.accept(one);
        const before = new Tally();
        for (const one of calls.slice(0, cut)) before.accept(one);
        const stored = JSON.parse(JSON.stringify(before.toStored())) as ReturnType<
          Tally['toStored']
        >;
        const after = new Tally(stored);
        for (const one of calls.slice(cut)) after.accept(one);
        expect(after.toStored()).toEqual(whole.toStored());
      }),
    );
  });

  it('do not grow without end: models beyond a thousand are counted together', () => {
    const tally = new Tally();
    for (let at = 0; at < 1_500; at += 1) {
      tally.accept({ modelOrdered: `m${at}`, kinds: { input: 1n } });
    }
    const { tokens } = tally.toStored();
    expect(Object.keys(tokens)).toHaveLength(1_001);
    expect(tokens[OTHER_MODELS]).toEqual({ input: '500' });
  });
});
