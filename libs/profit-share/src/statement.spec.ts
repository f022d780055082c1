import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { given } from '@suanpan/event-sourcing';
import { money } from '@suanpan/money';
import type { IssueStatement, StatementIssued } from './statement.js';
import { statement } from './statement.js';
import type { StatementLine } from './statement-lines.js';

const line = (model: string, minor: bigint): StatementLine => ({
  agreement: 'AG-1',
  agreementVersion: 1,
  invoice: 'INV-1',
  invoiceNumber: 'S-2026-1',
  model,
  base: '465.27',
  share: '55.00% of the rest',
  amount: money(minor, 'USD'),
});
const issue: IssueStatement = {
  type: 'IssueStatement',
  statementId: 'centre-2026-05',
  number: 'P-2026-1',
  partner: 'centre',
  role: 'centre',
  currency: 'USD',
  period: '2026-05',
  issuedAt: parseInstant('2026-06-30T02:00:00Z'),
  issueDate: '2026-06-30',
  lines: [line('m-agent', 50_000n), line('m-chat', 24_519n)],
};
const issued = (command: IssueStatement): StatementIssued => {
  const outcome = given(statement).when(command);
  if (!('length' in outcome) || outcome[0] === undefined) throw new Error('It was refused.');
  return outcome[0];
};

describe('IssueStatement', () => {
  it('numbers the lines and adds them up', () => {
    expect(issued(issue)).toMatchObject({
      type: 'StatementIssued',
      number: 'P-2026-1',
      total: { minor: 74_519n, currency: 'USD' },
      lines: [
        { line: 1, model: 'm-agent' },
        { line: 2, model: 'm-chat' },
      ],
    });
  });

  it('is frozen: a second issue is STATEMENT_EXISTS, the same or another', () => {
    const past = issued(issue);
    expect(given(statement, past).when(issue)).toEqual({ rejected: 'STATEMENT_EXISTS' });
    const other = { ...issue, lines: [line('m-chat', 1n)] };
    expect(given(statement, past).when(other)).toEqual({ rejected: 'STATEMENT_EXISTS' });
  });

  it('without a line is NOTHING_TO_STATE, with a line of 0.00 it is not', () => {
    const outcome = given(statement).when({ ...issue, lines: [] });
    expect(outcome).toEqual({ rejected: 'NOTHING_TO_STATE' });
    expect(issued({ ...issue, lines: [line('m-chat', 0n)] }).total.minor).toBe(0n);
  });

  it('with a line in another currency is LINE_CURRENCY_DIFFERS', () => {
    const stray = { ...line('m-chat', 1n), amount: money(1n, 'CNY') };
    const outcome = given(statement).when({ ...issue, lines: [...issue.lines, stray] });
    expect(outcome).toEqual({ rejected: 'LINE_CURRENCY_DIFFERS' });
  });

  it('has a hash of what the partner reads, whatever the second of issue', () => {
    const { documentHash } = issued(issue);
    expect(documentHash).toMatch(/^[0-9a-f]{64}$/);
    const later = { ...issue, issuedAt: issue.issuedAt + 1n };
    expect(issued(later).documentHash).toBe(documentHash);
    const changes: readonly Partial<IssueStatement>[] = [
      { number: 'P-2026-2' },
      { period: '2026-06' },
      { lines: [...issue.lines].reverse() },
      { lines: [line('m-agent', 50_001n), line('m-chat', 24_518n)] },
    ];
    const hashes = changes.map((change) => issued({ ...issue, ...change }).documentHash);
    expect(new Set([documentHash, ...hashes]).size).toBe(5);
  });
});
