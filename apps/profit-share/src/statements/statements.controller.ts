/** The HTTP door to statements: issued by the operator, read by the operator and their partner. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { daysBetween, localDate, monthPeriod } from '@suanpan/calendar';
import { formatMoney } from '@suanpan/money';
import { Idempotent, Roles, notFound } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { Database } from '@suanpan/platform-postgres';
import type { StatementIssued } from '@suanpan/profit-share';
import { z } from 'zod';
import { Asked, metaOf } from '../asked.js';
import { selectHeld } from '../distributions/held-rows.js';
import { CLOCK, DB } from '../tokens.js';
import { issueStatements } from './issue-statements.js';
import type { StatementLineRow, StatementRow } from './statement-wire.js';
import { toWireHead, toWireLine } from './statement-wire.js';

/** The operator's calendar, by which its documents are dated. */
const OPERATOR_ZONE = 'Asia/Shanghai';

const issueOrder = z.strictObject({ period: z.string(), issueDate: z.string().optional() });
const listQuery = z.strictObject({
  period: z.string().max(7).optional(),
  partner: z.string().max(100).optional(),
});

const COLUMNS = `statement, number, partner, role, currency, period, issued_at, issue_date, total,
  document_hash`;

const LIST = `
select ${COLUMNS} from statement
where tenant = $1 and ($2::text is null or period = $2) and ($3::text is null or partner = $3)
order by sequence`;

const LINES = `
select line, agreement, agreement_version, invoice, invoice_number, model, base, share, amount
from statement_line where tenant = $1 and statement = $2 order by line`;

const toWireIssued = (event: StatementIssued): object => ({
  statement: event.statementId,
  number: event.number,
  partner: event.partner,
  role: event.role,
  currency: event.currency,
  total: formatMoney(event.total),
});

@ApiTags('statements')
@Controller('v1/statements')
export class StatementsController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post('issue')
  @HttpCode(202)
  @Roles('operator')
  @Idempotent()
  async issue(
    @Body({ schema: issueOrder }) order: z.infer<typeof issueOrder>,
    @Asked() asked: Asked,
  ): Promise<object> {
    const { period } = order;
    monthPeriod(OPERATOR_ZONE, period);
    const issueDate = order.issueDate ?? localDate(OPERATOR_ZONE, this.clock.now());
    daysBetween(issueDate, issueDate);
    const { tenant } = asked.scope;
    const meta = metaOf(asked, this.clock);
    return this.db.inTenant({ tenant }, async (tx) => {
      const issued = await issueStatements(tx, { tenant, period, issueDate, meta });
      const held = await selectHeld(tx, tenant, period);
      return { period, issued: issued.map(toWireIssued), held };
    });
  }

  @Get()
  @Roles('operator', 'partner', 'centre')
  async list(
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const rows = await this.db.inTenant(scope, (tx) =>
      tx.query<StatementRow>(LIST, [scope.tenant, query.period ?? null, query.partner ?? null]),
    );
    return { statements: rows.map(toWireHead) };
  }

  @Get(':statement')
  @Roles('operator', 'partner', 'centre')
  async read(@Param('statement') statement: string, @Asked() { scope }: Asked): Promise<object> {
    return this.db.inTenant(scope, async (tx) => {
      const [head] = await tx.query<StatementRow>(
        `select ${COLUMNS} from statement where tenant = $1 and statement = $2`,
        [scope.tenant, statement],
      );
      if (head === undefined) throw notFound('statement');
      const lines = await tx.query<StatementLineRow>(LINES, [scope.tenant, statement]);
      return { ...toWireHead(head), lines: lines.map(toWireLine) };
    });
  }
}
