/**
 * The bank's lines: money in, money out, and the documents behind each.
 *
 * Owns        the rows; receipts and settlements say what stands in them.
 * Source      I9 (every payment leads back to its documents)
 */
import type { Tx } from '@suanpan/platform-postgres';

interface BankLine {
  readonly bankLine: string;
  readonly entity: string;
  readonly direction: 'in' | 'out';
  readonly account: string;
  readonly counterparty: string;
  readonly currency: string;
  /** Decimal text in the currency. */
  readonly amount: string;
  readonly date: string;
  readonly reference: string;
}

interface BankLineDocument {
  readonly kind: 'invoice' | 'statement';
  readonly document: string;
  readonly number: string;
  readonly currency: string;
  readonly amount: string;
}

const UNASSIGNED = 'unassigned';

/** The account for a currency; money that came to none we know of is still money. */
export const accountIn = (
  accounts: readonly { readonly account: string; readonly currency: string }[],
  currency: string,
): string => accounts.find((own) => own.currency === currency)?.account ?? UNASSIGNED;

const LINE = `
insert into bank_line (tenant, bank_line, entity, direction, account, counterparty, currency,
  amount, date, reference)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

export const insertBankLine = async (tx: Tx, tenant: string, line: BankLine): Promise<void> => {
  await tx.query(LINE, [
    ...[tenant, line.bankLine, line.entity, line.direction, line.account, line.counterparty],
    ...[line.currency, line.amount, line.date, line.reference],
  ]);
};

const DOCUMENTS = `
insert into bank_line_document (tenant, bank_line, kind, document, number, currency, amount)
select $1, $2, * from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[])`;

export const insertBankLineDocuments = async (
  tx: Tx,
  key: readonly [tenant: string, bankLine: string],
  documents: readonly BankLineDocument[],
): Promise<void> => {
  await tx.query(DOCUMENTS, [
    ...key,
    documents.map(({ kind }) => kind),
    documents.map(({ document }) => document),
    documents.map(({ number }) => number),
    documents.map(({ currency }) => currency),
    documents.map(({ amount }) => amount),
  ]);
};
