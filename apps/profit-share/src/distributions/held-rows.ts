/** What no agreement divides, for everyone to see (design: held and shown, never silently kept). */
import type { Tx } from '@suanpan/platform-postgres';

export interface HeldRow {
  readonly invoice: string;
  readonly number: string;
  readonly contract: string;
  readonly period: string;
  readonly currency: string;
  readonly amount: string;
  readonly exact_n: string;
  readonly exact_d: string;
  readonly models: readonly string[];
  readonly reason: string;
}

const SELECT = `
select h.invoice, i.number, h.contract, h.period, h.currency, h.amount, h.exact_n, h.exact_d,
  h.models, h.reason
from held h join invoice i using (tenant, invoice)
where h.tenant = $1 and ($2::text is null or h.period = $2) and ($3::text is null or h.invoice = $3)
order by i.number`;

const toWireHeld = (row: HeldRow): object => ({
  invoice: row.invoice,
  number: row.number,
  contract: row.contract,
  period: row.period,
  currency: row.currency,
  amount: row.amount,
  exact: { n: row.exact_n, d: row.exact_d },
  models: row.models,
  reason: row.reason,
});

/** Held amounts of a period, or of all. */
export const selectHeld = async (
  tx: Tx,
  tenant: string,
  period: string | null,
): Promise<readonly object[]> =>
  (await tx.query<HeldRow>(SELECT, [tenant, period, null])).map(toWireHeld);

export const selectHeldOf = async (
  tx: Tx,
  tenant: string,
  invoice: string,
): Promise<readonly object[]> =>
  (await tx.query<HeldRow>(SELECT, [tenant, null, invoice])).map(toWireHeld);
