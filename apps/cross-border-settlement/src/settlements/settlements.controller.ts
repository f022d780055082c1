/** The HTTP door to settlements. */
import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatInstant, monthPeriod, requireDate } from '@suanpan/calendar';
import { Idempotent, Roles } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { Database, Tx } from '@suanpan/platform-postgres';
import { fromRowInstant } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked, metaOf } from '../asked.js';
import { SIMULATED_DEALING } from '../fx-rates/booking-rates.js';
import { CLOCK, DB } from '../tokens.js';
import { runSettlements } from './run-settlements.js';
import type { SettlementFact } from './settlement-fact.js';

const order = z.strictObject({ period: z.string(), date: z.string() });

interface SettlementRow {
  readonly settlement: string;
  readonly rateIds: readonly string[];
  readonly legs: readonly { readonly rateIds: readonly string[] }[];
}

interface RateRow {
  readonly rateId: string;
  readonly fixingTime: string;
}

const SETTLEMENTS = `
select s.settlement, s.entity, s.counterparty, s.period, s.date::text as date,
  (select coalesce(json_agg(json_build_object('currency', l.currency,
      'receivable', l.receivable::text, 'payable', l.payable::text, 'net', l.net::text,
      'payoutAmount', l.payout_amount::text, 'rateIds', l.rate_ids) order by l.currency), '[]')
    from settlement_leg l
    where l.tenant = s.tenant and l.settlement = s.settlement) as legs,
  s.payout_currency as "payoutCurrency", s.payout_amount::text as "payoutAmount",
  s.rate_ids as "rateIds", s.realised_fx::text as "realisedFx",
  s.functional_currency as "functionalCurrency", s.bank_line as "bankLine"
from settlement s where s.tenant = $1
order by s.period, s.entity collate "C", s.counterparty collate "C", s.sequence`;

const RATES = `
select rate_id as "rateId", source, purpose, date::text as date, fixing_time as "fixingTime", base,
  quote, rate_text as rate
from fx_rate where tenant = $1 and rate_id = any($2::text[])`;

const readAll = async (tx: Tx, tenant: string): Promise<readonly object[]> => {
  const rows = await tx.query<SettlementRow>(SETTLEMENTS, [tenant]);
  const ids = [...new Set(rows.flatMap(({ rateIds }) => rateIds))];
  const rates = await tx.query<RateRow>(RATES, [tenant, ids]);
  const known = new Map(rates.map((rate) => [rate.rateId, rate]));
  return rows.map(({ rateIds, ...row }) => ({
    ...row,
    rates: rateIds.flatMap((id) => {
      const rate = known.get(id);
      if (rate === undefined) return [];
      return [{ ...rate, fixingTime: formatInstant(fromRowInstant(rate.fixingTime)) }];
    }),
    // Not a bank's: whoever reads the payout is told.
    dealing: row.legs.some((leg) => leg.rateIds.length > 0) ? SIMULATED_DEALING : null,
  }));
};

const toWireSettled = (fact: SettlementFact): object => ({
  settlement: fact.settlement,
  counterparty: fact.counterparty,
  payoutCurrency: fact.payoutCurrency,
  payoutAmount: fact.payoutAmount,
});

/** By which the ids of periods are checked. */
const ANY_ZONE = 'Etc/UTC';

@ApiTags('settlements')
@Controller('v1/settlements')
@Roles('operator')
export class SettlementsController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post('run')
  @HttpCode(202)
  @Idempotent()
  async run(
    @Body({ schema: order }) { period, date }: z.infer<typeof order>,
    @Asked() asked: Asked,
  ): Promise<object> {
    monthPeriod(ANY_ZONE, period);
    requireDate(date);
    const { tenant } = asked.scope;
    const meta = metaOf(asked, this.clock);
    const { settled, skipped } = await runSettlements(this.db, { tenant, period, date, meta });
    return { period, date, settled: settled.map(toWireSettled), skipped };
  }

  @Get()
  async list(@Asked() { scope }: Asked): Promise<object> {
    const settlements = await this.db.inTenant(scope, (tx) => readAll(tx, scope.tenant));
    return { settlements };
  }
}
