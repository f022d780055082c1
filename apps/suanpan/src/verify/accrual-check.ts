import { type Snapshot, micros } from './database.js';
import { exactOf, over, same, shown, times, whole } from './exact.js';
import type { Tally } from './findings.js';
import { PER_MILLION } from './rating.js';

/**
 * What profit-share has heard of usage is what pricing has counted: accruals against buckets, tokens, calls and
 * exact amounts.
 *
 * Source      I2; R6 (usage.rated carries every change of a bucket once)
 */
interface SumRow {
  readonly key: string;
  readonly quantity: string;
  readonly calls: string;
}

interface AccrualRow extends SumRow {
  readonly amount: string;
  readonly unit: string;
}

// Both sides name a sum by the same words; what the accrual does not keep is summed over.
const named = (columns: readonly string[]): string =>
  `jsonb_build_array(${columns.join(', ')})::text as key`;

const COLUMNS = [
  ...['tenant', 'contract', 'buyer', 'centre', 'upstream', 'authorization_id', 'lot', 'route'],
  ...['end_user_country', 'model_ordered', 'model_served'],
];

const BUCKETS = `
select ${named([
  ...COLUMNS.map((column) => `d.${column}`),
  ...['c.kind', 'c.price_table', 'c.version', 'b.billing_state = 1', micros('b.quarter_hour')],
  ...['b.service_period', 'b.posting_period'],
])}, sum(b.quantity)::text as quantity, sum(b.calls)::text as calls
from pricing.bucket b
join pricing.dimension_set d on d.id = b.dims
join pricing.charge_cell c on c.id = b.cell
group by 1`;

const ACCRUALS = `
select ${named([
  ...COLUMNS,
  ...['kind', 'price_table', 'price_version', "billing_state = 'hold'", micros('quarter_hour')],
  ...['service_period', 'posting_period'],
])}, quantity::text as quantity, calls::text as calls, amount::text as amount,
  price::text as unit
from profit_share.accrual`;

const amountFault = ({ quantity, unit, amount }: AccrualRow): string | null => {
  const expected = over(times(whole(BigInt(quantity)), exactOf(unit)), PER_MILLION);
  return same(expected, exactOf(amount)) ? null : `amount ${amount}, exactly ${shown(expected)}`;
};

/** Every accrual has its buckets, every bucket its accrual. */
export const checkAccruals = async (snapshot: Snapshot, tally: Tally): Promise<void> => {
  const left = new Map<string, SumRow>();
  for await (const row of snapshot.stream<SumRow>(BUCKETS)) left.set(row.key, row);
  for await (const row of snapshot.stream<AccrualRow>(ACCRUALS)) {
    const bucket = left.get(row.key);
    left.delete(row.key);
    const isEqual = bucket?.quantity === row.quantity && bucket.calls === row.calls;
    const heard = `${row.quantity} tokens of ${row.calls} calls`;
    const counted = `${bucket?.quantity ?? '0'} of ${bucket?.calls ?? '0'}`;
    const fault = isEqual ? amountFault(row) : `heard ${heard}, counted ${counted}`;
    tally.see(fault === null ? null : `${row.key}: ${fault}`);
  }
  for (const [key, { quantity }] of left) {
    if (quantity !== '0') tally.violate(`${key}: ${quantity} tokens were never heard of`);
  }
};
