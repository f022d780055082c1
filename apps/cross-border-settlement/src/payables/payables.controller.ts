/** The HTTP door to what partners are owed. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Roles } from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { Asked } from '../asked.js';
import { DB } from '../tokens.js';
import type { PayableRow } from './payable-rows.js';
import { selectPayables } from './payable-rows.js';

const toWireRow = (row: PayableRow): object => ({
  statement: row.statement,
  number: row.number,
  entity: row.entity,
  partner: row.partner,
  role: row.role,
  currency: row.currency,
  period: row.period,
  amount: row.amount,
  issueDate: row.issue_date,
  functionalCurrency: row.functional_currency,
  functional: row.functional,
  rateId: row.rate_id,
  settlement: row.settlement,
});

@ApiTags('payables')
@Controller('v1/payables')
@Roles('operator')
export class PayablesController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get()
  async list(@Asked() { scope }: Asked): Promise<object> {
    const rows = await this.db.inTenant(scope, (tx) => selectPayables(tx, scope.tenant));
    return { payables: rows.map(toWireRow) };
  }
}
