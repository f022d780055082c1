import { createHash } from 'node:crypto';
import type { Instant } from '@suanpan/calendar';
import type { Decider } from '@suanpan/event-sourcing';
import { Rejection } from '@suanpan/event-sourcing';
import type { Money } from '@suanpan/money';
import { formatMoney, sumMoney } from '@suanpan/money';
import type { StatementLine } from './statement-lines.js';

/**
 * What one partner earned in one period, frozen once issued.
 *
 * Owns        the statement as a document. How the amounts come about is ./distribute.
 * Invariant   total = Σ lines; nothing changes an issued statement, a correction is a line of a later
 *             one. One currency a statement.
 * Rejections  STATEMENT_EXISTS, NOTHING_TO_STATE, LINE_CURRENCY_DIFFERS
 * Source      design.md 1 (statement), R10
 */
export interface NumberedLine extends StatementLine {
  readonly line: number;
}

export interface IssueStatement {
  readonly type: 'IssueStatement';
  readonly statementId: string;
  /** Gapless within the operator's series; given by the caller. */
  readonly number: string;
  readonly partner: string;
  readonly role: string;
  readonly currency: string;
  readonly period: string;
  readonly issuedAt: Instant;
  /** ISO date on the operator's calendar. */
  readonly issueDate: string;
  readonly lines: readonly StatementLine[];
}

export interface StatementIssued extends Omit<IssueStatement, 'type' | 'lines'> {
  readonly type: 'StatementIssued';
  readonly lines: readonly NumberedLine[];
  readonly total: Money;
  /** SHA-256, hex, over the document's fields. */
  readonly documentHash: string;
}

export type Statement =
  | { readonly status: 'draft' }
  | { readonly status: 'issued'; readonly number: string; readonly total: Money };

const FORMAT = 'suanpan.statement.1';

/** Every field is its 4-byte length and its UTF-8 bytes, so that no two documents share bytes. */
const hashOf = (fields: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const text of fields) {
    const bytes = Buffer.from(text, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest('hex');
};

const lineFields = (line: NumberedLine): readonly string[] => [
  line.line.toString(),
  line.agreement,
  line.agreementVersion.toString(),
  line.invoice,
  line.invoiceNumber,
  line.model,
  line.base,
  line.share,
  formatMoney(line.amount),
];

type Document = Omit<StatementIssued, 'type' | 'documentHash'>;

/** The hash of what the partner can read; the moment of issue is in it by its date only. */
const documentHash = (document: Document): string =>
  hashOf([
    FORMAT,
    document.statementId,
    document.number,
    document.partner,
    document.role,
    document.currency,
    document.period,
    document.issueDate,
    formatMoney(document.total),
    document.lines.length.toString(),
    ...document.lines.flatMap(lineFields),
  ]);

const requireCurrency = ({ statementId, currency, lines }: IssueStatement): void => {
  const stray = lines.find(({ amount }) => amount.currency !== currency);
  if (stray !== undefined) {
    throw new Rejection(
      'LINE_CURRENCY_DIFFERS',
      `${statementId} is in ${currency}, its line of ${stray.invoice} in ${stray.amount.currency}.`,
    );
  }
};

const numbered = (line: StatementLine, index: number): NumberedLine => ({
  line: index + 1,
  agreement: line.agreement,
  agreementVersion: line.agreementVersion,
  invoice: line.invoice,
  invoiceNumber: line.invoiceNumber,
  model: line.model,
  base: line.base,
  share: line.share,
  amount: line.amount,
});

const issue = (state: Statement, command: IssueStatement): StatementIssued => {
  const { statementId, currency, lines } = command;
  if (state.status === 'issued') {
    throw new Rejection('STATEMENT_EXISTS', `${statementId} was issued as ${state.number}.`);
  }
  if (lines.length === 0) {
    throw new Rejection('NOTHING_TO_STATE', `${statementId} would have no line.`);
  }
  requireCurrency(command);
  const document: Document = {
    statementId,
    number: command.number,
    partner: command.partner,
    role: command.role,
    currency,
    period: command.period,
    issuedAt: command.issuedAt,
    issueDate: command.issueDate,
    lines: lines.map(numbered),
    total: sumMoney(
      currency,
      lines.map(({ amount }) => amount),
    ),
  };
  return { type: 'StatementIssued', ...document, documentHash: documentHash(document) };
};

export const statement: Decider<Statement, IssueStatement, StatementIssued> = {
  initial: { status: 'draft' },
  decide: (state, command) => [issue(state, command)],
  evolve: (_state, { number, total }) => ({ status: 'issued', number, total }),
};
