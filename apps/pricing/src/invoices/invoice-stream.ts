/**
 * How invoices are stored, published and projected.
 *
 * Invariant   the projection is made of the event alone, so that replay makes the same one.
 */
import { canonicalJson } from '@suanpan/event-sourcing';
import { encode } from '@suanpan/messages';
import type { OutboxMessage, Tx } from '@suanpan/platform-postgres';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { InvoiceIssued, IssuedLine } from '@suanpan/pricing';
import { z } from 'zod';
import { toWireVector } from '../periods/period-stream.js';

export const invoiceStream = (invoice: string): string => `invoice:${invoice}`;

/** One invoice a contract and period; the period has a fixed shape and stands last. */
export const invoiceId = (contract: string, period: string): string => `inv-${contract}-${period}`;

const integer = z.string().transform(BigInt);

const line = z.object({
  line: z.number().int(),
  revenueType: z.string(),
  model: z.string(),
  kind: z.string(),
  priceTable: z.string(),
  priceVersion: z.string(),
  price: z.string(),
  priceBase: z.string(),
  quantity: z.string(),
  calls: integer,
  exact: z.string(),
  amount: z.string(),
  servicePeriod: z.string(),
  adjustment: z.boolean(),
  multisetHash: z.string(),
});

const body = z.object({
  tenant: z.string(),
  invoice: z.string(),
  number: z.string(),
  series: z.string(),
  sequence: integer,
  seller: z.string(),
  buyer: z.string(),
  contract: z.string(),
  currency: z.string(),
  period: z.string(),
  issuedAt: integer,
  dueAt: integer,
  issueDate: z.string(),
  lines: z.array(line),
  lineTotal: z.string(),
  taxTotal: z.string(),
  total: z.string(),
  vector: z.array(integer),
  documentHash: z.string(),
});

export const toRowInvoiceEvent = ({ type, ...fields }: InvoiceIssued) => ({ type, body: fields });

export const fromRowInvoiceEvent = (type: string, stored: unknown): InvoiceIssued => ({
  type: z.literal('InvoiceIssued').parse(type),
  ...body.parse(stored),
});

export const publishInvoice = (event: InvoiceIssued): OutboxMessage => {
  const { type: _type, sequence: _sequence, vector, ...document } = event;
  const streamId = invoiceStream(event.invoice);
  return {
    topic: 'invoice',
    key: streamId,
    type: 'invoice.issued',
    tenant: event.tenant,
    streamId,
    value: encode('invoice.issued', { ...document, vector: toWireVector(vector) }),
  };
};

const ADD = `
insert into invoice (tenant, invoice, number, series, sequence, seller, buyer, contract, currency,
  period, issued_at, due_at, issue_date, line_total, tax_total, total, document_hash, document)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`;

type LineColumn = readonly [name: string, type: string, valueOf: (line: IssuedLine) => unknown];

const LINE_COLUMNS: readonly LineColumn[] = [
  ['line', 'integer', (each) => each.line],
  ['revenue_type', 'text', (each) => each.revenueType],
  ['model', 'text', (each) => each.model],
  ['kind', 'text', (each) => each.kind],
  ['price_table', 'text', (each) => each.priceTable],
  ['price_version', 'text', (each) => each.priceVersion],
  ['price', 'numeric', (each) => each.price],
  ['price_text', 'text', (each) => each.price],
  ['price_base', 'numeric', (each) => each.priceBase],
  ['quantity', 'numeric', (each) => each.quantity],
  ['calls', 'bigint', (each) => each.calls.toString()],
  ['exact', 'numeric', (each) => each.exact],
  ['amount', 'numeric', (each) => each.amount],
  ['service_period', 'text', (each) => each.servicePeriod],
  ['adjustment', 'boolean', (each) => each.adjustment],
  ['multiset_hash', 'text', (each) => each.multisetHash],
];

const lineNames = LINE_COLUMNS.map(([name]) => name).join(', ');
const lineArrays = LINE_COLUMNS.map(([, type], index) => `$${index + 5}::${type}[]`).join(', ');

const ADD_LINES = `
insert into invoice_line (tenant, invoice, buyer, contract, ${lineNames})
select $1, $2, $3, $4, n.* from unnest(${lineArrays}) as n`;

const addLines = async (tx: Tx, event: InvoiceIssued): Promise<void> => {
  const { tenant, invoice, buyer, contract, lines } = event;
  const columns = LINE_COLUMNS.map(([, , valueOf]) => lines.map(valueOf));
  await tx.query(ADD_LINES, [tenant, invoice, buyer, contract, ...columns]);
};

/** The tables `invoice` and `invoice_line`. */
export const projectInvoice = async (tx: Tx, event: InvoiceIssued): Promise<void> => {
  const { type: _type, documentHash, ...document } = event;
  await tx.query(ADD, [
    event.tenant,
    event.invoice,
    event.number,
    event.series,
    event.sequence.toString(),
    event.seller,
    event.buyer,
    event.contract,
    event.currency,
    event.period,
    toRowInstant(event.issuedAt),
    toRowInstant(event.dueAt),
    event.issueDate,
    event.lineTotal,
    event.taxTotal,
    event.total,
    documentHash,
    canonicalJson(document),
  ]);
  await addLines(tx, event);
};
