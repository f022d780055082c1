import { describe, expect, it } from '@jest/globals';
import { formatMoney, parseMoney } from '@suanpan/money';
import { daysWithin, prorated } from './proration.js';

const MAY = { from: '2026-05-01', until: '2026-06-01' };
const FEE = parseMoney('310.00', 'USD');

const of = (from: string, until: string | null, period = MAY): string =>
  formatMoney(prorated(FEE, { period, term: { from, until } }, 'half-even'));

describe('a fee for a part of a period', () => {
  it('A2 of 310.00 from 11 May is 21 of 31 days: 210.00', () => {
    expect(of('2026-05-11', null)).toBe('210.00');
  });

  it('is whole for a whole period, and nothing before and after its term', () => {
    expect([
      of('2026-01-01', null),
      of('2026-06-01', null),
      of('2026-01-01', '2026-05-01'),
    ]).toEqual(['310.00', '0.00', '0.00']);
  });

  it('counts the leap day', () => {
    const february = { from: '2028-02-01', until: '2028-03-01' };
    expect(daysWithin(february, { from: '2028-02-29', until: null })).toBe(1n);
    expect(of('2028-02-15', null, february)).toBe('160.34');
  });

  it('of two terms that follow each other is the whole fee', () => {
    expect([of('2026-05-01', '2026-05-11'), of('2026-05-11', null)]).toEqual(['100.00', '210.00']);
  });
});
