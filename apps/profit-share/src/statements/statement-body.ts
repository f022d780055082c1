/**
 * A statement's event as it is stored.
 *
 * Shape       amounts are decimal text in the statement's currency.
 * Invariant   fields are written one by one: what is stored is for ever.
 */
import { formatMoney, parseMoney } from '@suanpan/money';
import type { StatementIssued } from '@suanpan/profit-share';
import { z } from 'zod';

const body = z.object({
  statementId: z.string(),
  number: z.string(),
  partner: z.string(),
  role: z.string(),
  currency: z.string(),
  period: z.string(),
  issuedAt: z.string(),
  issueDate: z.string(),
  lines: z.array(
    z.object({
      line: z.number(),
      agreement: z.string(),
      agreementVersion: z.number(),
      invoice: z.string(),
      invoiceNumber: z.string(),
      model: z.string(),
      base: z.string(),
      share: z.string(),
      amount: z.string(),
    }),
  ),
  total: z.string(),
  documentHash: z.string(),
});

export const toStatementBody = (event: StatementIssued): { type: string; body: unknown } => ({
  type: event.type,
  body: {
    statementId: event.statementId,
    number: event.number,
    partner: event.partner,
    role: event.role,
    currency: event.currency,
    period: event.period,
    issuedAt: event.issuedAt.toString(),
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
  } satisfies z.infer<typeof body>,
});

export const fromStatementBody = (_type: string, stored: unknown): StatementIssued => {
  const read = body.parse(stored);
  const { currency } = read;
  return {
    type: 'StatementIssued',
    statementId: read.statementId,
    number: read.number,
    partner: read.partner,
    role: read.role,
    currency,
    period: read.period,
    issuedAt: BigInt(read.issuedAt),
    issueDate: read.issueDate,
    lines: read.lines.map((line) => ({ ...line, amount: parseMoney(line.amount, currency) })),
    total: parseMoney(read.total, currency),
    documentHash: read.documentHash,
  };
};
