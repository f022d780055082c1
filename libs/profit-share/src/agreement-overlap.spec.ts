import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { Rejection } from '@suanpan/event-sourcing';
import fc from 'fast-check';
import type { Agreement, AgreementVersion } from './agreement.js';
import { agreementInForce } from './agreement-in-force.js';
import { requireAlone } from './agreement-overlap.js';

const QUARTER = 15n * 60n * 1_000_000n;
const START = parseInstant('2026-05-01T00:00:00Z');

const version = (
  agreementId: string,
  day: number,
  more: Partial<AgreementVersion> = {},
): AgreementVersion => ({
  agreementId,
  version: 1,
  currency: 'USD',
  effectiveFrom: START + BigInt(day) * 96n * QUARTER,
  contracts: ['C-1'],
  steps: [],
  ...more,
});
const active = (...versions: AgreementVersion[]): Agreement => ({ status: 'active', versions });
const ended = (until: bigint, ...versions: AgreementVersion[]): Agreement => ({
  status: 'ended',
  versions,
  effectiveUntil: until,
});

const outcomeOf = (signed: AgreementVersion, ...others: Agreement[]): string => {
  try {
    requireAlone(signed, others);
  } catch (error) {
    if (error instanceof Rejection) return error.code;
    throw error;
  }
  return 'signed';
};

describe('an agreement beside others', () => {
  const signed = version('AG-2', 10);

  it.each([
    ['one that holds already', active(version('AG-1', 0))],
    ['one that begins later', active(version('AG-1', 20))],
    [
      'one that ends a quarter-hour later',
      ended(signed.effectiveFrom + QUARTER, version('AG-1', 0)),
    ],
    ['one contract of several', active(version('AG-1', 0, { contracts: ['C-9', 'C-1'] }))],
    [
      'a version of it that gives the contract up later',
      active(version('AG-1', 0), version('AG-1', 11, { version: 2, contracts: ['C-2'] })),
    ],
  ])('is AGREEMENT_OVERLAPS: %s', (_what, other) => {
    expect(outcomeOf(signed, other)).toBe('AGREEMENT_OVERLAPS');
  });

  it.each([
    ['one that ends when it begins', ended(signed.effectiveFrom, version('AG-1', 0))],
    ['one that never held', ended(START + 96n * 20n * QUARTER, version('AG-1', 20))],
    ['one of another contract', active(version('AG-1', 0, { contracts: ['C-2'] }))],
    ['one of another currency', active(version('AG-1', 0, { currency: 'CNY' }))],
    ['one that covers all', active(version('AG-1', 0, { contracts: [] }))],
    [
      'one that has given the contract up',
      active(version('AG-1', 0), version('AG-1', 10, { version: 2, contracts: ['C-2'] })),
    ],
  ])('is signed: %s', (_what, other) => {
    expect(outcomeOf(signed, other)).toBe('signed');
  });

  it('two that cover all overlap', () => {
    const general = { contracts: [] };
    const other = active(version('AG-1', 0, general));
    expect(outcomeOf(version('AG-2', 10, general), other)).toBe('AGREEMENT_OVERLAPS');
  });

  it('those that were let in are never ambiguous, for any contracts, currencies and times', () => {
    const anyVersion = fc.record({
      day: fc.integer({ min: 0, max: 9 }),
      until: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
      currency: fc.constantFrom('USD', 'CNY'),
      contracts: fc.subarray(['C-1', 'C-2']),
    });
    fc.assert(
      fc.property(fc.array(anyVersion, { minLength: 2, maxLength: 6 }), (terms) => {
        const held: Agreement[] = [];
        terms.forEach(({ day, until, currency, contracts }, i) => {
          const one = version(`AG-${i}`, day, { currency, contracts });
          if (outcomeOf(one, ...held) !== 'signed') return;
          const end = START + BigInt(until ?? 0) * 96n * QUARTER;
          held.push(until === undefined || until < day ? active(one) : ended(end, one));
        });
        for (let day = 0n; day < 12n; day += 1n) {
          const asked = { contract: 'C-1', at: START + day * 96n * QUARTER };
          const codes = ['USD', 'CNY'].map((currency) => {
            try {
              return agreementInForce(held, { ...asked, currency })?.currency ?? 'none';
            } catch (error) {
              return error instanceof Rejection ? error.code : String(error);
            }
          });
          expect(codes).not.toContain('AGREEMENT_AMBIGUOUS');
        }
      }),
      { numRuns: 500 },
    );
  });
});
