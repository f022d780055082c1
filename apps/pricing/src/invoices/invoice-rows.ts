/** Invoices as their tables hold them and as the door shows them. */
import { formatInstant } from '@suanpan/calendar';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { trimZeros } from '../exact-text.js';

export interface InvoiceRow {
  readonly invoice: string;
  readonly number: string;
  readonly series: string;
  readonly seller: string;
  readonly buyer: string;
  readonly contract: string;
  readonly currency: string;
  readonly period: string;
  readonly issued_at: string;
  readonly due_at: string;
  readonly issue_date: string;
  readonly line_total: string;
  readonly tax_total: string;
  readonly total: string;
  readonly document_hash: string;
}

const COLUMNS = `invoice, number, series, seller, buyer, contract, currency, period, issued_at,
  due_at, issue_date, line_total, tax_total, total, document_hash`;

const LIST = `
select ${COLUMNS} from invoice
where ($1::text is null or contract = $1) and ($2::text is null or period = $2)
  and ($3::text is null or invoice > $3)
order by invoice limit $4`;

const LINES = `
select line, revenue_type, model, kind, price_table, price_version, price_text, price_base,
  quantity, calls, exact, amount, service_period, adjustment, multiset_hash
from invoice_line where invoice = $1 order by line`;

export interface InvoiceFilter {
  readonly contract?: string | undefined;
  readonly period?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** One row more than asked for, so that the door knows whether a page follows. */
export const listInvoices = (tx: Tx, filter: InvoiceFilter): Promise<InvoiceRow[]> =>
  tx.query<InvoiceRow>(LIST, [
    filter.contract ?? null,
    filter.period ?? null,
    filter.after ?? null,
    filter.limit + 1,
  ]);

export const findInvoice = async (tx: Tx, invoice: string): Promise<InvoiceRow | undefined> => {
  const rows = await tx.query<InvoiceRow>(`select ${COLUMNS} from invoice where invoice = $1`, [
    invoice,
  ]);
  return rows[0];
};

const instant = (row: string): string => formatInstant(fromRowInstant(row));

export const toWireInvoice = (row: InvoiceRow) => ({
  invoice: row.invoice,
  number: row.number,
  series: row.series,
  seller: row.seller,
  buyer: row.buyer,
  contract: row.contract,
  currency: row.currency,
  period: row.period,
  issuedAt: instant(row.issued_at),
  dueAt: instant(row.due_at),
  issueDate: row.issue_date,
  lineTotal: row.line_total,
  taxTotal: row.tax_total,
  total: row.total,
  documentHash: row.document_hash,
  status: 'issued',
});

interface LineRow {
  readonly line: number;
  readonly revenue_type: string;
  readonly model: string;
  readonly kind: string;
  readonly price_table: string;
  readonly price_version: string;
  readonly price_text: string;
  readonly price_base: string;
  readonly quantity: string;
  readonly calls: string;
  readonly exact: string;
  readonly amount: string;
  readonly service_period: string;
  readonly adjustment: boolean;
  readonly multiset_hash: string;
}

const toWireLine = (row: LineRow) => ({
  line: row.line,
  revenueType: row.revenue_type,
  model: row.model,
  kind: row.kind,
  priceTable: row.price_table,
  priceVersion: row.price_version,
  price: row.price_text,
  priceBase: row.price_base,
  quantity: row.quantity,
  calls: row.calls,
  exact: trimZeros(row.exact),
  amount: row.amount,
  servicePeriod: row.service_period,
  adjustment: row.adjustment,
  multisetHash: row.multiset_hash,
});

export const linesOf = async (tx: Tx, invoice: string): Promise<readonly object[]> =>
  (await tx.query<LineRow>(LINES, [invoice])).map(toWireLine);
