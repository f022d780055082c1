/** The HTTP door to what was accepted but is unreadable or in conflict. Raw bytes stay sealed. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatInstant } from '@suanpan/calendar';
import { decodeCursor, pageQuery, Roles, toPage } from '@suanpan/platform-http';
import type { PageQuery } from '@suanpan/platform-http';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { Asked } from '../asked.js';
import { DB } from '../tokens.js';

const LIST = `
select id, reason, detail, topic, partition, log_offset, source, event_id, attempts, first_seen,
  status
from quarantine where $1::bigint is null or id > $1::bigint order by id limit $2`;

interface QuarantineRow {
  readonly id: string;
  readonly reason: string;
  readonly detail: string;
  readonly topic: string;
  readonly partition: number;
  readonly log_offset: string;
  readonly source: string | null;
  readonly event_id: string | null;
  readonly attempts: number;
  readonly first_seen: string;
  readonly status: string;
}

const toWireQuarantined = (row: QuarantineRow) => ({
  id: row.id,
  reason: row.reason,
  detail: row.detail,
  topic: row.topic,
  partition: row.partition,
  offset: row.log_offset,
  source: row.source,
  eventId: row.event_id,
  attempts: row.attempts,
  firstSeenAt: formatInstant(fromRowInstant(row.first_seen)),
  status: row.status,
});

@ApiTags('quarantine')
@Controller('v1/quarantine')
@Roles('operator')
export class QuarantineController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get()
  list(
    @Query({ schema: pageQuery }) { limit, cursor }: PageQuery,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const [after] = decodeCursor(cursor, ['integer']) ?? [];
    return this.db.inTenant(scope, async (tx) => {
      const rows = await tx.query<QuarantineRow>(LIST, [after ?? null, limit + 1]);
      const page = toPage(rows, limit, ({ id }) => [id]);
      return { ...page, data: page.data.map(toWireQuarantined) };
    });
  }
}
