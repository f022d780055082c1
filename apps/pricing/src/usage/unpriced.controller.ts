/**
 * The HTTP door to events that no price fits yet, and to corrections whose call is not known yet:
 * list them, ask for another look.
 *
 * Invariant   an answer of 202 stands in the database; the look itself comes within seconds.
 * Source      reliability.md B48, D12; issue 4 part 5
 */
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { formatInstant } from '@suanpan/calendar';
import { decodeCursor, Idempotent, pageFields, Roles, toPage } from '@suanpan/platform-http';
import type { WakeUps } from '@suanpan/platform-jobs';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked } from '../asked.js';
import type { Action } from '../corrections/correction-name.js';
import { CENTRE_MISMATCH } from '../corrections/settle-corrections.js';
import { lockLog } from '../cuts/cut.js';
import { requestByOperator } from '../rating/rerate-requests.js';
import { DB, RERATE, WAKE_UPS } from '../tokens.js';
import { name } from '../wire.js';

const code = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'A code is capitals, digits and _.');
const listQuery = z.strictObject({
  ...pageFields,
  ...{ contract: name.optional(), code: code.optional(), model: name.optional() },
});
const rerateOrder = z.strictObject({ contract: name.optional() }).meta({ id: 'RerateOrder' });

const LIST = `
select * from (
  select 'call' as type, h1, h2, 0::bigint as revision, null as action, source, id,
    null as call_source, null as call_id, contract, model, code, since, partition, "offset"
  from unpriced
  where resolved_cut is null and superseded_by is null
  union all
  select 'correction', h1, h2, revision, action, source, id, call_source, call_id, contract,
    nullif(event::json->'fields'->>'modelOrdered', ''), code, since, partition, "offset"
  from correction
  where code is not null and code <> '${CENTRE_MISMATCH}') open
where ($1::bigint is null or (h1, h2, revision) > ($1::bigint, $2::bigint, $3::bigint))
  and ($4::text is null or contract = $4) and ($5::text is null or code = $5)
  and ($6::text is null or model = $6)
order by h1, h2, revision limit $7`;

interface UnpricedRow {
  readonly type: 'call' | 'correction';
  readonly h1: string;
  readonly h2: string;
  /** 0: the call itself. */
  readonly revision: string;
  readonly action: Action | null;
  readonly source: string;
  readonly id: string;
  /** The call that a correction names. */
  readonly call_source: string | null;
  readonly call_id: string | null;
  /** A void names neither contract nor model. */
  readonly contract: string | null;
  readonly model: string | null;
  readonly code: string;
  readonly since: string;
  readonly partition: number;
  readonly offset: string;
}

const toWireUnpriced = (row: UnpricedRow) => {
  const isCall = row.type === 'call';
  return {
    type: row.type,
    source: row.source,
    id: row.id,
    corrects: isCall ? null : { source: row.call_source, id: row.call_id },
    revision: isCall ? null : row.revision,
    action: row.action,
    contract: row.contract,
    model: row.model,
    code: row.code,
    since: formatInstant(fromRowInstant(row.since)),
    partition: row.partition,
    offset: row.offset,
  };
};

@ApiTags('usage')
@Controller('v1/unpriced')
@Roles('operator')
export class UnpricedController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(WAKE_UPS) private readonly wakeUps: WakeUps,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Calls and corrections that lack a price, and corrections that wait for their call.',
  })
  list(
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const { limit, cursor } = query;
    const after = decodeCursor(cursor, ['integer', 'integer', 'integer']) ?? [null, null, null];
    const filters = [query.contract, query.code, query.model].map((filter) => filter ?? null);
    return this.db.inTenant(scope, async (tx) => {
      const rows = await tx.query<UnpricedRow>(LIST, [...after, ...filters, limit + 1]);
      const page = toPage(rows, limit, (row) => [row.h1, row.h2, row.revision]);
      return { ...page, data: page.data.map(toWireUnpriced) };
    });
  }

  @Post('rerate')
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({ summary: 'Looks again at the unpriced events of one contract, or of all.' })
  async rerate(
    @Body({ schema: rerateOrder }) { contract = null }: { readonly contract?: string | null },
    @Asked() { scope, requestId }: Asked,
  ): Promise<object> {
    const { tenant } = scope;
    const contracts = await this.db.inTenant(scope, async (tx) => {
      await lockLog(tx);
      return requestByOperator(tx, { tenant, contract });
    });
    if (contracts.length > 0) await this.wakeUps.wake(RERATE, requestId);
    return { contracts: contracts.length };
  }
}
