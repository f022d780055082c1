/**
 * Receivables as rows.
 *
 * Invariant   a projection of the receivable streams; booking one posts its entry.
 */
import { localDate } from '@suanpan/calendar';
import { parseMoney, subtractMoney } from '@suanpan/money';
import type { StoredEvent, Tx } from '@suanpan/platform-postgres';
import { fromRowInstant, toRowInstant } from '@suanpan/platform-postgres';
import type { OpenItem } from '@suanpan/settlement';
import { z } from 'zod';
import { clearedBody, itemBody } from '../item-body.js';
import { postEntry } from '../journal/books.js';
import { entryBody } from '../journal/entry-body.js';

const bookedBody = itemBody.extend({
  number: z.string(),
  contract: z.string(),
  period: z.string(),
  /** Microseconds since the epoch. */
  dueAt: z.string(),
  rateId: z.string().nullable(),
  entry: entryBody,
});

const BOOK = `
insert into receivable (tenant, invoice, entity, number, buyer, contract, period, currency, amount,
  issue_date, due_at, functional_currency, functional, rate_id, open_amount, open_functional)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $9, $13)`;

export const projectReceivableBooked = async (tx: Tx, event: StoredEvent): Promise<void> => {
  const { tenant } = event;
  const body = bookedBody.parse(event.body);
  await tx.query(BOOK, [
    ...[tenant, body.itemId, body.entity, body.number, body.counterparty, body.contract],
    ...[body.period, body.currency, body.amount, body.bookedOn],
    ...[toRowInstant(BigInt(body.dueAt)), body.functionalCurrency, body.functional, body.rateId],
  ]);
  await postEntry(tx, tenant, body.entry);
};

const CLEAR = `
update receivable set open_amount = open_amount - $3, open_functional = open_functional - $4
where tenant = $1 and invoice = $2`;

export const projectReceivableCleared = async (
  tx: Tx,
  { tenant, body }: StoredEvent,
): Promise<void> => {
  const { itemId, amount, functional } = clearedBody.parse(body);
  await tx.query(CLEAR, [tenant, itemId, amount, functional]);
};

export interface ReceivableRow {
  readonly invoice: string;
  readonly number: string;
  readonly entity: string;
  readonly buyer: string;
  readonly contract: string;
  readonly period: string;
  readonly currency: string;
  readonly amount: string;
  readonly issue_date: string;
  readonly due_at: string;
  readonly functional_currency: string;
  readonly functional: string;
  readonly rate_id: string | null;
  readonly open_amount: string;
  readonly open_functional: string;
}

const SELECT = `
select invoice, number, entity, buyer, contract, period, currency, amount,
  issue_date::text as issue_date, due_at, functional_currency, functional, rate_id, open_amount,
  open_functional
from receivable where tenant = $1`;

export const selectReceivables = (tx: Tx, tenant: string): Promise<ReceivableRow[]> =>
  tx.query<ReceivableRow>(`${SELECT} order by number collate "C", invoice collate "C"`, [tenant]);

/** Of an entity, by the numbers that a payer quotes. */
export const selectReceivablesByNumber = (
  tx: Tx,
  [tenant, entity, numbers]: readonly [string, string, readonly string[]],
): Promise<ReceivableRow[]> =>
  tx.query<ReceivableRow>(
    `${SELECT} and entity = $2 and number = any($3::text[]) order by invoice`,
    [tenant, entity, numbers],
  );

/** What a counterparty still owes an entity. */
export const selectOpenReceivables = (
  tx: Tx,
  [tenant, entity, buyer]: readonly [string, string, string],
): Promise<ReceivableRow[]> =>
  tx.query<ReceivableRow>(
    `${SELECT} and entity = $2 and buyer = $3 and open_amount > 0 order by invoice`,
    [tenant, entity, buyer],
  );

/** The item that a row stands for. */
export const fromRowReceivable = (row: ReceivableRow, zone: string): OpenItem => {
  const amount = parseMoney(row.amount, row.currency);
  const functional = parseMoney(row.functional, row.functional_currency);
  return {
    itemId: row.invoice,
    side: 'receivable',
    entity: row.entity,
    counterparty: row.buyer,
    amount,
    functional,
    bookedOn: row.issue_date,
    dueOn: localDate(zone, fromRowInstant(row.due_at)),
    cleared: subtractMoney(amount, parseMoney(row.open_amount, row.currency)),
    released: subtractMoney(functional, parseMoney(row.open_functional, row.functional_currency)),
  };
};
