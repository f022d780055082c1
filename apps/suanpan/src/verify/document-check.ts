import { decode, type InvoiceIssued, type StatementIssued } from '@suanpan/messages';

import type { Snapshot } from './database.js';
import { exactOf, same } from './exact.js';
import type { Tally } from './findings.js';
import { type TopicLog, recordsOf } from './log.js';

/**
 * Documents as they were published against the tables that people read: heads, lines, totals, hashes.
 *
 * Source      I7 (no issued document is ever changed or removed)
 */
interface HeadRow {
  readonly key: string;
  readonly number: string;
  readonly total: string;
  readonly document_hash: string;
}

interface LineRow {
  readonly key: string;
  readonly line: number;
  readonly amount: string;
  readonly model: string;
}

interface Published {
  readonly key: string;
  readonly number: string;
  readonly total: string;
  readonly documentHash: string;
  readonly lines: readonly {
    readonly line: number;
    readonly amount: string;
    readonly model: string;
  }[];
}

const ofInvoice = ({ tenant, invoice, ...rest }: InvoiceIssued): Published => ({
  key: `${tenant} ${invoice}`,
  ...rest,
});

const ofStatement = ({ tenant, statement, ...rest }: StatementIssued): Published => ({
  key: `${tenant} ${statement}`,
  ...rest,
});

const headFault = (head: HeadRow | undefined, document: Published): string | null => {
  if (head === undefined) return 'was published and is not stored';
  if (head.number !== document.number) return `is stored as ${head.number}`;
  if (!same(exactOf(head.total), exactOf(document.total))) {
    return `total: published ${document.total}, stored ${head.total}`;
  }
  return head.document_hash === document.documentHash ? null : 'has another document hash';
};

const linesFault = (rows: readonly LineRow[], { lines }: Published): string | null => {
  if (rows.length !== lines.length)
    return `has ${rows.length} lines, published were ${lines.length}`;
  for (const line of lines) {
    const row = rows.find((each) => each.line === line.line);
    if (row === undefined || row.model !== line.model) return `line ${line.line} is another`;
    if (!same(exactOf(row.amount), exactOf(line.amount))) {
      return `line ${line.line}: published ${line.amount}, stored ${row.amount}`;
    }
  }
  return null;
};

interface Stored {
  readonly heads: readonly HeadRow[];
  readonly lines: readonly LineRow[];
}

const compare = (published: readonly Published[], { heads, lines }: Stored, tally: Tally): void => {
  const left = new Map(heads.map((head) => [head.key, head]));
  const rows = new Map<string, LineRow[]>();
  for (const line of lines) rows.set(line.key, [...(rows.get(line.key) ?? []), line]);
  for (const document of published) {
    const head = left.get(document.key);
    left.delete(document.key);
    const fault = headFault(head, document) ?? linesFault(rows.get(document.key) ?? [], document);
    tally.see(fault === null ? null : `${document.number} ${fault}`);
  }
  for (const { number } of left.values())
    tally.violate(`${number} is stored and was never published`);
};

const onceEach = (published: readonly Published[]): readonly Published[] => [
  ...new Map(published.map((document) => [document.key, document])).values(),
];

const storedIn = async (snapshot: Snapshot, document: 'invoice' | 'statement'): Promise<Stored> => {
  const schema = document === 'invoice' ? 'pricing' : 'profit_share';
  const key = `tenant || ' ' || ${document} as key`;
  return {
    heads: await snapshot.rows<HeadRow>(
      `select ${key}, number, total, document_hash from ${schema}.${document}`,
    ),
    lines: await snapshot.rows<LineRow>(
      `select ${key}, line, amount, model from ${schema}.${document}_line`,
    ),
  };
};

/** Invoices and statements. */
export const checkDocuments = async (
  snapshot: Snapshot,
  logs: ReadonlyMap<string, TopicLog>,
  tally: Tally,
): Promise<void> => {
  const invoices: Published[] = [];
  const statements: Published[] = [];
  for (const { value } of recordsOf(logs.get('invoice'))) {
    const message = decode(value);
    if (message.type === 'invoice.issued') invoices.push(ofInvoice(message.value));
  }
  for (const { value } of recordsOf(logs.get('statement'))) {
    const message = decode(value);
    if (message.type === 'statement.issued') statements.push(ofStatement(message.value));
  }
  compare(onceEach(invoices), await storedIn(snapshot, 'invoice'), tally);
  compare(onceEach(statements), await storedIn(snapshot, 'statement'), tally);
};
