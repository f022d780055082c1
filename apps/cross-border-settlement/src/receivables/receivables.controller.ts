/** The HTTP door to what buyers owe. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatInstant } from '@suanpan/calendar';
import { Roles } from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { fromRowInstant } from '@suanpan/platform-postgres';
import { Asked } from '../asked.js';
import { DB } from '../tokens.js';
import type { ReceivableRow } from './receivable-rows.js';
import { selectReceivables } from './receivable-rows.js';

const toWireRow = (row: ReceivableRow): object => ({
  invoice: row.invoice,
  number: row.number,
  entity: row.entity,
  buyer: row.buyer,
  contract: row.contract,
  period: row.period,
  currency: row.currency,
  amount: row.amount,
  issueDate: row.issue_date,
  dueAt: formatInstant(fromRowInstant(row.due_at)),
  functionalCurrency: row.functional_currency,
  functional: row.functional,
  rateId: row.rate_id,
  openAmount: row.open_amount,
});

@ApiTags('receivables')
@Controller('v1/receivables')
@Roles('operator')
export class ReceivablesController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get()
  async list(@Asked() { scope }: Asked): Promise<object> {
    const rows = await this.db.inTenant(scope, (tx) => selectReceivables(tx, scope.tenant));
    return { receivables: rows.map(toWireRow) };
  }
}
