/**
 * Statements on the wire: the message, and the API's answers.
 *
 * Source      docs/architecture.md 4 (topic statement)
 */
import { formatInstant } from '@suanpan/calendar';
import { encode } from '@suanpan/messages';
import { formatMoney } from '@suanpan/money';
import type { OutboxMessage } from '@suanpan/platform-postgres';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { StatementIssued } from '@suanpan/profit-share';

/** What the others are told. */
export const toWireStatement = (tenant: string, event: StatementIssued): OutboxMessage => ({
  topic: 'statement',
  key: event.statementId,
  type: 'statement.issued',
  tenant,
  streamId: event.statementId,
  value: encode('statement.issued', {
    tenant,
    statement: event.statementId,
    number: event.number,
    partner: event.partner,
    role: event.role,
    currency: event.currency,
    period: event.period,
    issuedAt: event.issuedAt,
    issueDate: event.issueDate,
    lines: event.lines.map((line) => ({
      line: line.line,
      agreement: line.agreement,
      agreementVersion: line.agreementVersion,
      invoice: line.invoice,
      invoiceNumber: line.invoiceNumber,
      model: line.model,
      base: line.base,
      share: line.share,
      amount: formatMoney(line.amount),
    })),
    total: formatMoney(event.total),
    documentHash: event.documentHash,
  }),
});

export interface StatementRow {
  readonly statement: string;
  readonly number: string;
  readonly partner: string;
  readonly role: string;
  readonly currency: string;
  readonly period: string;
  readonly issued_at: string;
  readonly issue_date: string;
  readonly total: string;
  readonly document_hash: string;
}

export interface StatementLineRow {
  readonly line: number;
  readonly agreement: string;
  readonly agreement_version: number;
  readonly invoice: string;
  readonly invoice_number: string;
  readonly model: string;
  readonly base: string;
  readonly share: string;
  readonly amount: string;
}

/** A statement's head as the API shows it. */
export const toWireHead = (row: StatementRow): object => ({
  statement: row.statement,
  number: row.number,
  partner: row.partner,
  role: row.role,
  currency: row.currency,
  period: row.period,
  issuedAt: formatInstant(fromRowInstant(row.issued_at)),
  issueDate: row.issue_date,
  total: row.total,
  documentHash: row.document_hash,
});

export const toWireLine = (row: StatementLineRow): object => ({
  line: row.line,
  agreement: row.agreement,
  agreementVersion: row.agreement_version,
  invoice: row.invoice,
  invoiceNumber: row.invoice_number,
  model: row.model,
  base: row.base,
  share: row.share,
  amount: row.amount,
});
