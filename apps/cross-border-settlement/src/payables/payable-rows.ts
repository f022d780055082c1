/**
 * Payables as rows, with the invoices that each was earned from.
 *
 * Invariant   a projection of the payable streams; booking one posts its entry; a payable is
 *             cleared whole, by one settlement.
 */
import { parseMoney } from '@suanpan/money';
import type { StoredEvent, Tx } from '@suanpan/platform-postgres';
import type { OpenItem } from '@suanpan/settlement';
import { z } from 'zod';
import { clearedBody, itemBody } from '../item-body.js';
import { postEntry } from '../journal/books.js';
import { entryBody } from '../journal/entry-body.js';

const earned = z.object({ invoice: z.string(), number: z.string(), amount: z.string() });
export type Earned = z.infer<typeof earned>;

const bookedBody = itemBody.extend({
  statement: z.string(),
  number: z.string(),
  role: z.string(),
  period: z.string(),
  rateId: z.string().nullable(),
  invoices: z.array(earned),
  entry: entryBody,
});

/** A statement over invoices of several entities is an item of each. */
export const payableItemId = (statement: string, entity: string, entities: number): string =>
  entities === 1 ? statement : `${statement}@${entity}`;

const BOOK = `
insert into payable (tenant, statement, entity, number, partner, role, currency, period, amount,
  issue_date, functional_currency, functional, rate_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;

const EARNED = `
insert into payable_invoice (tenant, statement, entity, currency, invoice, number, amount)
select $1, $2, $3, $4, * from unnest($5::text[], $6::text[], $7::numeric[])`;

export const projectPayableBooked = async (tx: Tx, event: StoredEvent): Promise<void> => {
  const { tenant } = event;
  const body = bookedBody.parse(event.body);
  const key = [tenant, body.statement, body.entity];
  await tx.query(BOOK, [
    ...[...key, body.number, body.counterparty, body.role, body.currency, body.period],
    ...[body.amount, body.bookedOn, body.functionalCurrency, body.functional, body.rateId],
  ]);
  await tx.query(EARNED, [
    ...[...key, body.currency],
    body.invoices.map(({ invoice }) => invoice),
    body.invoices.map(({ number }) => number),
    body.invoices.map(({ amount }) => amount),
  ]);
  await postEntry(tx, tenant, body.entry);
};

// An item of a statement over several entities carries its entity behind an @.
const CLEAR = `
update payable set settlement = $3
where tenant = $1 and settlement is null and (statement = $2 or statement || '@' || entity = $2)`;

export const projectPayableCleared = async (
  tx: Tx,
  { tenant, body }: StoredEvent,
): Promise<void> => {
  const { itemId, source } = clearedBody.parse(body);
  await tx.query(CLEAR, [tenant, itemId, source]);
};

export interface PayableRow {
  readonly statement: string;
  readonly number: string;
  readonly entity: string;
  readonly partner: string;
  readonly role: string;
  readonly currency: string;
  readonly period: string;
  readonly amount: string;
  readonly issue_date: string;
  readonly functional_currency: string;
  readonly functional: string;
  readonly rate_id: string | null;
  readonly settlement: string | null;
  /** Rows of the same statement. */
  readonly entities: number;
}

const SELECT = `
select p.statement, p.number, p.entity, p.partner, p.role, p.currency, p.period, p.amount,
  p.issue_date::text as issue_date, p.functional_currency, p.functional, p.rate_id, p.settlement,
  (select count(*)::int from payable o
    where o.tenant = p.tenant and o.statement = p.statement) as entities
from payable p where p.tenant = $1`;

export const selectPayables = (tx: Tx, tenant: string): Promise<PayableRow[]> =>
  tx.query<PayableRow>(
    `${SELECT} order by p.number collate "C", p.statement collate "C", p.entity collate "C"`,
    [tenant],
  );

/** What an entity owes a partner for a period. */
export const selectOpenPayables = (
  tx: Tx,
  [tenant, entity, partner, period]: readonly [string, string, string, string],
): Promise<PayableRow[]> =>
  tx.query<PayableRow>(
    `${SELECT} and p.entity = $2 and p.partner = $3 and p.period = $4 and p.settlement is null
     order by p.number collate "C"`,
    [tenant, entity, partner, period],
  );

/** The item that a row stands for; nothing of it is cleared before all of it is. */
export const fromRowPayable = (row: PayableRow): OpenItem => ({
  itemId: payableItemId(row.statement, row.entity, row.entities),
  side: 'payable',
  entity: row.entity,
  counterparty: row.partner,
  amount: parseMoney(row.amount, row.currency),
  functional: parseMoney(row.functional, row.functional_currency),
  bookedOn: row.issue_date,
  dueOn: row.issue_date,
  cleared: { minor: 0n, currency: row.currency },
  released: { minor: 0n, currency: row.functional_currency },
});
