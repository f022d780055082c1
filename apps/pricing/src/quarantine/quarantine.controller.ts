/**
 * The HTTP door to what was accepted but is unreadable or in conflict: list, open, send again, put
 * to rest.
 *
 * Source      reliability.md D08; rulings R1, R23
 */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  decodeCursor,
  Idempotent,
  notFound,
  pageFields,
  Roles,
  toPage,
} from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked } from '../asked.js';
import { Running } from '../running.js';
import { DB } from '../tokens.js';
import { name } from '../wire.js';
import { Redrive, REDRIVEN_MAX } from './redrive.js';
import { openEvent, rawOf, SET_ASIDE, toWireEvent, toWireSetAside } from './set-aside.js';
import type { SetAsideRow } from './set-aside.js';

const NAME_MAX = 1_024;
const rowId = z.string().regex(/^[1-9]\d{0,17}$/, 'An id is a whole number.');
const reason = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'A reason is a code.');
const idPath = z.strictObject({ id: rowId });
const listQuery = z.strictObject({
  ...pageFields,
  reason: reason.optional(),
  centre: name.optional(),
  status: z.enum(['open', 'redriven', 'dismissed']).optional(),
  source: z.string().min(1).max(NAME_MAX).optional(),
  id: z.string().min(1).max(NAME_MAX).optional(),
});
const redriveOrder = z
  .strictObject({
    ids: z.array(rowId).min(1).max(REDRIVEN_MAX).optional(),
    reason: reason.optional(),
    centre: name.optional(),
    /** The `nextCursor` of the request before. */
    cursor: pageFields.cursor,
  })
  .meta({ id: 'RedriveOrder' });

const LIST = `
select ${SET_ASIDE} from quarantine
where ($1::bigint is null or id > $1::bigint) and ($3::text is null or reason = $3)
  and ($4::text is null or party = $4) and ($5::text is null or status = $5)
  and ($6::text is null or source = $6) and ($7::text is null or event_id = $7)
order by id limit $2`;

const DISMISS = `
update quarantine set status = 'dismissed', last_seen = clock_timestamp()
where id = $1 and status in ('open', 'dismissed') returning ${SET_ASIDE}`;

@ApiTags('quarantine')
@Controller('v1/quarantine')
@Roles('operator')
export class QuarantineController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(Running) private readonly running: Running,
    @Inject(Redrive) private readonly redriving: Redrive,
  ) {}

  @Get()
  list(
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const { limit, cursor, reason: code, centre, status, source, id } = query;
    const [after] = decodeCursor(cursor, ['integer']) ?? [];
    const filters = [code, centre, status, source, id].map((filter) => filter ?? null);
    return this.db.inTenant(scope, async (tx) => {
      const rows = await tx.query<SetAsideRow>(LIST, [after ?? null, limit + 1, ...filters]);
      const page = toPage(rows, limit, (row) => [row.id]);
      return { ...page, data: page.data.map(toWireSetAside) };
    });
  }

  @Get(':id')
  @ApiOperation({ summary: 'One record with its content, opened.' })
  show(
    @Param({ schema: idPath }) { id }: z.infer<typeof idPath>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    return this.db.inTenant(scope, async (tx) => {
      const [row] = await tx.query<SetAsideRow>(
        `select ${SET_ASIDE} from quarantine where id = $1`,
        [id],
      );
      if (row === undefined) throw notFound('record');
      const raw = await rawOf(tx, row, this.running.vault);
      const found = openEvent(raw);
      return {
        ...toWireSetAside(row),
        event: 'event' in found ? toWireEvent(found.event) : null,
        unreadable: 'event' in found ? null : found.unreadable,
        rawBase64: raw?.toString('base64') ?? null,
      };
    });
  }

  @Post('redrive')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({
    summary:
      'Sends records again on the way of every event: some, or all that fit, 1,000 a request.',
  })
  async redrive(
    @Body({ schema: redriveOrder }) order: z.infer<typeof redriveOrder>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const { ids = null, reason: code = null, centre = null, cursor } = order;
    const { tenant } = scope;
    const filter = { tenant, ids, reason: code, centre, cursor };
    const { results, nextCursor } = await this.redriving.run(filter);
    const redriven = results.filter(({ status }) => status === 'redriven').length;
    const unreadable = results.length - redriven;
    return { redriven, unreadable, results, nextCursor, max: REDRIVEN_MAX };
  }

  @Post(':id/dismiss')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({ summary: 'Says that nothing more is to be done about a record. It stays.' })
  dismiss(
    @Param({ schema: idPath }) { id }: z.infer<typeof idPath>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    return this.db.inTenant(scope, async (tx) => {
      const [row] = await tx.query<SetAsideRow>(DISMISS, [id]);
      if (row === undefined) throw notFound('open record');
      return toWireSetAside(row);
    });
  }
}
