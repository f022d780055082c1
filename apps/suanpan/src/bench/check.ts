/**
 * Whether pricing rated what was sent: a fast wrong answer is no figure.
 *
 * Rejections  StackProblem with the first sums that differ
 * Source      I1; expected sums are the bench's own (./terms)
 */
import { StackProblem } from '@suanpan/local-stack';

import { type Bench, row } from './bench.js';
import { sumsOf } from './terms.js';
import { KINDS } from './workload.js';

const COUNTS = `select sum(rated)::text as rated, sum(duplicate)::text as duplicate,
  sum(conflict)::text as conflict, sum(unpriced)::text as unpriced,
  sum(quarantined)::text as quarantined from pricing.event_count`;

const CALLS = `select count(*)::text as calls, ${KINDS.map((kind) => `sum(${kind})::text as ${kind}`).join(', ')},
  trim_scale(sum(amount) * 10000000000)::text as amount from pricing.call`;

const BUCKETS = `select ${KINDS.map(
  (kind) => `coalesce(sum(b.quantity) filter (where c.kind = '${kind}'), 0)::text as ${kind}`,
).join(', ')}, trim_scale(sum(b.quantity * c.price) * 10000)::text as amount
  from pricing.bucket b join pricing.charge_cell c on c.id = b.cell`;

type Row = Readonly<Record<string, string>>;

const compare = (what: string, expected: Row, found: Row): void => {
  for (const [name, value] of Object.entries(expected)) {
    if (found[name] === value) continue;
    throw new StackProblem(`${what}: ${name} is ${found[name]}, not ${value}. The bench fails.`);
  }
};

/** Compares counts, calls, buckets and money with the first `rated` events. */
export const checkRated = async (bench: Bench, rated: number): Promise<void> => {
  const sums = sumsOf(rated, bench.events);
  const kinds = Object.fromEntries(KINDS.map((kind) => [kind, String(sums.kinds[kind])]));
  const expected = { ...kinds, amount: String(sums.amount) };
  const others = { duplicate: '0', conflict: '0', unpriced: '0', quarantined: '0' };
  compare('counts', { rated: String(rated), ...others }, await row<Row>(bench, COUNTS));
  compare('calls', { calls: String(rated), ...expected }, await row<Row>(bench, CALLS));
  compare('buckets', expected, await row<Row>(bench, BUCKETS));
};
