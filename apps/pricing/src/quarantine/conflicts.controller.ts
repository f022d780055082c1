/**
 * The HTTP door to conflicts: the same name with another content. Both contents are shown, the one
 * that stands and the one that was kept apart.
 *
 * Source      R1, R9; reliability.md B33; requirements F2
 */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, decodeCursor, pageFields, Roles, Scoped, toPage } from '@suanpan/platform-http';
import type { Database, Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Running } from '../running.js';
import { DB } from '../tokens.js';
import { findEvent } from '../usage/find-event.js';
import { name } from '../wire.js';
import { openEvent, rawOf, SET_ASIDE, toWireEvent, toWireSetAside } from './set-aside.js';
import type { SetAsideRow } from './set-aside.js';

/** Each opens a sealed record: a page is shorter than elsewhere. */
const OPENED_MAX = 100;

const listQuery = z.strictObject({
  ...pageFields,
  limit: pageFields.limit.transform((limit) => Math.min(limit, OPENED_MAX)),
  centre: name.optional(),
});

const LIST = `
select ${SET_ASIDE} from quarantine
where reason = 'CONFLICT' and ($1::bigint is null or id > $1::bigint)
  and ($3::text is null or party = $3)
order by id limit $2`;

@ApiTags('quarantine')
@Controller('v1/conflicts')
@Scoped('events:read')
@Roles('operator', 'centre')
export class ConflictsController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(Running) private readonly running: Running,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Events whose name came before with another content, with both.' })
  list(
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
    @Caller() { tenant, party, role }: Caller,
  ): Promise<object> {
    const { limit, cursor, centre } = query;
    const [after] = decodeCursor(cursor, ['integer']) ?? [];
    const owner = role === 'operator' ? (centre ?? null) : (party ?? ' ');
    return this.db.inTenant({ tenant }, async (tx) => {
      const rows = await tx.query<SetAsideRow>(LIST, [after ?? null, limit + 1, owner]);
      const page = toPage(rows, limit, ({ id }) => [id]);
      const data = [];
      for (const row of page.data) data.push(await this.both(tx, tenant, row));
      return { ...page, data };
    });
  }

  private async both(tx: Tx, tenant: string, row: SetAsideRow): Promise<object> {
    const found = openEvent(await rawOf(tx, row, this.running.vault));
    const other = 'event' in found ? found.event : null;
    const source = other?.correctsSource ?? row.source ?? '';
    const id = other?.correctsId ?? row.event_id ?? '';
    // The first one may be of another centre, under a source that both may use: not to be shown.
    const first = await findEvent(tx, { tenant, source, id, centre: row.party });
    return {
      ...toWireSetAside(row),
      first: first ?? null,
      other: other === null ? null : toWireEvent(other),
    };
  }
}
