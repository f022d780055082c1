/**
 * The contracts of each tenant as this service knows them, and how late each may be metered.
 *
 * Owns        the late limits, which an operator sets here; no message of the log carries one. The
 *             contracts themselves are pricing's: the table is a projection of topic `contract`.
 * Units       days in the table and at the door, microseconds in the rules
 * Invariant   a contract that is not known here is no reason to refuse (B48).
 * Source      ruling R18; design 3.5; docs/adr/0021-late-limit-per-contract.md
 */
import { Inject, Injectable } from '@nestjs/common';
import { decodeCursor, toPage } from '@suanpan/platform-http';
import type { Page, PageQuery } from '@suanpan/platform-http';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { formatInstant } from '@suanpan/calendar';
import { Remembered } from '../remembered.js';
import { DATABASE } from '../tokens.js';

export interface Contract {
  readonly contract: string;
  readonly buyer: string;
  readonly startsAt: string;
  readonly endsAt: string | null;
  /** Null: the usual limit. */
  readonly lateLimitDays: number | null;
}

interface ContractRow {
  readonly contract: string;
  readonly buyer: string;
  readonly starts_at: string;
  readonly ends_at: string | null;
  readonly days: number | null;
}

export interface LateLimit {
  readonly tenant: string;
  readonly contract: string;
  readonly days: number;
  /** The key that set it. */
  readonly by: string;
}

const MICROS_PER_DAY = 86_400_000_000n;
const LIMITS_MAX = 100_000;

const LIST = `
select c.contract, c.buyer, c.starts_at, c.ends_at, l.days
from contract c left join contract_late_limit l using (tenant, contract)
where c.contract > $1 order by c.contract limit $2`;

const SET = `
insert into contract_late_limit (tenant, contract, days, set_by)
select tenant, contract, $2, $3 from contract where contract = $1
on conflict (tenant, contract) do update
set days = excluded.days, set_by = excluded.set_by, set_at = clock_timestamp()
returning contract`;

const instant = (text: string): string => formatInstant(fromRowInstant(text));

const toWireContract = (row: ContractRow): Contract => ({
  contract: row.contract,
  buyer: row.buyer,
  startsAt: instant(row.starts_at),
  endsAt: row.ends_at === null ? null : instant(row.ends_at),
  lateLimitDays: row.days,
});

@Injectable()
export class ContractDirectory {
  private readonly limits = new Remembered(([tenant = '']) => this.load(tenant));

  constructor(@Inject(DATABASE) private readonly db: Database) {}

  /** The contracts with a limit of their own, in microseconds. */
  lateLimits(tenant: string): Promise<ReadonlyMap<string, bigint>> {
    return this.limits.get(tenant);
  }

  async list(tenant: string, { limit, cursor }: PageQuery): Promise<Page<Contract>> {
    const after = decodeCursor(cursor, ['text'])?.[0] ?? '';
    const rows = await this.db.inTenant({ tenant }, (tx) =>
      tx.query<ContractRow>(LIST, [after, limit + 1]),
    );
    const page = toPage(rows, limit, (row) => [row.contract]);
    return { data: page.data.map(toWireContract), nextCursor: page.nextCursor };
  }

  /** False when the tenant has no such contract. */
  async setLateLimit({ tenant, contract, days, by }: LateLimit): Promise<boolean> {
    const rows = await this.db.inTenant({ tenant }, (tx) => tx.query(SET, [contract, days, by]));
    this.limits.forget(tenant);
    return rows.length > 0;
  }

  /** Goes back to the usual limit; false when the contract has none of its own. */
  async dropLateLimit(tenant: string, contract: string): Promise<boolean> {
    const sql = 'delete from contract_late_limit where contract = $1 returning contract';
    const rows = await this.db.inTenant({ tenant }, (tx) => tx.query(sql, [contract]));
    this.limits.forget(tenant);
    return rows.length > 0;
  }

  private async load(tenant: string): Promise<ReadonlyMap<string, bigint>> {
    const rows = await this.db.inTenant({ tenant }, (tx) =>
      tx.query<{ contract: string; days: number }>(
        'select contract, days from contract_late_limit limit $1',
        [LIMITS_MAX],
      ),
    );
    return new Map(rows.map(({ contract, days }) => [contract, BigInt(days) * MICROS_PER_DAY]));
  }
}
