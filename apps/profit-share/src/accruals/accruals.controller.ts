/** The HTTP door to what usage has earned so far: provisional until its invoice is issued. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Roles } from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked } from '../asked.js';
import { DB } from '../tokens.js';

const query = z.strictObject({
  period: z.string().regex(/^\d{4}-\d\d$/, 'A period is a month such as 2026-05.'),
  contract: z.string().max(200).optional(),
});

/** Quarter-hours are summed up: whoever wants them asks for the invoice's calls. */
const SELECT = `
select contract, buyer, centre, model_ordered as model, model_served as "modelServed", kind,
  price_table as "priceTable", price_version as "priceVersion", price, currency,
  billing_state as "billingState", service_period as "servicePeriod",
  posting_period as "postingPeriod", sum(quantity)::text as quantity, sum(calls)::text as calls,
  trim_scale(sum(amount))::text as amount
from accrual where tenant = $1 and posting_period = $2 and ($3::text is null or contract = $3)
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
order by 1, 3, 4, 6, 8, 11, 12, 5, 2, 7, 9, 10`;

@ApiTags('accruals')
@Controller('v1/accruals')
@Roles('operator')
export class AccrualsController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get()
  async list(
    @Query({ schema: query }) { period, contract }: z.infer<typeof query>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const accruals = await this.db.inTenant(scope, (tx) =>
      tx.query<object>(SELECT, [scope.tenant, period, contract ?? null]),
    );
    return { period, provisional: true, accruals };
  }
}
