/**
 * Applies a stored fact to the scratch schema. Dividing an invoice is decided again, with the usage
 * that was heard and the agreements that were known then.
 *
 * Invariant   what is decided again is what was decided (I6): else the fact is named.
 * Rejections  none; Defect DECIDED_DIFFERENTLY
 * Source      design ruling R2
 */
import { Defect, canonicalJson } from '@suanpan/event-sourcing';
import { enterTenant } from '@suanpan/platform-postgres';
import type { StoredEvent, Tx } from '@suanpan/platform-postgres';
import { fromAgreementBody } from '../agreements/agreement-body.js';
import {
  fromRowAgreements,
  projectAgreement,
  selectAgreements,
} from '../agreements/agreement-rows.js';
import type { AgreementRow } from '../agreements/agreement-rows.js';
import { divide } from '../distributions/divided-invoice.js';
import type { InvoiceDistributed } from '../distributions/divided-invoice.js';
import { projectDistribution } from '../distributions/distribution-rows.js';
import { fromRowInvoice } from '../distributions/invoice-document.js';
import { changesOf, selectUsage } from '../distributions/invoice-usage.js';
import { fromStatementBody } from '../statements/statement-body.js';
import { projectStatement } from '../statements/statement-rows.js';

const wasKnown =
  ({ known }: InvoiceDistributed) =>
  (row: AgreementRow): boolean =>
    known.some(({ agreement, version }) => agreement === row.agreement && version === row.version);

const divideAgain = async (tx: Tx, { tenant, bodyText, body }: StoredEvent): Promise<void> => {
  const was = body as InvoiceDistributed;
  const [row] = await tx.query<{ document: unknown }>(
    `select document from invoice where tenant = $1 and invoice = $2`,
    [tenant, was.invoice],
  );
  const kept = fromRowInvoice(row?.document);
  const agreements = fromRowAgreements((await selectAgreements(tx, tenant)).filter(wasKnown(was)));
  const { contract, currency } = kept.issued;
  const asked = { tenant, contract, currency, postingPeriod: kept.period };
  const stretches = await selectUsage(tx, asked, changesOf(agreements));
  const now = divide(kept, { stretches, agreements });
  if (canonicalJson(now) !== bodyText) {
    throw new Defect('DECIDED_DIFFERENTLY', `Invoice ${was.number} is divided differently now.`);
  }
  await projectDistribution(tx, tenant, now);
};

export const applyEvent = async (tx: Tx, event: StoredEvent): Promise<void> => {
  const { tenant, type, body, streamId } = event;
  await enterTenant(tx, { tenant });
  switch (type) {
    case 'AgreementSigned':
    case 'AgreementEnded':
      return projectAgreement(tx, tenant, fromAgreementBody(type, body));
    case 'InvoiceDistributed':
      return divideAgain(tx, event);
    case 'StatementIssued':
      return projectStatement(tx, tenant, fromStatementBody(type, body));
    default:
      throw new Defect('UNKNOWN_EVENT', `${streamId} has a ${type}.`);
  }
};
