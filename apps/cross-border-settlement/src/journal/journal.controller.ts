/** The HTTP door to the books: entries, trial balance, suspense. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Roles, decodeCursor, pageFields, toPage } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { Database } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked } from '../asked.js';
import { CLOCK, DB } from '../tokens.js';
import { readTrialBalance } from './trial-balance.js';
import { readUnexplained } from './unexplained.js';

const entity = z.string().min(1).max(200).optional();
const journalQuery = z.strictObject({ ...pageFields, entity });
const balanceQuery = z.strictObject({ entity });

const PAGE = `
select e.entity, e.seq::text as seq, e.entry_id as "entryId", e.booking_date::text as "bookingDate",
  e.description, e.source, encode(e.hash, 'hex') as hash, encode(e.prev_hash, 'hex') as "prevHash",
  (select json_agg(json_build_object('line', l.line, 'account', l.account,
      'counterparty', l.counterparty, 'currency', l.currency, 'amount', l.amount::text,
      'functionalCurrency', l.functional_currency, 'functional', l.functional::text,
      'rateId', l.rate_id) order by l.line)
    from journal_line l
    where l.tenant = e.tenant and l.entity = e.entity and l.seq = e.seq) as lines
from journal_entry e
where e.tenant = $1 and ($2::text is null or e.entity = $2)
  and ($3::text is null or (e.entity collate "C", e.seq) > ($3::text collate "C", $4::bigint))
order by e.entity collate "C", e.seq limit $5`;

interface EntryRow {
  readonly entity: string;
  readonly seq: string;
}

@ApiTags('journal')
@Controller('v1')
@Roles('operator')
export class JournalController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('journal')
  async list(
    @Query({ schema: journalQuery }) query: z.infer<typeof journalQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const [after, seq] = decodeCursor(query.cursor, ['text', 'integer']) ?? [null, null];
    const filter = [scope.tenant, query.entity ?? null, after ?? null, seq ?? null];
    const rows = await this.db.inTenant(scope, (tx) =>
      tx.query<EntryRow>(PAGE, [...filter, query.limit + 1]),
    );
    return toPage(rows, query.limit, (row) => [row.entity, row.seq]);
  }

  @Get('trial-balance')
  async trialBalance(
    @Query({ schema: balanceQuery }) query: z.infer<typeof balanceQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const { tenant } = scope;
    return this.db.inTenant(scope, (tx) => readTrialBalance(tx, tenant, query.entity ?? null));
  }

  @Get('unexplained')
  async unexplained(@Asked() { scope }: Asked): Promise<object> {
    const { tenant } = scope;
    return this.db.inTenant(scope, (tx) => readUnexplained(tx, tenant, this.clock.now()));
  }
}
