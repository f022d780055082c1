/**
 * The HTTP door to events that no price fits yet: list them, ask for another look.
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
select h1, h2, source, id, contract, model, code, since, partition, "offset" from unpriced
where resolved_cut is null and superseded_by is null
  and ($1::bigint is null or (h1, h2) > ($1::bigint, $2::bigint))
  and ($3::text is null or contract = $3) and ($4::text is null or code = $4)
  and ($5::text is null or model = $5)
order by h1, h2 limit $6`;

interface UnpricedRow {
  readonly h1: string;
  readonly h2: string;
  readonly source: string;
  readonly id: string;
  readonly contract: string;
  readonly model: string;
  readonly code: string;
  readonly since: string;
  readonly partition: number;
  readonly offset: string;
}

const toWireUnpriced = ({ h1: _h1, h2: _h2, since, ...row }: UnpricedRow) => ({
  ...row,
  since: formatInstant(fromRowInstant(since)),
});

@ApiTags('usage')
@Controller('v1/unpriced')
@Roles('operator')
export class UnpricedController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(WAKE_UPS) private readonly wakeUps: WakeUps,
  ) {}

  @Get()
  list(
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const { limit, cursor } = query;
    const [h1, h2] = decodeCursor(cursor, ['integer', 'integer']) ?? [];
    const filters = [query.contract, query.code, query.model].map((filter) => filter ?? null);
    return this.db.inTenant(scope, async (tx) => {
      const values = [h1 ?? null, h2 ?? null, ...filters, limit + 1];
      const page = toPage(await tx.query<UnpricedRow>(LIST, values), limit, (row) => [
        row.h1,
        row.h2,
      ]);
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
