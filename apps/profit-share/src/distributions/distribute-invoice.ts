/**
 * Divides one kept invoice: load, decide, append, project, in one transaction.
 *
 * Invariant   an invoice is divided once, and only when everything that it was computed from has
 *             been heard; until then it waits with its reason shown.
 * Rejections  none leave here: they are the reason why the invoice waits, and so is a figure that
 *             cannot be read
 * Source      design rulings R8, R10
 */
import { Malformed, Rejection } from '@suanpan/event-sourcing';
import { crashPoint } from '@suanpan/platform-observability';
import { appendEvents } from '@suanpan/platform-postgres';
import type { Database, Tx } from '@suanpan/platform-postgres';
import { fromRowAgreements, selectAgreements } from '../agreements/agreement-rows.js';
import { holdAgreements } from '../agreements/handle-agreement.js';
import type { InvoiceDistributed } from './divided-invoice.js';
import { divide } from './divided-invoice.js';
import { projectDistribution } from './distribution-rows.js';
import { fromRowInvoice } from './invoice-document.js';
import { changesOf, selectUsage } from './invoice-usage.js';

export interface DueInvoice {
  readonly tenant: string;
  readonly invoice: string;
}

const LOCK = `
select document from invoice
where tenant = $1 and invoice = $2 and status = 'waiting' for update`;

const decide = async (tx: Tx, tenant: string, document: unknown): Promise<InvoiceDistributed> => {
  const kept = fromRowInvoice(document);
  await holdAgreements(tx, tenant);
  const agreements = fromRowAgreements(await selectAgreements(tx, tenant));
  const { contract, currency } = kept.issued;
  const asked = { tenant, contract, currency, postingPeriod: kept.period };
  const stretches = await selectUsage(tx, asked, changesOf(agreements));
  return divide(kept, { stretches, agreements });
};

const noteReason = async (tx: Tx, due: DueInvoice, reason: string): Promise<void> => {
  await tx.query(`update invoice set reason = $3 where tenant = $1 and invoice = $2`, [
    due.tenant,
    due.invoice,
    reason,
  ]);
};

const done = async (tx: Tx, { tenant, invoice }: DueInvoice): Promise<void> => {
  await tx.query(`delete from distribution_due where tenant = $1 and invoice = $2`, [
    tenant,
    invoice,
  ]);
};

const store = async (
  tx: Tx,
  due: DueInvoice,
  { fact, at }: { readonly fact: InvoiceDistributed; readonly at: bigint },
): Promise<void> => {
  await appendEvents(tx, {
    tenant: due.tenant,
    streamId: `distribution:${due.invoice}`,
    expectedVersion: 0,
    events: [{ type: 'InvoiceDistributed', body: fact }],
    meta: { actor: 'profit-share', requestId: `invoice:${due.invoice}`, at },
  });
  crashPoint('profit-share:distribution-appended');
  await projectDistribution(tx, due.tenant, fact);
  await done(tx, due);
  crashPoint('profit-share:distributed-before-commit');
};

/** What is shown as the reason: a rule says no, or a figure cannot be read. */
const isReason = (error: unknown): error is Rejection | Malformed =>
  error instanceof Malformed || (error instanceof Rejection && error.code !== 'VERSION_CONFLICT');

/** Divides the invoice if it still waits; says whether it did. */
export const distributeInvoice = (db: Database, due: DueInvoice, at: bigint): Promise<boolean> =>
  db.inTenant({ tenant: due.tenant }, async (tx) => {
    const [kept] = await tx.query<{ document: unknown }>(LOCK, [due.tenant, due.invoice]);
    if (kept === undefined) {
      await done(tx, due);
      return false;
    }
    try {
      await store(tx, due, { fact: await decide(tx, due.tenant, kept.document), at });
      return true;
    } catch (error) {
      if (!isReason(error)) throw error;
      await noteReason(tx, due, error.code);
      return false;
    }
  });
