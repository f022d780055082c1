/**
 * Keeps an invoice as it was heard, and notes that it is to be divided.
 *
 * Invariant   an issued invoice never changes: the first word counts.
 * Source      design ruling R10
 */
import type { InvoiceIssued, PartitionOffset } from '@suanpan/messages';
import { canonicalJson } from '@suanpan/event-sourcing';
import type { Tx } from '@suanpan/platform-postgres';

const KEEP = `
insert into invoice (tenant, invoice, number, seller, buyer, contract, currency, period, issue_date,
  total, document, status)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'waiting')
on conflict do nothing returning invoice`;

/** A vector as the database compares it with what was heard. */
export const toRowVector = (vector: readonly PartitionOffset[]): string =>
  canonicalJson(vector.map(({ partition, nextOffset }) => ({ partition, nextOffset })));

export const keepInvoice = async (tx: Tx, issued: InvoiceIssued): Promise<void> => {
  const kept = await tx.query(KEEP, [
    issued.tenant,
    issued.invoice,
    issued.number,
    issued.seller,
    issued.buyer,
    issued.contract,
    issued.currency,
    issued.period,
    issued.issueDate,
    issued.total,
    canonicalJson(issued),
  ]);
  if (kept.length === 0) return;
  await tx.query(`insert into distribution_due (tenant, invoice, vector) values ($1, $2, $3)`, [
    issued.tenant,
    issued.invoice,
    toRowVector(issued.vector),
  ]);
};
