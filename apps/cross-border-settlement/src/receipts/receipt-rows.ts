/**
 * Receipts as rows, with their bank lines and what they paid.
 *
 * Invariant   a projection of the receipt streams; posting and matching each post an entry.
 */
import type { StoredEvent, Tx } from '@suanpan/platform-postgres';
import { insertBankLine, insertBankLineDocuments } from '../bank-lines/bank-line-rows.js';
import { postEntry } from '../journal/books.js';
import type { MatchedBody, PostedBody } from './receipt.js';
import { fromReceiptBody } from './receipt.js';

const POST = `
insert into receipt (tenant, receipt, entity, payer, currency, amount, withheld, charges, date,
  reference, functional_currency, functional, rate_id, status)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'unmatched')`;

const projectPosted = async (tx: Tx, tenant: string, body: PostedBody): Promise<void> => {
  await tx.query(POST, [
    ...[tenant, body.receipt, body.entity, body.payer, body.currency, body.amount],
    ...[body.withheld, body.charges, body.date, body.reference],
    ...[body.functionalCurrency, body.functional, body.rateId],
  ]);
  await insertBankLine(tx, tenant, {
    bankLine: body.receipt,
    entity: body.entity,
    direction: 'in',
    account: body.account,
    counterparty: body.payer,
    currency: body.currency,
    amount: body.amount,
    date: body.date,
    reference: body.reference,
  });
  await postEntry(tx, tenant, body.entry);
};

const MATCH = `
insert into receipt_match (tenant, receipt, currency, invoice, number, amount)
select $1, $2, $3, * from unnest($4::text[], $5::text[], $6::numeric[])`;

const MATCHED = `
update receipt set status = 'matched', reason = null where tenant = $1 and receipt = $2`;

const projectMatched = async (tx: Tx, tenant: string, body: MatchedBody): Promise<void> => {
  const { receipt, currency, matches } = body;
  await tx.query(MATCH, [
    ...[tenant, receipt, currency],
    matches.map(({ invoice }) => invoice),
    matches.map(({ number }) => number),
    matches.map(({ amount }) => amount),
  ]);
  await tx.query(MATCHED, [tenant, receipt]);
  await insertBankLineDocuments(
    tx,
    [tenant, receipt],
    matches.map(({ invoice, number, amount }) => ({
      kind: 'invoice',
      document: invoice,
      number,
      currency,
      amount,
    })),
  );
  await postEntry(tx, tenant, body.entry);
};

export const projectReceiptEvent = async (tx: Tx, stored: StoredEvent): Promise<void> => {
  const { tenant } = stored;
  const event = fromReceiptBody(stored.type, stored.body);
  switch (event.type) {
    case 'ReceiptPosted':
      return projectPosted(tx, tenant, event.body);
    case 'ReceiptMatched':
      return projectMatched(tx, tenant, event.body);
    case 'ReceiptHeld':
      await tx.query(`update receipt set reason = $3 where tenant = $1 and receipt = $2`, [
        ...[tenant, event.body.receipt, event.body.reason],
      ]);
  }
};
