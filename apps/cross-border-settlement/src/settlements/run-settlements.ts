/**
 * Settles a period: for each entity and partner all that is payable, netted where agreed, paid in
 * the partner's currency.
 *
 * Shape       a transaction a settlement, in the order of entities and partners. One that cannot be
 *             settled is passed over with its reason; the others go on.
 * Invariant   a second run finds nothing open; what is stated later of the same period is settled by
 *             another settlement of it, `…:2`.
 * Source      design rulings R28, R35, R38; scenes.md C2 J8
 */
import { Rejection } from '@suanpan/event-sourcing';
import { parseMoney } from '@suanpan/money';
import { crashPoint } from '@suanpan/platform-observability';
import type { Database, EventMeta, Tx } from '@suanpan/platform-postgres';
import { handleIn } from '@suanpan/platform-postgres';
import type { OpenItem } from '@suanpan/settlement';
import { selectCounterparty } from '../counterparties/counterparty.js';
import { BOOKING, selectBookingRates } from '../fx-rates/booking-rates.js';
import { handleItem } from '../handle-item.js';
import { lockBooks } from '../journal/books.js';
import { selectEntity } from '../legal-entities/legal-entity.js';
import type { PayableRow } from '../payables/payable-rows.js';
import { fromRowPayable, selectOpenPayables } from '../payables/payable-rows.js';
import { projectStored } from '../projection.js';
import { fromRowReceivable, selectOpenReceivables } from '../receivables/receivable-rows.js';
import type { ItemSource, SettleCommand, SettlementFact } from './settlement-fact.js';
import {
  SETTLEMENT_COMPLETED,
  fromSettlementBody,
  settlementIdOf,
  settling,
} from './settlement-fact.js';
import { toWireSettlement } from './settlement-wire.js';

interface RunOrder {
  readonly tenant: string;
  readonly period: string;
  readonly date: string;
  readonly meta: EventMeta;
}

interface Skipped {
  readonly counterparty: string;
  readonly reason: string;
}

interface Pair {
  readonly entity: string;
  readonly partner: string;
}

const PAIRS = `
select distinct entity, partner, entity collate "C" as e, partner collate "C" as p from payable
where tenant = $1 and period = $2 and settlement is null order by e, p`;

interface EarnedRow {
  readonly invoice: string;
  readonly number: string;
  readonly amount: string;
}

const EARNED = `
select invoice, number, amount from payable_invoice
where tenant = $1 and statement = $2 and entity = $3 order by number collate "C"`;

const sourceOf = async (tx: Tx, tenant: string, row: PayableRow): Promise<ItemSource> => {
  const earned = await tx.query<EarnedRow>(EARNED, [tenant, row.statement, row.entity]);
  return {
    document: row.statement,
    number: row.number,
    invoices: earned.map(({ invoice, number, amount }) => ({
      invoice,
      number,
      amount: parseMoney(amount, row.currency),
    })),
  };
};

interface Gathered {
  readonly items: readonly OpenItem[];
  readonly sources: ReadonlyMap<string, ItemSource>;
}

const gather = async (
  tx: Tx,
  { tenant, period }: RunOrder,
  { entity, partner, zone, netting }: Pair & { zone: string; netting: boolean },
): Promise<Gathered> => {
  const items: OpenItem[] = [];
  const sources = new Map<string, ItemSource>();
  for (const row of await selectOpenPayables(tx, [tenant, entity, partner, period])) {
    const item = fromRowPayable(row);
    items.push(item);
    sources.set(item.itemId, await sourceOf(tx, tenant, row));
  }
  if (!netting) return { items, sources };
  for (const row of await selectOpenReceivables(tx, [tenant, entity, partner])) {
    items.push(fromRowReceivable(row, zone));
    sources.set(row.invoice, { document: row.invoice, number: row.number, invoices: [] });
  }
  return { items, sources };
};

const EARLIER = `
select count(*) as count from settlement
where tenant = $1 and entity = $2 and counterparty = $3 and period = $4`;

/** Which settlement of the pair and period this is; the books are locked, so no other is on its way. */
const sequenceOf = async (tx: Tx, { tenant, period }: RunOrder, pair: Pair): Promise<number> => {
  const key = [tenant, pair.entity, pair.partner, period];
  const [earlier] = await tx.query<{ count: string }>(EARLIER, key);
  return Number(earlier?.count ?? 0) + 1;
};

const commandOf = async (tx: Tx, order: RunOrder, pair: Pair): Promise<SettleCommand | string> => {
  const { tenant, period, date } = order;
  const { entity, partner } = pair;
  const counterparty = await selectCounterparty(tx, tenant, partner);
  if (counterparty === undefined) return 'COUNTERPARTY_UNKNOWN';
  const books = await selectEntity(tx, tenant, entity);
  if (books === undefined) return 'ENTITY_UNKNOWN';
  const { netting, payoutCurrency } = counterparty;
  const { zone, functionalCurrency, bankAccounts } = books;
  const sequence = await sequenceOf(tx, order, pair);
  return {
    type: 'CompleteSettlement',
    settlementId: settlementIdOf({ entity, counterparty: partner, period, sequence }),
    sequence,
    entity,
    counterparty: partner,
    period,
    date,
    netting,
    payoutCurrency,
    functionalCurrency,
    accounts: bankAccounts,
    bankCurrencies: bankAccounts.map(({ currency }) => currency),
    booking: BOOKING,
    // No bank deals in the demo: the fact and its entry say that this rate is simulated.
    dealing: BOOKING,
    rates: await selectBookingRates(tx, tenant, date),
    ...(await gather(tx, order, { ...pair, zone, netting })),
  };
};

const complete = async (
  tx: Tx,
  { tenant, meta }: RunOrder,
  command: SettleCommand,
): Promise<SettlementFact | undefined> => {
  const { events } = await handleIn(
    tx,
    {
      decider: settling,
      toBody: (body) => ({ type: SETTLEMENT_COMPLETED, body }),
      fromBody: fromSettlementBody,
      project: projectStored,
      publish: (decided) => decided.events.flatMap((fact) => toWireSettlement(tenant, fact)),
    },
    { scope: { tenant }, streamId: `settlement:${command.settlementId}`, meta, command },
  );
  crashPoint('settlement:completed');
  return events[0];
};

const clearItems = async (
  tx: Tx,
  { tenant, meta }: RunOrder,
  { settlement: source, date, items }: SettlementFact,
): Promise<void> => {
  for (const { kind, itemId, amount, currency } of items) {
    const cleared = parseMoney(amount, currency);
    const command = { type: 'ClearItem', itemId, amount: cleared, date, source } as const;
    await handleItem(tx, { tenant, side: kind, command, meta });
  }
};

/** Settles one pair, or says why not. What the decider refuses has written nothing. */
const settleOne = async (tx: Tx, order: RunOrder, pair: Pair): Promise<SettlementFact | string> => {
  await lockBooks(tx, order.tenant, pair.entity);
  const command = await commandOf(tx, order, pair);
  if (typeof command === 'string') return command;
  let fact: SettlementFact | undefined;
  try {
    fact = await complete(tx, order, command);
  } catch (error) {
    if (!(error instanceof Rejection) || error.code === 'VERSION_CONFLICT') throw error;
    return error.code;
  }
  if (fact === undefined) return 'NOTHING_TO_SETTLE';
  await clearItems(tx, order, fact);
  crashPoint('settlement:settled-before-commit');
  return fact;
};

/** Settles all that can be settled. */
export const runSettlements = async (
  db: Database,
  order: RunOrder,
): Promise<{ settled: readonly SettlementFact[]; skipped: readonly Skipped[] }> => {
  const { tenant, period } = order;
  const pairs = await db.inTenant({ tenant }, (tx) => tx.query<Pair>(PAIRS, [tenant, period]));
  const settled: SettlementFact[] = [];
  const skipped: Skipped[] = [];
  for (const pair of pairs) {
    const outcome = await db.inTenant({ tenant }, (tx) => settleOne(tx, order, pair));
    if (typeof outcome === 'string') skipped.push({ counterparty: pair.partner, reason: outcome });
    else settled.push(outcome);
  }
  return { settled, skipped };
};
