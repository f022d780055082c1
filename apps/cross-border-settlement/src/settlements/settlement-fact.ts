/**
 * A completed settlement as it is stored: what was netted, paid, booked, and at which rates.
 *
 * Shape       amounts are decimal text. `dealing` marks the payout's rate as simulated. What was
 *             stored before partners could be settled again has no sequence: it is the first.
 * Invariant   the bank's line is what left our account: in its currency, never the counter-value.
 * Source      libs/settlement (settlement); design rulings R35, R38
 */
import type { Decider } from '@suanpan/event-sourcing';
import type { JournalEntry } from '@suanpan/ledger';
import type { Money } from '@suanpan/money';
import { formatMoney, negateMoney, sumMoney } from '@suanpan/money';
import type { CompleteSettlement, Settlement, SettlementCompleted } from '@suanpan/settlement';
import { settlement } from '@suanpan/settlement';
import { z } from 'zod';
import { accountIn } from '../bank-lines/bank-line-rows.js';
import { SIMULATED_DEALING } from '../fx-rates/booking-rates.js';
import { entryBody, toEntryBody } from '../journal/entry-body.js';

const leg = z.object({
  currency: z.string(),
  receivable: z.string(),
  payable: z.string(),
  net: z.string(),
  payoutAmount: z.string(),
  rateIds: z.array(z.string()),
});

const item = z.object({
  kind: z.enum(['payable', 'receivable']),
  itemId: z.string(),
  document: z.string(),
  number: z.string(),
  currency: z.string(),
  amount: z.string(),
  functional: z.string(),
});

const paid = z.object({
  bankLine: z.string(),
  account: z.string(),
  currency: z.string(),
  amount: z.string(),
  reference: z.string(),
  documents: z.array(
    z.object({
      kind: z.enum(['invoice', 'statement']),
      document: z.string(),
      number: z.string(),
      currency: z.string(),
      amount: z.string(),
    }),
  ),
});
export type Paid = z.infer<typeof paid>;

const settlementFact = z.object({
  settlement: z.string(),
  entity: z.string(),
  counterparty: z.string(),
  period: z.string(),
  /** The first, second, … settlement of this entity, counterparty and period. */
  sequence: z.int().positive().default(1),
  date: z.string(),
  payoutCurrency: z.string(),
  payoutAmount: z.string(),
  functionalCurrency: z.string(),
  /** A gain is positive. */
  realisedFx: z.string(),
  rateIds: z.array(z.string()),
  dealing: z.string().nullable(),
  legs: z.array(leg),
  items: z.array(item),
  paid: paid.nullable(),
  entry: entryBody,
});
export type SettlementFact = z.infer<typeof settlementFact>;

export const SETTLEMENT_COMPLETED = 'SettlementCompleted';

export const fromSettlementBody = (_type: string, body: unknown): SettlementFact =>
  settlementFact.parse(body);

/** Where an item comes from: its document, and for a payable the invoices it was earned from. */
export interface ItemSource {
  readonly document: string;
  readonly number: string;
  readonly invoices: readonly {
    readonly invoice: string;
    readonly number: string;
    readonly amount: Money;
  }[];
}

interface SettlementKey {
  readonly entity: string;
  readonly counterparty: string;
  readonly period: string;
  readonly sequence: number;
}

/** The first settlement of an entity, counterparty and period has a plain id, a later one its place. */
export const settlementIdOf = ({ entity, counterparty, period, sequence }: SettlementKey): string =>
  [period, entity, counterparty, ...(sequence === 1 ? [] : [sequence])].join(':');

export interface SettleCommand extends CompleteSettlement {
  readonly sequence: number;
  readonly sources: ReadonlyMap<string, ItemSource>;
  readonly accounts: readonly { readonly account: string; readonly currency: string }[];
}

const itemsOf = (event: SettlementCompleted, { sources }: SettleCommand) =>
  event.clearings.map(({ itemId, side, amount, functional }) => ({
    kind: side,
    itemId,
    document: sources.get(itemId)?.document ?? itemId,
    number: sources.get(itemId)?.number ?? itemId,
    currency: amount.currency,
    amount: formatMoney(amount),
    functional: formatMoney(functional),
  }));

/** What left the bank, by the currency of the account. */
const debitsOf = ({ lines }: JournalEntry): readonly Money[] => {
  const amounts = lines.filter(({ account }) => account === 'bank').map(({ amount }) => amount);
  return [...new Set(amounts.map(({ currency }) => currency))].map((currency) => {
    const own = amounts.filter((amount) => amount.currency === currency);
    return negateMoney(sumMoney(currency, own));
  });
};

type PaidDocument = Paid['documents'][number];

/** The invoices that the money goes back to: earned from them, less what was netted. */
const invoicesOf = (
  event: SettlementCompleted,
  { sources }: SettleCommand,
): readonly PaidDocument[] => {
  const found = new Map<string, { number: string; amount: Money }>();
  const add = (invoice: string, number: string, amount: Money): void => {
    const minor = (found.get(invoice)?.amount.minor ?? 0n) + amount.minor;
    found.set(invoice, { number, amount: { minor, currency: amount.currency } });
  };
  for (const { itemId, side, amount } of event.clearings) {
    const source = sources.get(itemId);
    if (side === 'receivable') add(itemId, source?.number ?? itemId, negateMoney(amount));
    else source?.invoices.forEach((own) => add(own.invoice, own.number, own.amount));
  }
  return [...found].map(([document, { number, amount }]) => ({
    kind: 'invoice',
    document,
    number,
    currency: amount.currency,
    amount: formatMoney(amount),
  }));
};

const paidOf = (event: SettlementCompleted, command: SettleCommand): Paid | null => {
  const debits = debitsOf(event.entry);
  const [first, second] = debits;
  if (first === undefined || event.payout.minor === 0n) return null;
  // Several accounts in one order: the line then says what arrives.
  const debited = second === undefined ? first : event.payout;
  const statements = itemsOf(event, command).filter(({ kind }) => kind === 'payable');
  return {
    bankLine: `pay:${event.settlementId}`,
    account: accountIn(command.accounts, debited.currency),
    currency: debited.currency,
    amount: formatMoney(debited),
    reference: statements.map(({ number }) => number).join(' '),
    documents: [
      ...statements.map(({ document, number, currency, amount }) => ({
        kind: 'statement' as const,
        document,
        number,
        currency,
        amount,
      })),
      ...invoicesOf(event, command),
    ],
  };
};

const entryOf = ({ entry }: SettlementCompleted, isDealt: boolean): JournalEntry => ({
  ...entry,
  description: isDealt ? `${entry.description} (${SIMULATED_DEALING})` : entry.description,
});

const toFact = (event: SettlementCompleted, command: SettleCommand): SettlementFact => {
  const isDealt = event.legs.some(({ rates }) => rates.length > 0);
  return {
    settlement: event.settlementId,
    entity: event.entity,
    counterparty: event.counterparty,
    period: event.period,
    sequence: command.sequence,
    date: event.date,
    payoutCurrency: event.payout.currency,
    payoutAmount: formatMoney(event.payout),
    functionalCurrency: command.functionalCurrency,
    realisedFx: formatMoney(event.realisedGain),
    rateIds: [...event.rateIds],
    dealing: isDealt ? SIMULATED_DEALING : null,
    legs: event.legs.map((one) => ({
      currency: one.currency,
      receivable: formatMoney(one.receivable),
      payable: formatMoney(one.payable),
      net: formatMoney(one.net),
      payoutAmount: formatMoney(one.counterValue),
      rateIds: one.rates.map(({ rateId }) => rateId),
    })),
    items: itemsOf(event, command),
    paid: paidOf(event, command),
    entry: toEntryBody(entryOf(event, isDealt)),
  };
};

/** The domain's decider; what it decides is stored as one plain fact. */
export const settling: Decider<Settlement, SettleCommand, SettlementFact> = {
  initial: settlement.initial,
  decide: (state, command) =>
    settlement.decide(state, command).map((event) => toFact(event, command)),
  evolve: () => ({ status: 'completed' }),
};
