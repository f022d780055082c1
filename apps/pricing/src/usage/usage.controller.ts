/** The HTTP door to usage: sums and counts. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatInstant, monthPeriod, requireZone } from '@suanpan/calendar';
import { notFound, Roles, valueRefused } from '@suanpan/platform-http';
import type { Database, Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked } from '../asked.js';
import type { ContractRow } from '../contracts/contract-row.js';
import { DB } from '../tokens.js';
import { name, periodId, refusing } from '../wire.js';
import { dailyUsage } from './daily-usage.js';
import { usageSums } from './usage-sums.js';

const usageQuery = z.strictObject({ contract: name, period: periodId });
const day = z.iso.date();
const dailyQuery = z.strictObject({
  from: day,
  to: day,
  zone: z.string().max(64).optional(),
  contract: name.optional(),
});
const DAYS_MAX = 366;

const COUNTS = `
select coalesce(sum(rated), 0)::text as rated, coalesce(sum(duplicate), 0)::text as duplicate,
  coalesce(sum(conflict), 0)::text as conflict, coalesce(sum(unpriced), 0)::text as unpriced,
  coalesce(sum(quarantined), 0)::text as quarantined
from event_count`;

type Counts = Readonly<
  Record<'rated' | 'duplicate' | 'conflict' | 'unpriced' | 'quarantined', string>
>;

@ApiTags('usage')
@Controller('v1')
export class UsageController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get('usage')
  @Roles('operator', 'buyer')
  usage(
    @Query({ schema: usageQuery }) { contract, period }: z.infer<typeof usageQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    return this.db.inTenant(scope, async (tx) => {
      const [signed] = await tx.query<ContractRow>('select * from contract where contract = $1', [
        contract,
      ]);
      if (signed === undefined) throw notFound('contract');
      const month = monthPeriod(signed.zone, period);
      return {
        contract,
        period,
        zone: signed.zone,
        start: formatInstant(month.start),
        end: formatInstant(month.end),
        currency: signed.currency,
        lines: await usageSums(tx, contract, period),
      };
    });
  }

  /** E9: by UTC day, by the day of a zone, or by the day of the contract's own zone. */
  @Get('usage/daily')
  @Roles('operator', 'buyer')
  daily(
    @Query({ schema: dailyQuery }) { from, to, zone, contract }: z.infer<typeof dailyQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
    if (days < 1 || days > DAYS_MAX) {
      throw valueRefused('INVALID_WINDOW', 'to', `${days} days are not 1 to ${DAYS_MAX}.`);
    }
    const rows = this.db.inTenant(scope, async (tx) => {
      const own = contract === undefined ? undefined : await this.zoneOf(tx, contract);
      const used = zone ?? own ?? 'UTC';
      requireZone(used);
      const asked = { from, to, zone: used, contract: contract ?? null };
      return { ...asked, rows: await dailyUsage(tx, asked) };
    });
    return refusing({ UNKNOWN_ZONE: 'zone' }, rows);
  }

  private async zoneOf(tx: Tx, contract: string): Promise<string> {
    const [signed] = await tx.query<ContractRow>('select * from contract where contract = $1', [
      contract,
    ]);
    if (signed === undefined) throw notFound('contract');
    return signed.zone;
  }

  /** Where accepted events have ended; I1's places. Numbers here are counts, so JSON's do. */
  @Get('events/counts')
  @Roles('operator')
  counts(@Asked() { scope }: Asked): Promise<object> {
    return this.db.inTenant(scope, async (tx) => {
      const [row] = await tx.query<Counts>(COUNTS);
      return Object.fromEntries(
        Object.entries(row ?? {}).map(([at, count]) => [at, Number(count)]),
      );
    });
  }
}
