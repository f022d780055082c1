/**
 * The compute centres of each tenant: who they are and whether they may send.
 *
 * Shape       one row a centre; a status is remembered in memory for less than a second.
 * Invariant   a suspended centre is refused within a second.
 * Source      ruling R18 (the directory lives here), reliability row B49
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Page, PageQuery } from '@suanpan/platform-http';
import { decodeCursor, toPage } from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { DATABASE } from '../tokens.js';

export const CENTRE_STATUSES = ['active', 'suspended'] as const;
export type CentreStatus = (typeof CENTRE_STATUSES)[number];

export interface Centre {
  readonly centre: string;
  readonly name: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly status: CentreStatus;
}

const REMEMBERED_MS = 500;
const REMEMBERED_MAX = 10_000;

const UPSERT = `
insert into centre (tenant, centre, name, country, status) values ($1, $2, $3, $4, $5)
on conflict (tenant, centre) do update
set name = excluded.name, country = excluded.country, status = excluded.status,
  updated_at = clock_timestamp()`;

const LIST = `
select centre, name, country, status from centre
where centre > $1 order by centre limit $2`;

@Injectable()
export class CentreDirectory {
  private readonly remembered = new Map<
    string,
    { readonly at: number; readonly status: Promise<CentreStatus | null> }
  >();

  constructor(@Inject(DATABASE) private readonly db: Database) {}

  /** Null when the tenant has no such centre. */
  statusOf(tenant: string, centre: string): Promise<CentreStatus | null> {
    const key = JSON.stringify([tenant, centre]);
    const known = this.remembered.get(key);
    const now = performance.now();
    if (known !== undefined && now - known.at < REMEMBERED_MS) return known.status;
    if (this.remembered.size >= REMEMBERED_MAX) this.remembered.clear();
    const status = this.load(tenant, centre);
    this.remembered.set(key, { at: now, status });
    status.catch(() => this.remembered.delete(key));
    return status;
  }

  async put(tenant: string, centre: Centre): Promise<void> {
    const { centre: id, name, country, status } = centre;
    await this.db.inTenant({ tenant }, (tx) =>
      tx.query(UPSERT, [tenant, id, name, country, status]),
    );
    this.remembered.delete(JSON.stringify([tenant, id]));
  }

  async list(tenant: string, { limit, cursor }: PageQuery): Promise<Page<Centre>> {
    const after = decodeCursor(cursor, ['text'])?.[0] ?? '';
    const rows = await this.db.inTenant({ tenant }, (tx) =>
      tx.query<Centre>(LIST, [after, limit + 1]),
    );
    return toPage(rows, limit, (row) => [row.centre]);
  }

  private async load(tenant: string, centre: string): Promise<CentreStatus | null> {
    const rows = await this.db.inTenant({ tenant }, (tx) =>
      tx.query<Pick<Centre, 'status'>>('select status from centre where centre = $1', [centre]),
    );
    return rows[0]?.status ?? null;
  }
}
