/** Who was refused what: the operator sees all of its tenant, a centre sees its own. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, decodeCursor, pageFields, Roles, Scoped, toPage } from '@suanpan/platform-http';
import type { Page } from '@suanpan/platform-http';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { formatInstant } from '@suanpan/calendar';
import { z } from 'zod';
import { DATABASE } from '../tokens.js';

const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;

const refusedQuery = z.strictObject({ ...pageFields, code: z.string().regex(CODE).optional() });
type RefusedQuery = z.infer<typeof refusedQuery>;

interface RefusedRow {
  readonly centre: string;
  readonly partition: number;
  readonly log_offset: string;
  readonly source: string | null;
  readonly event_id: string | null;
  readonly code: string;
  readonly path: string | null;
  readonly detail: string;
  readonly received_at: string;
  readonly request_id: string;
}

interface RefusedEvent {
  readonly centre: string;
  readonly source: string | null;
  readonly id: string | null;
  readonly code: string;
  readonly path: string | null;
  readonly detail: string;
  readonly receivedAt: string;
  readonly requestId: string;
  /** Where the record lies in `usage.refused`. */
  readonly partition: number;
  readonly offset: string;
}

const LIST = `
select centre, partition, log_offset, source, event_id, code, path, detail, received_at, request_id
from refused
where (received_at, partition, log_offset) > ($1::timestamptz, $2::bigint, $3::bigint)
  and ($4::text is null or code = $4)
order by received_at, partition, log_offset limit $5`;

const FIRST = ['-infinity', '-1', '-1'];

const toWireRefused = (row: RefusedRow): RefusedEvent => ({
  centre: row.centre,
  source: row.source,
  id: row.event_id,
  code: row.code,
  path: row.path,
  detail: row.detail,
  receivedAt: formatInstant(fromRowInstant(row.received_at)),
  requestId: row.request_id,
  partition: row.partition,
  offset: row.log_offset,
});

@ApiTags('refused')
@Controller('v1/refused')
export class RefusedController {
  constructor(@Inject(DATABASE) private readonly db: Database) {}

  @Get()
  @Roles('operator', 'centre')
  @Scoped('refused:read')
  async list(
    @Query({ schema: refusedQuery }) { limit, cursor, code }: RefusedQuery,
    @Caller() { tenant, party }: Caller,
  ): Promise<Page<RefusedEvent>> {
    const after = decodeCursor(cursor, ['instant', 'integer', 'integer']) ?? FIRST;
    const scope = party === null ? { tenant } : { tenant, party };
    const rows = await this.db.inTenant(scope, (tx) =>
      tx.query<RefusedRow>(LIST, [...after, code ?? null, limit + 1]),
    );
    const page = toPage(rows, limit, (row) => [
      row.received_at,
      String(row.partition),
      row.log_offset,
    ]);
    return { data: page.data.map(toWireRefused), nextCursor: page.nextCursor };
  }
}
