import type { Instant, Period } from '@suanpan/calendar';
import { formatInstant } from '@suanpan/calendar';
import type { Decider } from '@suanpan/event-sourcing';
import { Rejection } from '@suanpan/event-sourcing';

/**
 * One period of one contract: open until it is closed, once.
 *
 * Owns        the cut: how far each partition was read, and the sums that were billed at it.
 * Units       vector: the next offset of each partition of usage.recorded.
 * Invariant   a closed period stays closed; what arrives later posts to an open one.
 * Rejections  PERIOD_ALREADY_CLOSED, FUTURE_PERIOD, PERIOD_BEFORE_CONTRACT
 * Source      design.md 3.8, ruling R8
 */
export interface ClosedSum {
  readonly servicePeriod: string;
  readonly model: string;
  readonly kind: string;
  readonly priceTable: string;
  readonly priceVersion: string;
  readonly quantity: bigint;
  readonly calls: bigint;
  readonly multiset: bigint;
}

export interface ClosePeriod {
  readonly type: 'ClosePeriod';
  readonly contract: string;
  readonly contractFrom: Instant;
  readonly period: Period;
  readonly now: Instant;
  readonly vector: readonly bigint[];
  /** What the period bills: the billable sums posted to it. */
  readonly sums: readonly ClosedSum[];
}

export interface PeriodClosed {
  readonly type: 'PeriodClosed';
  readonly contract: string;
  readonly period: string;
  readonly zone: string;
  readonly start: Instant;
  readonly end: Instant;
  readonly closedAt: Instant;
  readonly vector: readonly bigint[];
  readonly sums: readonly ClosedSum[];
}

export type BillingPeriod = { readonly status: 'open' } | { readonly status: 'closed' };

const close = (state: BillingPeriod, command: ClosePeriod): readonly PeriodClosed[] => {
  const { contract, period, now } = command;
  if (state.status === 'closed') {
    throw new Rejection('PERIOD_ALREADY_CLOSED', `${period.id} of ${contract} is closed.`);
  }
  if (now < period.end) {
    const end = formatInstant(period.end);
    throw new Rejection('FUTURE_PERIOD', `${period.id} of ${contract} runs until ${end}.`);
  }
  if (period.end <= command.contractFrom) {
    const from = formatInstant(command.contractFrom);
    throw new Rejection(
      'PERIOD_BEFORE_CONTRACT',
      `${contract} starts at ${from}, after ${period.id}.`,
    );
  }
  return [
    {
      type: 'PeriodClosed',
      contract,
      period: period.id,
      zone: period.zone,
      start: period.start,
      end: period.end,
      closedAt: now,
      vector: command.vector,
      sums: command.sums,
    },
  ];
};

export const billingPeriod: Decider<BillingPeriod, ClosePeriod, PeriodClosed> = {
  initial: { status: 'open' },
  decide: close,
  evolve: () => ({ status: 'closed' }),
};
