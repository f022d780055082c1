/** The HTTP door to invoices and the calls behind them. A buyer sees its own. */
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  decodeCursor,
  notFound,
  pageFields,
  pageQuery,
  Roles,
  toPage,
} from '@suanpan/platform-http';
import type { PageQuery } from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked } from '../asked.js';
import { DB } from '../tokens.js';
import { name, periodId } from '../wire.js';
import { callsBehind, toWireCall } from './invoice-calls.js';
import type { InvoiceRow } from './invoice-rows.js';
import { findInvoice, linesOf, listInvoices, toWireInvoice } from './invoice-rows.js';

const listQuery = z.strictObject({
  contract: name.optional(),
  period: periodId.optional(),
  ...pageFields,
});
const invoicePath = z.strictObject({ id: name });

@ApiTags('invoices')
@Controller('v1/invoices')
@Roles('operator', 'buyer')
export class InvoicesController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get()
  list(
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const [after] = decodeCursor(query.cursor, ['text']) ?? [];
    return this.db.inTenant(scope, async (tx) => {
      const rows = await listInvoices(tx, { ...query, after });
      const page = toPage(rows, query.limit, ({ invoice }: InvoiceRow) => [invoice]);
      return { ...page, data: page.data.map(toWireInvoice) };
    });
  }

  @Get(':id')
  show(
    @Param({ schema: invoicePath }) { id }: z.infer<typeof invoicePath>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    return this.db.inTenant(scope, async (tx) => {
      const row = await findInvoice(tx, id);
      if (row === undefined) throw notFound('invoice');
      return { ...toWireInvoice(row), lines: await linesOf(tx, id) };
    });
  }

  @Get(':id/calls')
  calls(
    @Param({ schema: invoicePath }) { id }: z.infer<typeof invoicePath>,
    @Query({ schema: pageQuery }) { limit, cursor }: PageQuery,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const after = decodeCursor(cursor, ['integer', 'integer', 'integer', 'integer']);
    return this.db.inTenant(scope, async (tx) => {
      const row = await findInvoice(tx, id);
      if (row === undefined) throw notFound('invoice');
      const rows = await callsBehind(tx, row, { after, limit: limit + 1 });
      const page = toPage(rows, limit, ({ h1, h2, revision, sign }) => [
        ...[h1, h2, revision],
        String(sign),
      ]);
      return { ...page, data: page.data.map(toWireCall) };
    });
  }
}
