/** The HTTP door to divided invoices: the operator sees all, a party its own shares. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Roles, notFound } from '@suanpan/platform-http';
import type { Database, Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked } from '../asked.js';
import { DB } from '../tokens.js';
import { selectHeld, selectHeldOf } from './held-rows.js';

const invoiceQuery = z.strictObject({ invoice: z.string().min(1).max(200) });
const heldQuery = z.strictObject({ period: z.string().max(7).optional() });

interface ShareRow {
  readonly agreement: string;
  readonly agreement_version: number;
  readonly party: string;
  readonly role: string;
  readonly model: string;
  readonly currency: string;
  readonly exact_n: string;
  readonly exact_d: string;
  readonly share: string;
  readonly statement: string | null;
}

const SHARES = `
select agreement, agreement_version, party, role, model, currency, exact_n, exact_d, share, statement
from distribution where tenant = $1 and invoice = $2
order by agreement, agreement_version, party, model`;

const toWireShare = (row: ShareRow): object => ({
  agreement: row.agreement,
  version: row.agreement_version,
  party: row.party,
  role: row.role,
  model: row.model,
  currency: row.currency,
  exact: { n: row.exact_n, d: row.exact_d },
  share: row.share,
  statement: row.statement,
});

interface BaseRow {
  readonly agreement: string;
  readonly agreement_version: number;
  readonly base: string;
  readonly base_n: string;
  readonly base_d: string;
}

const toWireBase = (row: BaseRow): object => ({
  agreement: row.agreement,
  version: row.agreement_version,
  base: row.base,
  exact: { n: row.base_n, d: row.base_d },
});

const selectBases = async (tx: Tx, tenant: string, invoice: string): Promise<readonly object[]> => {
  const rows = await tx.query<BaseRow>(
    `select agreement, agreement_version, base, base_n, base_d from distribution_base
     where tenant = $1 and invoice = $2 order by agreement, agreement_version`,
    [tenant, invoice],
  );
  return rows.map(toWireBase);
};

const selectHead = async (tx: Tx, tenant: string, invoice: string): Promise<object | undefined> => {
  const [head] = await tx.query<object>(
    `select invoice, number, status, reason, currency from invoice
     where tenant = $1 and invoice = $2`,
    [tenant, invoice],
  );
  return head;
};

@ApiTags('distributions')
@Controller('v1')
export class DistributionsController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get('distributions')
  @Roles('operator', 'partner', 'centre')
  async read(
    @Query({ schema: invoiceQuery }) { invoice }: z.infer<typeof invoiceQuery>,
    @Asked() { scope, isOperator }: Asked,
  ): Promise<object> {
    const { tenant } = scope;
    return this.db.inTenant(scope, async (tx) => {
      const head = isOperator ? await selectHead(tx, tenant, invoice) : undefined;
      const rows = await tx.query<ShareRow>(SHARES, [tenant, invoice]);
      if (head === undefined && rows.length === 0) throw notFound('invoice');
      return {
        ...(head ?? { invoice, currency: rows[0]?.currency }),
        bases: await selectBases(tx, tenant, invoice),
        distributions: rows.map(toWireShare),
        held: await selectHeldOf(tx, tenant, invoice),
      };
    });
  }

  @Get('held')
  @Roles('operator')
  async held(
    @Query({ schema: heldQuery }) { period }: z.infer<typeof heldQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const held = await this.db.inTenant(scope, (tx) =>
      selectHeld(tx, scope.tenant, period ?? null),
    );
    return { held };
  }
}
