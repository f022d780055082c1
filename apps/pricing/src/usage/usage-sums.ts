/**
 * Which usage of a contract's service period is there, by model, kind and price version.
 *
 * Invariant   exact amounts are quantity × price in integers, not SQL's division.
 */
import { exactDecimal, amountOf, parsePrice } from '@suanpan/money';
import type { Tx } from '@suanpan/platform-postgres';
import { billingStateName, compareKinds, multisetHash } from '@suanpan/pricing';

const SUMS = `
select b.service_period, b.posting_period, c.model, c.kind, c.price_table, c.version, c.price_text,
  b.billing_state, b.quantity, b.calls, b.multiset
from (
  select service_period, posting_period, cell, billing_state, sum(quantity) as quantity,
    sum(calls) as calls, sum(multiset) as multiset
  from bucket
  where dims in (select id from dimension_set where contract = $1) and service_period = $2
  group by 1, 2, 3, 4) b
join charge_cell c on c.id = b.cell
order by c.model, c.price_table, c.version, b.posting_period, b.billing_state`;

interface SumRow {
  readonly service_period: string;
  readonly posting_period: string;
  readonly model: string;
  readonly kind: string;
  readonly price_table: string;
  readonly version: string;
  readonly price_text: string;
  readonly billing_state: 0 | 1;
  readonly quantity: string;
  readonly calls: string;
  readonly multiset: string;
}

const toWireSum = (row: SumRow) => ({
  servicePeriod: row.service_period,
  postingPeriod: row.posting_period,
  model: row.model,
  kind: row.kind,
  priceTable: row.price_table,
  priceVersion: row.version,
  price: row.price_text,
  billingState: billingStateName(row.billing_state),
  quantity: row.quantity,
  calls: row.calls,
  exact: exactDecimal(amountOf(BigInt(row.quantity), parsePrice(row.price_text))),
  multisetHash: multisetHash(BigInt(row.multiset)),
});

const groupOf = (row: SumRow): string =>
  JSON.stringify([row.model, row.price_table, row.version, row.posting_period, row.billing_state]);

/** The sums as the door shows them; kinds in their usual order inside a group. */
export const usageSums = async (tx: Tx, contract: string, period: string) => {
  const rows = await tx.query<SumRow>(SUMS, [contract, period]);
  const groups = new Map<string, SumRow[]>();
  for (const row of rows) {
    const key = groupOf(row);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) =>
    group.sort((one, other) => compareKinds(one.kind, other.kind)).map(toWireSum),
  );
};
