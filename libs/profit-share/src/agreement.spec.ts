import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { Malformed, fold, given } from '@suanpan/event-sourcing';
import { parsePrice } from '@suanpan/money';
import type { AgreementEvent, AgreementSigned, SignAgreement } from './agreement.js';
import { agreement } from './agreement.js';
import { agreementInForce, versionAt } from './agreement-in-force.js';
import type { Step } from './steps.js';
import { partiesOf } from './steps.js';

const centre = { party: 'centre-guangzhou', role: 'centre', shareBps: 7_000n };
const carrier = { party: 'carrier', role: 'carrier', shareBps: 3_000n };
const shares = (...parties: (typeof centre)[]): Step => ({ kind: 'shares', parties });
const vendor: Step = {
  kind: 'per-million',
  party: 'vendor',
  role: 'vendor',
  perMillion: parsePrice('0.20'),
  tokenKinds: ['output', 'reasoning'],
  models: ['m-chat'],
};
const reseller: Step = {
  kind: 'percentage',
  party: 'reseller',
  role: 'reseller',
  shareBps: 800n,
  revenueTypes: ['usage'],
};

const sign: SignAgreement = {
  type: 'SignAgreement',
  agreementId: 'AG-1',
  version: 1,
  currency: 'USD',
  effectiveFrom: parseInstant('2026-04-30T17:00:00Z'),
  contracts: ['C-1'],
  steps: [vendor, reseller, shares(centre, carrier)],
};
const { type: _type, ...terms } = sign;
const signed: AgreementSigned = { type: 'AgreementSigned', ...terms };
const later: SignAgreement = {
  ...sign,
  version: 2,
  effectiveFrom: parseInstant('2026-05-15T17:00:00Z'),
};
const ended: AgreementEvent = {
  type: 'AgreementEnded',
  agreementId: 'AG-1',
  effectiveUntil: parseInstant('2026-06-30T17:00:00Z'),
};
const end = { ...ended, type: 'EndAgreement' as const, divided: [1] };

describe('SignAgreement', () => {
  it('signs when the shares make a whole', () => {
    expect(given(agreement).when(sign)).toEqual([signed]);
  });

  it('adds nothing when the very same version is signed again', () => {
    expect(given(agreement, signed).when(sign)).toEqual([]);
  });

  it('adds a later version', () => {
    expect(given(agreement, signed).when(later)).toMatchObject([{ version: 2 }]);
  });

  it.each([
    ['the same version with other terms', { ...sign, contracts: ['C-2'] }],
    ['a lower version', { ...later, version: 0 }],
    ['a later version from the same instant', { ...later, effectiveFrom: sign.effectiveFrom }],
    ['a backdated version', { ...later, effectiveFrom: parseInstant('2026-04-30T16:45:00Z') }],
  ])('%s is VERSION_NOT_LATER', (_what, command) => {
    expect(given(agreement, signed).when(command)).toEqual({ rejected: 'VERSION_NOT_LATER' });
  });

  it('accepts a version one quarter-hour later', () => {
    const next = { ...later, effectiveFrom: parseInstant('2026-04-30T17:15:00Z') };
    expect(given(agreement, signed).when(next)).toHaveLength(1);
  });

  it.each([
    ['one basis point is missing', [centre, { ...carrier, shareBps: 2_999n }], 'SHARES_NOT_WHOLE'],
    ['one basis point is too much', [centre, { ...carrier, shareBps: 3_001n }], 'SHARES_NOT_WHOLE'],
    ['nobody has a share', [], 'SHARES_NOT_WHOLE'],
    [
      'a share is negative',
      [
        { ...centre, shareBps: 10_001n },
        { ...carrier, shareBps: -1n },
      ],
      'SHARE_OUT_OF_RANGE',
    ],
    ['a party stands twice', [centre, { ...carrier, party: centre.party }], 'PARTY_TWICE'],
  ])('is rejected when %s', (_what, parties, rejected) => {
    const command = { ...sign, steps: [shares(...parties)] };
    expect(given(agreement).when(command)).toEqual({ rejected });
  });

  it('a percentage step above the whole is SHARE_OUT_OF_RANGE, the whole is not', () => {
    const withBps = (shareBps: bigint) =>
      given(agreement).when({
        ...sign,
        steps: [{ ...reseller, shareBps }, shares(centre, carrier)],
      });
    expect(withBps(10_001n)).toEqual({ rejected: 'SHARE_OUT_OF_RANGE' });
    expect(withBps(10_000n)).toHaveLength(1);
  });

  it.each([
    ['no step', []],
    ['no shares step', [vendor]],
    ['a step after the shares', [shares(centre, carrier), vendor]],
    ['two shares steps', [shares(centre, carrier), shares(centre, carrier)]],
  ])('%s is SHARES_NOT_LAST', (_what, steps) => {
    expect(given(agreement).when({ ...sign, steps })).toEqual({ rejected: 'SHARES_NOT_LAST' });
  });

  it('an instant off the quarter-hour is NOT_ON_QUARTER_HOUR', () => {
    const effectiveFrom = parseInstant('2026-04-30T17:00:00.000001Z');
    const outcome = given(agreement).when({ ...sign, effectiveFrom });
    expect(outcome).toEqual({ rejected: 'NOT_ON_QUARTER_HOUR' });
  });

  it('another currency is CURRENCY_CHANGED, no currency is malformed', () => {
    const outcome = given(agreement, signed).when({ ...later, currency: 'CNY' });
    expect(outcome).toEqual({ rejected: 'CURRENCY_CHANGED' });
    expect(() => given(agreement).when({ ...sign, currency: 'XXX' })).toThrow(Malformed);
  });

  it('after the end it is NOT_ACTIVE', () => {
    expect(given(agreement, signed, ended).when(later)).toEqual({ rejected: 'NOT_ACTIVE' });
  });
});

describe('EndAgreement', () => {
  it('ends an active agreement', () => {
    expect(given(agreement, signed).when(end)).toEqual([ended]);
  });

  it('of a draft, and at another instant, is NOT_ACTIVE', () => {
    expect(given(agreement).when(end)).toEqual({ rejected: 'NOT_ACTIVE' });
    const again = { ...end, effectiveUntil: parseInstant('2026-06-30T17:15:00Z') };
    expect(given(agreement, signed, ended).when(again)).toEqual({ rejected: 'NOT_ACTIVE' });
  });

  it('adds nothing when the very same end is ordered again', () => {
    expect(given(agreement, signed, ended).when(end)).toEqual([]);
  });

  it('at the start of the last version is END_NOT_LATER, a quarter-hour later is not', () => {
    const at = (text: string) =>
      given(agreement, signed).when({ ...end, effectiveUntil: parseInstant(text) });
    expect(at('2026-04-30T17:00:00Z')).toEqual({ rejected: 'END_NOT_LATER' });
    expect(at('2026-04-30T17:15:00Z')).toHaveLength(1);
    expect(at('2026-05-30T17:01:00Z')).toEqual({ rejected: 'NOT_ON_QUARTER_HOUR' });
  });
});

describe('EndAgreement at the start of a version', () => {
  const { type: _signed, ...laterTerms } = later;
  const second: AgreementSigned = { type: 'AgreementSigned', ...laterTerms };
  const at = (instant: bigint, ...divided: readonly number[]) =>
    given(agreement, signed, second).when({ ...end, effectiveUntil: instant, divided });

  it('is taken if it has divided nothing: it never holds', () => {
    expect(at(later.effectiveFrom)).toHaveLength(1);
    expect(at(later.effectiveFrom, 1)).toHaveLength(1);
    expect(at(sign.effectiveFrom)).toHaveLength(1);
    const state = fold(agreement, [signed, { ...ended, effectiveUntil: sign.effectiveFrom }]);
    expect(versionAt(state, sign.effectiveFrom)).toBeUndefined();
  });

  it('is END_NOT_LATER if it, or one after it, has divided something', () => {
    expect(at(later.effectiveFrom, 1, 2)).toEqual({ rejected: 'END_NOT_LATER' });
    expect(at(sign.effectiveFrom, 2)).toEqual({ rejected: 'END_NOT_LATER' });
    const before = parseInstant('2026-04-30T16:45:00Z');
    expect(at(before)).toEqual({ rejected: 'END_NOT_LATER' });
  });
});

describe('the version in force', () => {
  const { type: _later, ...laterTerms } = later;
  const state = fold(agreement, [
    signed,
    { type: 'AgreementSigned' as const, ...laterTerms },
    ended,
  ]);
  const at = (text: string) => versionAt(state, parseInstant(text))?.version;

  it('changes at the instant of the next version and stops at the end', () => {
    expect(at('2026-04-30T16:59:59.999999Z')).toBeUndefined();
    expect(at('2026-04-30T17:00:00Z')).toBe(1);
    expect(at('2026-05-15T16:59:59.999999Z')).toBe(1);
    expect(at('2026-05-15T17:00:00Z')).toBe(2);
    expect(at('2026-06-30T16:59:59.999999Z')).toBe(2);
    expect(at('2026-06-30T17:00:00Z')).toBeUndefined();
    expect(versionAt(agreement.initial, 0n)).toBeUndefined();
  });

  const other = (agreementId: string, contracts: readonly string[]) =>
    fold(agreement, [{ ...signed, agreementId, contracts }]);
  const asked = { contract: 'C-1', currency: 'USD', at: parseInstant('2026-05-10T00:00:00Z') };

  it('is of the agreement that names the contract, else of one that covers all', () => {
    const all = other('AG-ALL', []);
    expect(agreementInForce([all, state], asked)?.agreementId).toBe('AG-1');
    expect(agreementInForce([all, state], { ...asked, contract: 'C-9' })?.agreementId).toBe(
      'AG-ALL',
    );
    expect(agreementInForce([state], { ...asked, contract: 'C-9' })).toBeUndefined();
  });

  it('two agreements for one contract are AGREEMENT_AMBIGUOUS', () => {
    const twin = other('AG-2', ['C-1']);
    expect(() => agreementInForce([state, twin], asked)).toThrow(
      expect.objectContaining({ code: 'AGREEMENT_AMBIGUOUS' }),
    );
  });
});

describe('partiesOf', () => {
  it('is in the order in which the agreement names them, each once', () => {
    const names = partiesOf([vendor, shares(centre, { ...carrier, party: 'vendor' })]);
    expect(names).toEqual([
      { party: 'vendor', role: 'vendor' },
      { party: 'centre-guangzhou', role: 'centre' },
    ]);
  });
});
