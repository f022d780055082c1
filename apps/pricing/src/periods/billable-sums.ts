/**
 * What a period bills: sums of its buckets, and what earlier invoices hold of the same keys.
 *
 * Invariant   read while the log is locked: no call is missing and none is half there. Buckets on
 *             billing hold are left out.
 * Source      rulings R5, R8
 */
import { parseMoney } from '@suanpan/money';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import type { BilledSum, PostedSum } from '@suanpan/pricing';
import { BILLABLE, HOLD } from '@suanpan/pricing';
import { CENTRE_MISMATCH } from '../corrections/settle-corrections.js';

const OWN_DIMS = `dims in (select id from dimension_set where contract = $1)`;

const POSTED = `
select b.service_period, c.model, c.kind, c.price_table, c.version, c.price_text,
  lower(v.during) as price_from, b.quantity, b.calls, b.multiset
from (
  select service_period, cell, sum(quantity) as quantity, sum(calls) as calls,
    sum(multiset) as multiset
  from bucket where ${OWN_DIMS} and posting_period = $2 and billing_state = ${BILLABLE}
  group by service_period, cell) b
join charge_cell c on c.id = b.cell
join price_version v
  on v.tenant = c.tenant and v.price_table = c.price_table and v.version = c.version
order by 1, 2, 7, 4, 5, 3`;

interface PostedRow {
  readonly service_period: string;
  readonly model: string;
  readonly kind: string;
  readonly price_table: string;
  readonly version: string;
  readonly price_text: string;
  readonly price_from: string;
  readonly quantity: string;
  readonly calls: string;
  readonly multiset: string;
}

/** The billable sums that are posted to a period of a contract. */
export const postedSums = async (
  tx: Tx,
  contract: string,
  period: string,
): Promise<readonly PostedSum[]> => {
  const rows = await tx.query<PostedRow>(POSTED, [contract, period]);
  return rows.map((row) => ({
    servicePeriod: row.service_period,
    model: row.model,
    kind: row.kind,
    priceTable: row.price_table,
    priceVersion: row.version,
    price: row.price_text,
    priceFrom: fromRowInstant(row.price_from),
    quantity: BigInt(row.quantity),
    calls: BigInt(row.calls),
    multiset: BigInt(row.multiset),
  }));
};

const BILLED = `
select l.service_period, l.model, l.kind, l.price_table, l.price_version, i.currency,
  sum(l.quantity) as quantity, sum(l.amount) as amount
from invoice_line l join invoice i on i.tenant = l.tenant and i.invoice = l.invoice
where l.contract = $1 and l.service_period = any($2::text[])
group by 1, 2, 3, 4, 5, 6`;

interface BilledRow {
  readonly service_period: string;
  readonly model: string;
  readonly kind: string;
  readonly price_table: string;
  readonly price_version: string;
  readonly currency: string;
  readonly quantity: string;
  readonly amount: string;
}

/** What earlier invoices of the contract hold of the service periods that are posted now. */
export const billedSums = async (
  tx: Tx,
  contract: string,
  posted: readonly PostedSum[],
): Promise<readonly BilledSum[]> => {
  const periods = [...new Set(posted.map(({ servicePeriod }) => servicePeriod))];
  const rows = await tx.query<BilledRow>(BILLED, [contract, periods]);
  return rows.map((row) => ({
    servicePeriod: row.service_period,
    model: row.model,
    kind: row.kind,
    priceTable: row.price_table,
    priceVersion: row.price_version,
    quantity: BigInt(row.quantity),
    amount: parseMoney(row.amount, row.currency).minor,
  }));
};

const UNPRICED = `
select type, code, count(*) as events from (
  select 'call' as type, code from unpriced
  where contract = $1 and resolved_cut is null and superseded_by is null
    and time >= $2 and time < $3
  union all
  select 'correction', c.code
  from correction c
  cross join lateral (select (c.event::json->'fields'->'time'->>'long')::bigint as micros) said
  where c.code is not null and c.code <> '${CENTRE_MISMATCH}'
    and said.micros >= extract(epoch from $2::timestamptz) * 1000000
    and said.micros < extract(epoch from $3::timestamptz) * 1000000
    and (c.contract = $1 or exists (
      select from call k join dimension_set d on d.id = k.dims
      where k.h1 = c.h1 and k.h2 = c.h2 and d.contract = $1))) open
group by type, code order by type, code`;

const HELD = `
select c.model, c.kind, sum(b.quantity) as quantity, sum(b.calls) as calls
from bucket b join charge_cell c on c.id = b.cell
where b.${OWN_DIMS} and b.posting_period = $2 and b.billing_state = ${HOLD}
group by 1, 2 order by 1, 2`;

/** What a close leaves unbilled, for a person to look at. */
export interface CloseReport {
  readonly unpriced: readonly {
    readonly type: 'call' | 'correction';
    readonly code: string;
    readonly events: string;
  }[];
  readonly held: readonly {
    readonly model: string;
    readonly kind: string;
    readonly quantity: string;
    readonly calls: string;
  }[];
}

/**
 * Unpriced events of the period's time, corrections of it that have no price or no call yet (of the
 * contract that they name, and of their call's), and usage on billing hold that is posted to it.
 */
export const reportUnbilled = async (
  tx: Tx,
  contract: string,
  period: { readonly id: string; readonly from: string; readonly to: string },
): Promise<CloseReport> => ({
  unpriced: await tx.query(UNPRICED, [contract, period.from, period.to]),
  held: await tx.query(HELD, [contract, period.id]),
});
