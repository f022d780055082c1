/**
 * Requests to close a period, kept until every contract of them is closed.
 *
 * Invariant   what is due stands here; a job only wakes up who looks. Two requests for the same
 *             contracts and period that wait at the same time are one.
 * Rejections  FUTURE_PERIOD, UNKNOWN_CONTRACT
 * Source      design.md 3.8, 3.10; reliability.md D11, D12
 */
import { randomUUID } from 'node:crypto';
import { formatInstant, monthPeriod } from '@suanpan/calendar';
import { Rejection, Unavailable } from '@suanpan/event-sourcing';
import { ATTEMPTS_MAX, fromRowInstant, toRowInstant } from '@suanpan/platform-postgres';
import type { Database, EventMeta, Scope, Tx } from '@suanpan/platform-postgres';
import type { ContractRow } from '../contracts/contract-row.js';
import type { CloseReport } from './billable-sums.js';

export interface CloseContractRow {
  readonly contract: string;
  readonly status: 'waiting' | 'closed' | 'failed';
  readonly invoice: string | null;
  readonly number: string | null;
  readonly total: string | null;
  readonly currency: string | null;
  readonly reason: string | null;
  readonly report: CloseReport | null;
}

interface CloseStatus {
  readonly id: string;
  readonly period: string;
  readonly status: 'waiting' | 'done' | 'failed';
  readonly contracts: readonly CloseContractRow[];
}

export interface CloseOrder {
  readonly period: string;
  /** Nothing: all contracts that started before the period's end. */
  readonly contracts: readonly string[] | null;
}

const startsBeforeEnd = (row: ContractRow, period: string): boolean =>
  fromRowInstant(row.valid_from) < monthPeriod(row.zone, period).end;

const chosen = (
  rows: readonly ContractRow[],
  { period, contracts }: CloseOrder,
): readonly ContractRow[] => {
  if (contracts === null) return rows.filter((row) => startsBeforeEnd(row, period));
  const byName = new Map(rows.map((row) => [row.contract, row]));
  return contracts.map((name) => {
    const row = byName.get(name);
    if (row === undefined) throw new Rejection('UNKNOWN_CONTRACT', `There is no contract ${name}.`);
    return row;
  });
};

const requirePast = (row: ContractRow, period: string, now: bigint): void => {
  const { end } = monthPeriod(row.zone, period);
  if (now >= end) return;
  const text = formatInstant(end);
  throw new Rejection('FUTURE_PERIOD', `${period} of ${row.contract} runs until ${text}.`);
};

const ADD = `
insert into close_request (tenant, id, period, contracts, status, requested_at, actor, request_id)
values ($1, $2, $3, $4, 'waiting', $5, $6, $7)
on conflict (tenant, period, coalesce(contracts::text, '')) where status = 'waiting' do nothing
returning id`;

const WAITING = `
select id from close_request where tenant = $1 and period = $2
  and coalesce(contracts::text, '') = coalesce($3::jsonb::text, '') and status = 'waiting'`;

const ADD_CONTRACTS = `
insert into close_contract (tenant, close_id, contract, status)
select $1, $2, c, 'waiting' from unnest($3::text[]) as c`;

const CONTRACTS = `
select c.contract, c.status, c.invoice, i.number, i.total, i.currency, c.reason, c.report
from close_contract c left join invoice i on i.tenant = c.tenant and i.invoice = c.invoice
where c.close_id = $1 order by c.contract`;

export class CloseRequests {
  constructor(private readonly db: Database) {}

  /** Writes the request, or finds the one that waits already; gives its id. */
  async add(scope: Scope, order: CloseOrder, meta: EventMeta): Promise<string> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const id = await this.db.inTenant(scope, (tx) => this.addOnce(tx, { scope, order, meta }));
      // The one that waited was finished between the two statements: ask again.
      if (id !== undefined) return id;
    }
    throw new Unavailable('CLOSE_BUSY', `Too many closes of ${order.period} at once.`);
  }

  find(scope: Scope, id: string): Promise<CloseStatus | undefined> {
    return this.db.inTenant(scope, async (tx) => {
      const [row] = await tx.query<Omit<CloseStatus, 'contracts'>>(
        'select id, period, status from close_request where id = $1',
        [id],
      );
      if (row === undefined) return undefined;
      return { ...row, contracts: await tx.query<CloseContractRow>(CONTRACTS, [id]) };
    });
  }

  private async addOnce(
    tx: Tx,
    {
      scope,
      order,
      meta,
    }: {
      readonly scope: Scope;
      readonly order: CloseOrder;
      readonly meta: EventMeta;
    },
  ): Promise<string | undefined> {
    const rows = chosen(await tx.query<ContractRow>('select * from contract'), order);
    for (const row of rows) requirePast(row, order.period, meta.at);
    const sorted = order.contracts === null ? null : [...new Set(order.contracts)].sort();
    const listed = sorted === null ? null : JSON.stringify(sorted);
    const id = `close-${randomUUID()}`;
    const added = await tx.query(ADD, [
      scope.tenant,
      id,
      order.period,
      listed,
      toRowInstant(meta.at),
      meta.actor,
      meta.requestId,
    ]);
    if (added.length === 0) {
      const [waiting] = await tx.query<{ id: string }>(WAITING, [
        scope.tenant,
        order.period,
        listed,
      ]);
      return waiting?.id;
    }
    const names = [...new Set(rows.map(({ contract }) => contract))];
    await tx.query(ADD_CONTRACTS, [scope.tenant, id, names]);
    return id;
  }
}
