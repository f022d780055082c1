import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { given, Malformed } from '@suanpan/event-sourcing';
import type { ContractEvent, EndContract, SignContract } from './contract.js';
import { contract } from './contract.js';

const sign: SignContract = {
  type: 'SignContract',
  contract: 'C-1',
  terms: {
    buyer: 'bintang-toys',
    seller: 'shantou-operator',
    currency: 'USD',
    zone: 'Asia/Jakarta',
    priceTable: 'retail',
    requireAuthorization: true,
    rounding: 'half-even',
    paymentTermDays: 30,
    from: parseInstant('2026-04-01T00:00:00+07:00'),
  },
  until: null,
  priceTableCurrency: 'USD',
};
const signed: ContractEvent = { type: 'ContractSigned', contract: 'C-1', terms: sign.terms };
const until = parseInstant('2026-07-01T00:00:00+07:00');
const end: EndContract = { type: 'EndContract', contract: 'C-1', until, usageRatedSince: false };
const ended: ContractEvent = { type: 'ContractEnded', contract: 'C-1', until };

const withTerms = (terms: Partial<SignContract['terms']>): SignContract => ({
  ...sign,
  terms: { ...sign.terms, ...terms },
});

describe('SignContract', () => {
  it('signs, with an end if one is agreed', () => {
    expect(given(contract).when(sign)).toEqual([signed]);
    expect(given(contract).when({ ...sign, until })).toEqual([signed, ended]);
  });

  it('says nothing new when the same terms come again', () => {
    expect(given(contract, signed, ended).when(sign)).toEqual([]);
  });

  it('is rejected with other terms for a signed contract', () => {
    const other = withTerms({ paymentTermDays: 31 });
    expect(given(contract, signed).when(other)).toEqual({ rejected: 'ALREADY_SIGNED' });
  });

  it('is rejected when it ends before it starts', () => {
    const none = { ...sign, until: sign.terms.from };
    expect(given(contract).when(none)).toEqual({ rejected: 'ENDS_BEFORE_START' });
    const instant = sign.terms.from + 1n;
    expect(given(contract).when({ ...sign, until: instant })).toHaveLength(2);
  });

  it('is rejected in another currency than its price table', () => {
    const yuan = { ...sign, priceTableCurrency: 'CNY' };
    expect(given(contract).when(yuan)).toEqual({ rejected: 'CURRENCY_MISMATCH' });
    expect(given(contract).when({ ...sign, priceTableCurrency: null })).toEqual([signed]);
  });

  it('is rejected with an unknown rounding rule', () => {
    const odd = withTerms({ rounding: 'bankers' as 'half-even' });
    expect(given(contract).when(odd)).toEqual({ rejected: 'UNKNOWN_ROUNDING' });
  });

  it('is rejected with a payment term that is no number of days up to a year', () => {
    for (const paymentTermDays of [-1, 366, 1.5]) {
      const outcome = given(contract).when(withTerms({ paymentTermDays }));
      expect(outcome).toEqual({ rejected: 'INVALID_PAYMENT_TERM' });
    }
    expect(given(contract).when(withTerms({ paymentTermDays: 365 }))).toHaveLength(1);
  });

  it('refuses a zone and a currency that do not exist', () => {
    const zone = withTerms({ zone: 'Asia/Atlantis' });
    expect(() => given(contract).when(zone)).toThrow(Malformed);
    expect(() => given(contract).when(withTerms({ currency: 'usd' }))).toThrow(Malformed);
  });
});

describe('EndContract', () => {
  it('ends a signed contract once', () => {
    expect(given(contract, signed).when(end)).toEqual([ended]);
    expect(given(contract, signed, ended).when(end)).toEqual([]);
    const later = { ...end, until: until + 1n };
    expect(given(contract, signed, ended).when(later)).toEqual({ rejected: 'ALREADY_ENDED' });
  });

  it('is rejected before anything was signed', () => {
    expect(given(contract).when(end)).toEqual({ rejected: 'NOT_SIGNED' });
  });

  it('is rejected when calls after the end were already rated', () => {
    const late = { ...end, usageRatedSince: true };
    expect(given(contract, signed).when(late)).toEqual({ rejected: 'USAGE_ALREADY_RATED' });
  });

  it('is rejected when the end is not after the start', () => {
    const early = { ...end, until: sign.terms.from };
    expect(given(contract, signed).when(early)).toEqual({ rejected: 'ENDS_BEFORE_START' });
  });
});
