/**
 * Issues the statements of a period: one a partner, role and currency, from the shares that no
 * statement holds yet.
 *
 * Invariant   all of them or none; one run at a time a tenant; numbers have no gap. A second run
 *             finds no share left and issues nothing.
 * Rejections  PERIOD_STILL_OPEN with the list of what is open
 * Source      design 1 (statement), rulings R8, R10; I10
 */
import { parseMoney } from '@suanpan/money';
import { HttpProblem } from '@suanpan/platform-http';
import { crashPoint } from '@suanpan/platform-observability';
import { handleIn } from '@suanpan/platform-postgres';
import type { EventMeta, Tx } from '@suanpan/platform-postgres';
import type { StatementIssued, StatementLine } from '@suanpan/profit-share';
import { statement } from '@suanpan/profit-share';
import { fromStatementBody, toStatementBody } from './statement-body.js';
import { SERIES, numberOf, projectStatement } from './statement-rows.js';
import { toWireStatement } from './statement-wire.js';
import { obstaclesTo } from './still-open.js';

interface IssueOrder {
  readonly tenant: string;
  readonly period: string;
  readonly issueDate: string;
  readonly meta: EventMeta;
}

interface ShareRow {
  readonly party: string;
  readonly role: string;
  readonly currency: string;
  readonly invoice: string;
  readonly invoice_number: string;
  readonly agreement: string;
  readonly agreement_version: number;
  readonly model: string;
  readonly base: string;
  readonly share_rule: string;
  readonly share: string;
}

const ONE_AT_A_TIME = `
select pg_advisory_xact_lock(hashtextextended(current_schema() || ':statements:' || $1, 0))`;

const UNSTATED = `
select party, role, currency, invoice, invoice_number, agreement, agreement_version, model, base,
  share_rule, share
from distribution where tenant = $1 and period = $2 and statement is null
order by party collate "C", role collate "C", currency collate "C", invoice_number collate "C",
  agreement collate "C", agreement_version, model collate "C"`;

const NEXT_NUMBER = `
insert into statement_series (tenant, series, last_sequence) values ($1, $2, 1)
on conflict (tenant, series) do update set last_sequence = statement_series.last_sequence + 1
returning last_sequence`;

const EARLIER = `
select count(*) as count from statement
where tenant = $1 and period = $2 and currency = $3 and role = $4 and partner = $5`;

const grouped = (rows: readonly ShareRow[]): readonly (readonly ShareRow[])[] => {
  const groups = new Map<string, ShareRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.party, row.role, row.currency]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
};

const toLine = (row: ShareRow): StatementLine => ({
  agreement: row.agreement,
  agreementVersion: row.agreement_version,
  invoice: row.invoice,
  invoiceNumber: row.invoice_number,
  model: row.model,
  base: row.base,
  share: row.share_rule,
  amount: parseMoney(row.share, row.currency),
});

/** The first statement of a partner and period has a plain id, a later one its place. */
const statementIdOf = async (tx: Tx, order: IssueOrder, row: ShareRow): Promise<string> => {
  const { tenant, period } = order;
  const key = [tenant, period, row.currency, row.role, row.party];
  const [earlier] = await tx.query<{ count: string }>(EARLIER, key);
  const place = Number(earlier?.count ?? 0) + 1;
  const id = [period, row.currency, row.role, row.party].join(':');
  return place === 1 ? id : `${id}:${place}`;
};

const issueOne = async (
  tx: Tx,
  order: IssueOrder,
  rows: readonly ShareRow[],
): Promise<readonly StatementIssued[]> => {
  const { tenant, period, issueDate, meta } = order;
  const [first] = rows;
  if (first === undefined) return [];
  const statementId = await statementIdOf(tx, order, first);
  const [next] = await tx.query<{ last_sequence: string }>(NEXT_NUMBER, [tenant, SERIES]);
  const { events } = await handleIn(
    tx,
    {
      decider: statement,
      toBody: toStatementBody,
      fromBody: fromStatementBody,
      publish: ({ events: issued }) => issued.map((event) => toWireStatement(tenant, event)),
      project: async (inside, { events: issued }) => {
        for (const event of issued) await projectStatement(inside, tenant, event);
      },
    },
    {
      scope: { tenant },
      streamId: `statement:${statementId}`,
      meta,
      command: {
        type: 'IssueStatement',
        statementId,
        number: numberOf(BigInt(next?.last_sequence ?? 1)),
        partner: first.party,
        role: first.role,
        currency: first.currency,
        period,
        issuedAt: meta.at,
        issueDate,
        lines: rows.map(toLine),
      },
    },
  );
  crashPoint('profit-share:statement-issued');
  return events;
};

/** Runs inside the operator's transaction. */
export const issueStatements = async (
  tx: Tx,
  order: IssueOrder,
): Promise<readonly StatementIssued[]> => {
  const { tenant, period } = order;
  await tx.query(ONE_AT_A_TIME, [tenant]);
  const errors = await obstaclesTo(tx, tenant, period);
  if (errors.length > 0) {
    const detail = `${errors.length} things of ${period} are still open.`;
    throw new HttpProblem(409, 'PERIOD_STILL_OPEN', { detail, errors });
  }
  const issued: StatementIssued[] = [];
  for (const rows of grouped(await tx.query<ShareRow>(UNSTATED, [tenant, period]))) {
    issued.push(...(await issueOne(tx, order, rows)));
  }
  crashPoint('profit-share:statements-before-commit');
  return issued;
};
