/** The HTTP door to the bank's lines, and from each back to its documents. */
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Roles, notFound } from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { Asked } from '../asked.js';
import { DB } from '../tokens.js';

const LINES = `
select bank_line as "bankLine", entity, direction, account, counterparty, currency,
  amount::text as amount, date::text as date, reference
from bank_line where tenant = $1`;

const DOCUMENTS = `
select kind, document, number, currency, amount::text as amount
from bank_line_document where tenant = $1 and bank_line = $2
order by number collate "C", document collate "C"`;

interface DocumentRow {
  readonly kind: 'invoice' | 'statement';
  readonly document: string;
  readonly number: string;
  readonly currency: string;
  readonly amount: string;
}

const ofKind = (rows: readonly DocumentRow[], kind: DocumentRow['kind']): readonly object[] =>
  rows
    .filter((row) => row.kind === kind)
    .map(({ document, number, currency, amount }) => ({
      [kind]: document,
      number,
      currency,
      amount,
    }));

@ApiTags('bank-lines')
@Controller('v1/bank-lines')
@Roles('operator')
export class BankLinesController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get()
  async list(@Asked() { scope }: Asked): Promise<object> {
    const bankLines = await this.db.inTenant(scope, (tx) =>
      tx.query<object>(`${LINES} order by date, bank_line collate "C"`, [scope.tenant]),
    );
    return { bankLines };
  }

  @Get(':id/trace')
  async trace(@Param('id') id: string, @Asked() { scope }: Asked): Promise<object> {
    const key = [scope.tenant, id];
    return this.db.inTenant(scope, async (tx) => {
      const [bankLine] = await tx.query<object>(`${LINES} and bank_line = $2`, key);
      if (bankLine === undefined) throw notFound('bank line');
      const documents = await tx.query<DocumentRow>(DOCUMENTS, key);
      const invoices = ofKind(documents, 'invoice');
      return { bankLine, invoices, statements: ofKind(documents, 'statement') };
    });
  }
}
