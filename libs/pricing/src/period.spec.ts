import { describe, expect, it } from '@jest/globals';
import { monthPeriod, parseInstant } from '@suanpan/calendar';
import { given } from '@suanpan/event-sourcing';
import type { ClosePeriod, PeriodClosed } from './period.js';
import { billingPeriod } from './period.js';

const may = monthPeriod('Asia/Jakarta', '2026-05');
const close: ClosePeriod = {
  type: 'ClosePeriod',
  contract: 'C-1',
  contractFrom: parseInstant('2026-04-01T00:00:00+07:00'),
  period: may,
  now: parseInstant('2026-06-30T00:00:00Z'),
  vector: [3n, 0n],
  sums: [],
};
const closed: PeriodClosed = {
  type: 'PeriodClosed',
  contract: 'C-1',
  period: '2026-05',
  zone: 'Asia/Jakarta',
  start: parseInstant('2026-04-30T17:00:00Z'),
  end: parseInstant('2026-05-31T17:00:00Z'),
  closedAt: close.now,
  vector: [3n, 0n],
  sums: [],
};

describe('ClosePeriod', () => {
  it('closes with the cut that it saw', () => {
    expect(given(billingPeriod).when(close)).toEqual([closed]);
  });

  it('is rejected the second time', () => {
    const outcome = given(billingPeriod, closed).when(close);
    expect(outcome).toEqual({ rejected: 'PERIOD_ALREADY_CLOSED' });
  });

  it('is rejected one microsecond before the period ends', () => {
    const early = { ...close, now: may.end - 1n };
    expect(given(billingPeriod).when(early)).toEqual({ rejected: 'FUTURE_PERIOD' });
    expect(given(billingPeriod).when({ ...close, now: may.end })).toHaveLength(1);
  });

  it('is rejected for a period that ends before the contract starts', () => {
    const later = { ...close, contractFrom: may.end };
    expect(given(billingPeriod).when(later)).toEqual({ rejected: 'PERIOD_BEFORE_CONTRACT' });
    expect(given(billingPeriod).when({ ...close, contractFrom: may.end - 1n })).toHaveLength(1);
  });
});
