import { type Billable, type BillableLine, lineKeyOf } from './billable.js';
import type { Catalogue, ContractFact } from './catalogue.js';
import type { Snapshot } from './database.js';
import {
  type Exact,
  exactOf,
  minorDigits,
  minus,
  over,
  roundTo,
  type Rule,
  same,
  shown,
  times,
  total,
  unitsText,
  whole,
} from './exact.js';
import type { Tally } from './findings.js';
import { multisetText } from './identity.js';
import { PER_MILLION } from './rating.js';

/**
 * Invoices against the raw log: each line is the price of its sum, rounded once; totals add up.
 *
 * Source      I3, I9; rulings R5, R8, R36
 */
export interface InvoiceRow {
  readonly tenant: string;
  readonly invoice: string;
  readonly number: string;
  readonly series: string;
  readonly sequence: string;
  readonly seller: string;
  readonly buyer: string;
  readonly contract: string;
  readonly currency: string;
  readonly period: string;
  readonly line_total: string;
  readonly tax_total: string;
  readonly total: string;
  readonly document_hash: string;
}

export interface InvoiceLineRow {
  readonly tenant: string;
  readonly invoice: string;
  readonly line: number;
  readonly revenue_type: string;
  readonly model: string;
  readonly kind: string;
  readonly price_table: string;
  readonly price_version: string;
  readonly price_text: string;
  readonly quantity: string;
  readonly calls: string;
  readonly exact: string;
  readonly amount: string;
  readonly service_period: string;
  readonly adjustment: boolean;
  readonly multiset_hash: string;
}

export interface Invoices {
  readonly invoices: readonly InvoiceRow[];
  readonly linesOf: (invoice: InvoiceRow) => readonly InvoiceLineRow[];
}

export const readInvoices = async (snapshot: Snapshot): Promise<Invoices> => {
  const invoices = await snapshot.rows<InvoiceRow>(
    `select tenant, invoice, number, series, sequence, seller, buyer, contract, currency, period,
       line_total, tax_total, total, document_hash
     from pricing.invoice order by tenant, contract, period`,
  );
  const lines = await snapshot.rows<InvoiceLineRow>(
    `select tenant, invoice, line, revenue_type, model, kind, price_table, price_version,
       price_text, quantity, calls, exact, amount, service_period, adjustment, multiset_hash
     from pricing.invoice_line order by tenant, invoice, line`,
  );
  const byInvoice = new Map<string, InvoiceLineRow[]>();
  for (const line of lines) {
    const key = `${line.tenant} ${line.invoice}`;
    byInvoice.set(key, [...(byInvoice.get(key) ?? []), line]);
  }
  return {
    invoices,
    linesOf: ({ tenant, invoice }) => byInvoice.get(`${tenant} ${invoice}`) ?? [],
  };
};

interface ExpectedLine {
  readonly source: BillableLine;
  readonly exact: Exact;
  /** Minor units. */
  readonly amount: bigint;
}

/** What was billed before, by contract and line. */
type Billed = Map<string, { quantity: bigint; amount: bigint }>;

/** The price of a sum, and what of it was not billed before. */
const expectedLine = (
  source: BillableLine,
  contract: ContractFact,
  billed: Billed,
): ExpectedLine => {
  const key = `${source.tenant} ${source.contract} ${lineKeyOf(source)}`;
  const before = billed.get(key) ?? { quantity: 0n, amount: 0n };
  const price = exactOf(source.price);
  const priceOf = (quantity: bigint): Exact => over(times(whole(quantity), price), PER_MILLION);
  const now = priceOf(before.quantity + source.quantity);
  const rounded = roundTo(now, minorDigits(contract.currency), contract.rounding as Rule);
  billed.set(key, { quantity: before.quantity + source.quantity, amount: rounded });
  return {
    source,
    exact: minus(now, priceOf(before.quantity)),
    amount: rounded - before.amount,
  };
};

const lineFault = (
  { source, exact, amount }: ExpectedLine,
  row: InvoiceLineRow,
  currency: string,
): string | null => {
  const places = minorDigits(currency);
  const columns: readonly (readonly [string, string, string])[] = [
    ['quantity', String(source.quantity), row.quantity],
    ['price', source.price, row.price_text],
    ['adjustment', String(source.servicePeriod !== source.postingPeriod), String(row.adjustment)],
  ];
  for (const [name, expected, found] of columns) {
    if (expected !== found) return `${name}: expected ${expected}, found ${found}`;
  }
  if (!same(exact, exactOf(row.exact))) {
    return `exact: expected ${shown(exact)}, found ${row.exact}`;
  }
  const rounded = { n: amount, d: 10n ** BigInt(places) };
  if (same(rounded, exactOf(row.amount))) return null;
  return `amount: expected ${unitsText(amount, places)}, found ${row.amount}`;
};

/** How many calls stand behind a line, and which: their hashes add up in any order (R15). */
const provenanceFault = ({ source }: ExpectedLine, row: InvoiceLineRow): string | null => {
  if (String(source.calls) !== row.calls) return `${row.calls} calls, in the log ${source.calls}`;
  return multisetText(source.multiset) === row.multiset_hash ? null : 'its calls are others';
};

const rowKeyOf = (row: InvoiceLineRow): string =>
  lineKeyOf({
    servicePeriod: row.service_period,
    model: row.model,
    kind: row.kind,
    priceTable: row.price_table,
    priceVersion: row.price_version,
  });

export interface InvoiceTallies {
  readonly lines: Tally;
  readonly totals: Tally;
  readonly provenance: Tally;
}

interface Drawn {
  readonly expected: readonly ExpectedLine[];
  readonly rows: readonly InvoiceLineRow[];
  readonly invoice: InvoiceRow;
}

const checkLines = (
  { expected, rows, invoice }: Drawn,
  { lines: tally, provenance }: InvoiceTallies,
): void => {
  const left = new Map(rows.map((row) => [rowKeyOf(row), row]));
  for (const line of expected) {
    const key = lineKeyOf(line.source);
    const row = left.get(key);
    left.delete(key);
    const fault = row === undefined ? 'is missing' : lineFault(line, row, invoice.currency);
    tally.see(fault === null ? null : `${invoice.number} line ${key}: ${fault}`);
    const behind = row === undefined ? null : provenanceFault(line, row);
    provenance.see(behind === null ? null : `${invoice.number} line ${key}: ${behind}`);
  }
  for (const [key, row] of left) {
    tally.violate(`${invoice.number} line ${row.line} (${key}) has no usage in the log`);
  }
  if (left.size === 0 && rows.length !== expected.length) {
    tally.violate(`${invoice.number} has ${rows.length} lines, not ${expected.length}`);
  }
};

const checkTotals = (invoice: InvoiceRow, rows: readonly InvoiceLineRow[], tally: Tally): void => {
  const lines = total(rows.map(({ amount }) => exactOf(amount)));
  const untaxed = minus(exactOf(invoice.total), exactOf(invoice.tax_total));
  const fault = !same(lines, exactOf(invoice.line_total))
    ? `Σ lines is ${shown(lines)}, line total ${invoice.line_total}`
    : same(untaxed, lines)
      ? null
      : `total ${invoice.total} is not Σ lines ${shown(lines)} + tax ${invoice.tax_total}`;
  tally.see(fault === null ? null : `${invoice.number}: ${fault}`);
};

/** What corrections have brought to nothing has no line. */
const isBilled = ({ quantity, calls }: BillableLine): boolean => quantity !== 0n || calls !== 0n;

/** Every closed month of every contract, oldest first, against what was posted to it. */
export const checkInvoices = (
  { invoices, linesOf }: Invoices,
  facts: { readonly catalogue: Catalogue; readonly billable: Billable },
  tallies: InvoiceTallies,
): void => {
  const { now } = facts.catalogue;
  const billed: Billed = new Map();
  const left = new Map(invoices.map((row) => [`${row.tenant} ${row.contract} ${row.period}`, row]));
  for (const [name, months] of now.closed) {
    const [tenant = '', contract = ''] = JSON.parse(name) as readonly string[];
    const terms = now.contracts.get(name);
    for (const period of [...months].sort()) {
      const posted = facts.billable.postedTo(tenant, contract, period).filter(isBilled);
      const key = `${tenant} ${contract} ${period}`;
      const invoice = left.get(key);
      left.delete(key);
      if (terms === undefined) continue;
      const expected = posted.map((line) => expectedLine(line, terms, billed));
      if (invoice === undefined) {
        if (expected.length > 0) tallies.lines.violate(`${contract} ${period} has no invoice`);
        continue;
      }
      const rows = linesOf(invoice);
      checkLines({ expected, rows, invoice }, tallies);
      checkTotals(invoice, rows, tallies.totals);
    }
  }
  for (const { number, contract, period } of left.values()) {
    tallies.lines.violate(`${number}: ${period} of ${contract} is not closed`);
  }
};
