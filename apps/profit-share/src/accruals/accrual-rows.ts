/**
 * Adds the signed deltas of rated usage to the accrual rows of one tenant.
 *
 * Shape       one statement a tenant; a row's key is a hash of its content, so that replay, another
 *             batch size or another order of messages gives the same rows.
 * Invariant   rows are locked in the order of their keys; sums are exact numerics, never rounded.
 * Source      design rulings R2, R6, R14
 */
import { Malformed } from '@suanpan/event-sourcing';
import type { RatedDelta } from '@suanpan/messages';
import { hashFields, toRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';

const CELL_BYTES = 16;
/** No text that PostgreSQL stores holds a NUL, so that absent and empty differ in the hash. */
const ABSENT = '\u0000';
const WHOLE = /^-?(?:0|[1-9]\d{0,37})$/;
const EXACT = /^-?(?:0|[1-9]\d{0,39})(?:\.\d{1,60})?$/;

const contentOf = (delta: RatedDelta): readonly (string | null)[] => [
  delta.contract,
  delta.buyer,
  delta.centre,
  delta.upstream,
  delta.authorization,
  delta.lot,
  delta.route,
  delta.endUserCountry,
  delta.modelOrdered,
  delta.modelServed,
  delta.kind,
  delta.priceTable,
  delta.priceVersion,
  delta.price,
  delta.currency,
  delta.billingState,
  toRowInstant(delta.quarterHour),
  delta.servicePeriod,
  delta.postingPeriod,
];

const cellOf = (content: readonly (string | null)[]): Buffer =>
  hashFields(content.map((field) => field ?? ABSENT)).subarray(0, CELL_BYTES);

const requireShape = (text: string, shape: RegExp, name: string): string => {
  if (!shape.test(text)) throw new Malformed('INVALID_DELTA', `${name} ${text.slice(0, 60)}`);
  return text;
};

const COLUMNS = `contract, buyer, centre, upstream, authorization_id, lot, route, end_user_country,
  model_ordered, model_served, kind, price_table, price_version, price, currency, billing_state,
  quarter_hour, service_period, posting_period`;

const texts = Array.from({ length: 19 }, (_, i) => `$${i + 3}::text[]`).join(', ');

const ADD = `
insert into accrual (tenant, cell, ${COLUMNS}, quantity, calls, amount)
select $1, cell, ${COLUMNS.replace('quarter_hour', 'quarter_hour::timestamptz')},
  sum(quantity), sum(calls), sum(amount)
from unnest($2::bytea[], ${texts}, $22::numeric[], $23::bigint[], $24::numeric[])
  as d(cell, ${COLUMNS}, quantity, calls, amount)
group by cell, ${COLUMNS} order by cell
on conflict (tenant, cell) do update set
  quantity = accrual.quantity + excluded.quantity,
  calls = accrual.calls + excluded.calls,
  amount = accrual.amount + excluded.amount`;

/** The tenant must have been entered. */
export const addDeltas = async (
  tx: Tx,
  tenant: string,
  deltas: readonly RatedDelta[],
): Promise<void> => {
  const contents = deltas.map(contentOf);
  const columns = Array.from({ length: 19 }, (_, column) =>
    contents.map((content) => content[column] ?? null),
  );
  await tx.query(ADD, [
    tenant,
    contents.map(cellOf),
    ...columns,
    deltas.map(({ quantity }) => requireShape(quantity, WHOLE, 'quantity')),
    deltas.map(({ calls }) => calls.toString()),
    deltas.map(({ amount }) => requireShape(amount, EXACT, 'amount')),
  ]);
};
