import { createHash } from 'node:crypto';
import type { Instant } from '@suanpan/calendar';
import { addDays, localDate, startOfDay } from '@suanpan/calendar';
import type { Decider } from '@suanpan/event-sourcing';
import { canonicalJson, Rejection } from '@suanpan/event-sourcing';
import { exactDecimal, formatMoney, money } from '@suanpan/money';
import type { ContractTerms } from './contract.js';
import type { BilledSum, InvoiceLine, PostedSum } from './invoice-lines.js';
import { invoiceLines } from './invoice-lines.js';
import { multisetHash } from './proof.js';

/**
 * An invoice: what a buyer owes for one period.
 *
 * Owns        the document: its lines, sums, dates and hash. Numbers come from the series' counter.
 * Units       amounts are decimal text in the invoice's currency, exact is never rounded.
 * Invariant   total = Σ lines + tax; an issued invoice is never changed or removed.
 * Rejections  ALREADY_ISSUED, EMPTY_INVOICE
 * Source      rulings R8, R36; invariants I3, I7
 */
export interface IssueInvoice {
  readonly type: 'IssueInvoice';
  readonly tenant: string;
  readonly invoice: string;
  readonly number: string;
  readonly series: string;
  readonly sequence: bigint;
  readonly contract: string;
  readonly terms: ContractTerms;
  readonly period: string;
  readonly now: Instant;
  readonly vector: readonly bigint[];
  readonly posted: readonly PostedSum[];
  readonly billed: readonly BilledSum[];
}

export interface IssuedLine {
  readonly line: number;
  readonly revenueType: string;
  readonly model: string;
  readonly kind: string;
  readonly priceTable: string;
  readonly priceVersion: string;
  readonly price: string;
  readonly priceBase: string;
  readonly quantity: string;
  readonly calls: bigint;
  readonly exact: string;
  readonly amount: string;
  readonly servicePeriod: string;
  readonly adjustment: boolean;
  readonly multisetHash: string;
}

export interface InvoiceDocument {
  readonly tenant: string;
  readonly invoice: string;
  readonly number: string;
  readonly series: string;
  readonly sequence: bigint;
  readonly seller: string;
  readonly buyer: string;
  readonly contract: string;
  readonly currency: string;
  readonly period: string;
  readonly issuedAt: Instant;
  readonly dueAt: Instant;
  readonly issueDate: string;
  readonly lines: readonly IssuedLine[];
  readonly lineTotal: string;
  readonly taxTotal: string;
  readonly total: string;
  readonly vector: readonly bigint[];
}

export interface InvoiceIssued extends InvoiceDocument {
  readonly type: 'InvoiceIssued';
  /** SHA-256 of the canonical document, hex. */
  readonly documentHash: string;
}

export type Invoice = { readonly status: 'absent' } | { readonly status: 'issued' };

const issuedLine = (line: InvoiceLine, currency: string): IssuedLine => ({
  line: line.line,
  revenueType: line.revenueType,
  model: line.model,
  kind: line.kind,
  priceTable: line.priceTable,
  priceVersion: line.priceVersion,
  price: line.price,
  priceBase: line.priceBase,
  quantity: line.quantity.toString(),
  calls: line.calls,
  exact: exactDecimal(line.exact),
  amount: formatMoney(money(line.amount, currency)),
  servicePeriod: line.servicePeriod,
  adjustment: line.adjustment,
  multisetHash: multisetHash(line.multiset),
});

const documentOf = (command: IssueInvoice, lines: readonly InvoiceLine[]): InvoiceDocument => {
  const { terms, now } = command;
  const { currency, zone } = terms;
  const issueDate = localDate(zone, now);
  const lineTotal = money(
    lines.reduce((sum, { amount }) => sum + amount, 0n),
    currency,
  );
  const taxTotal = money(0n, currency);
  return {
    tenant: command.tenant,
    invoice: command.invoice,
    number: command.number,
    series: command.series,
    sequence: command.sequence,
    seller: terms.seller,
    buyer: terms.buyer,
    contract: command.contract,
    currency,
    period: command.period,
    issuedAt: now,
    dueAt: startOfDay(zone, addDays(issueDate, terms.paymentTermDays)),
    issueDate,
    lines: lines.map((line) => issuedLine(line, currency)),
    lineTotal: formatMoney(lineTotal),
    taxTotal: formatMoney(taxTotal),
    total: formatMoney(money(lineTotal.minor + taxTotal.minor, currency)),
    vector: command.vector,
  };
};

const hashOf = (document: InvoiceDocument): string =>
  createHash('sha256').update(canonicalJson(document)).digest('hex');

const issue = (state: Invoice, command: IssueInvoice): readonly InvoiceIssued[] => {
  if (state.status === 'issued') {
    throw new Rejection('ALREADY_ISSUED', `Invoice ${command.invoice} was issued.`);
  }
  const { posted, billed, period, terms } = command;
  const { currency, rounding } = terms;
  const lines = invoiceLines({ period, currency, rounding, posted, billed });
  if (lines.length === 0) {
    throw new Rejection('EMPTY_INVOICE', `Nothing was posted to ${period} of ${command.contract}.`);
  }
  const document = documentOf(command, lines);
  return [{ type: 'InvoiceIssued', ...document, documentHash: hashOf(document) }];
};

export const invoice: Decider<Invoice, IssueInvoice, InvoiceIssued> = {
  initial: { status: 'absent' },
  decide: issue,
  evolve: () => ({ status: 'issued' }),
};
