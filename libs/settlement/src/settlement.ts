import type { Decider } from '@suanpan/event-sourcing';
import { Rejection } from '@suanpan/event-sourcing';
import type { JournalEntry } from '@suanpan/ledger';
import type { Money } from '@suanpan/money';
import { sumMoney } from '@suanpan/money';
import { realisedGain, settlementEntry } from './booking.js';
import type { ConversionLeg } from './conversion.js';
import type { FxRate } from './fx-rate.js';
import type { Clearing } from './netting.js';
import { netLegs } from './netting.js';
import type { OpenItem } from './open-item.js';
import type { PaidLeg, PayoutTerms } from './payout.js';
import { payLeg } from './payout.js';
import { rateTable } from './rate-table.js';

/**
 * One counterparty's settlement: what is netted, converted, paid and booked on a day.
 *
 * Shape       draft → completed. The open items and the rates come with the command; the caller clears
 *             each item by the event's clearings.
 * Invariant   the entry is balanced; the realised gain is the difference between what the items were
 *             booked at and what the day's rates make of them; every conversion names its rates.
 * Rejections  SETTLEMENT_EXISTS, NOTHING_TO_SETTLE, and those of ./netting, ./payout, ./conversion,
 *             ./rate-table
 * Source      scenes.md C2 (J8); row P2
 */
export interface CompleteSettlement extends PayoutTerms {
  readonly type: 'CompleteSettlement';
  readonly settlementId: string;
  readonly entity: string;
  readonly counterparty: string;
  readonly period: string;
  readonly items: readonly OpenItem[];
  /** Whether agreement and jurisdiction allow to net (R38). */
  readonly netting: boolean;
  /** Rates of the days that the policies may reach back to. */
  readonly rates: readonly FxRate[];
}

export interface SettlementLeg {
  readonly currency: string;
  readonly receivable: Money;
  readonly payable: Money;
  /** payable − receivable: what is paid, in the leg's currency. */
  readonly net: Money;
  /** The net in the payout currency. */
  readonly counterValue: Money;
  /** The published rates of that conversion. */
  readonly rates: readonly ConversionLeg[];
}

export interface SettlementCompleted {
  readonly type: 'SettlementCompleted';
  readonly settlementId: string;
  readonly entity: string;
  readonly counterparty: string;
  readonly period: string;
  readonly date: string;
  readonly legs: readonly SettlementLeg[];
  readonly clearings: readonly Clearing[];
  /** Its currency is the payout currency. */
  readonly payout: Money;
  readonly rateIds: readonly string[];
  /** In functional currency; a gain is positive. */
  readonly realisedGain: Money;
  readonly entry: JournalEntry;
}

export type Settlement = { readonly status: 'draft' } | { readonly status: 'completed' };

const legOf = ({ leg, dealt }: PaidLeg, payoutCurrency: string): SettlementLeg => ({
  currency: leg.currency,
  receivable: leg.receivable,
  payable: leg.payable,
  net: leg.net,
  counterValue: dealt?.to ?? { minor: 0n, currency: payoutCurrency },
  rates: dealt?.legs ?? [],
});

const entryOf = (command: CompleteSettlement, paid: readonly PaidLeg[]): JournalEntry => {
  const { settlementId, entity, counterparty, date, functionalCurrency } = command;
  const head = {
    entity,
    entryId: settlementId,
    bookingDate: date,
    description: `Settlement with ${counterparty}`,
    source: settlementId,
  };
  const legs = paid.map(({ settled }) => settled);
  return settlementEntry(head, counterparty, { legs, functionalCurrency });
};

const complete = (state: Settlement, command: CompleteSettlement): SettlementCompleted => {
  const { settlementId, entity, counterparty, period, date, payoutCurrency } = command;
  if (state.status === 'completed') {
    throw new Rejection('SETTLEMENT_EXISTS', `${settlementId} is completed.`);
  }
  const parties = { entity, counterparty };
  const nets = netLegs(command.items, { netting: command.netting, parties });
  if (nets.length === 0) {
    throw new Rejection('NOTHING_TO_SETTLE', `Nothing is payable to ${counterparty}.`);
  }
  const table = rateTable(command.rates);
  const paid = nets.map((leg) => payLeg(leg, table, command));
  const legs = paid.map((leg) => legOf(leg, payoutCurrency));
  const entry = entryOf(command, paid);
  return {
    type: 'SettlementCompleted',
    settlementId,
    entity,
    counterparty,
    period,
    date,
    legs,
    clearings: nets.flatMap(({ clearings }) => clearings),
    payout: sumMoney(
      payoutCurrency,
      legs.map(({ counterValue }) => counterValue),
    ),
    rateIds: [...new Set(paid.flatMap(({ rateIds }) => rateIds))],
    realisedGain: realisedGain(entry, command.functionalCurrency),
    entry,
  };
};

export const settlement: Decider<Settlement, CompleteSettlement, SettlementCompleted> = {
  initial: { status: 'draft' },
  decide: (state, command) => [complete(state, command)],
  evolve: () => ({ status: 'completed' }),
};
