/**
 * What must hold after F2's play: totals by SQL against the play's own sums.
 *
 * Source      I1 (each record ends in one place), F2 (to the token)
 */
import { KINDS, RIVALS, tokensOf, TWICE } from './f2-play.js';
import { moneyOf } from './f2-terms.js';
import { rowOf, type World } from './f2-world.js';
import { atLeast, type Check, equal } from './proof.js';

const COUNTS = `select sum(rated)::text as rated, sum(duplicate)::text as duplicate,
  sum(conflict)::text as conflict, sum(unpriced)::text as unpriced,
  sum(quarantined)::text as quarantined from pricing.event_count`;

const CALLS = `select count(*)::text as calls, count(distinct id)::text as ids,
  ${KINDS.map((kind) => `sum(${kind})::text as ${kind}`).join(', ')},
  trim_scale(sum(amount) * 1000000000)::text as money from pricing.call`;

const BUCKETS = `select ${KINDS.map(
  (kind) => `coalesce(sum(b.quantity) filter (where c.kind = '${kind}'), 0)::text as ${kind}`,
).join(', ')}, trim_scale(sum(b.quantity * c.price) * 1000)::text as money
  from pricing.bucket b join pricing.charge_cell c on c.id = b.cell`;

const CONTRADICTED = `select count(distinct event_id)::text as ids
  from pricing.quarantine where reason = 'CONFLICT'`;

const FAULTS = 4;

export interface Played {
  readonly distinct: number;
  readonly records: number;
  readonly faults: readonly string[];
}

type Row = Readonly<Record<string, string>>;

const sumChecks = (place: string, distinct: number, found: Row): readonly Check[] => {
  const tokens = tokensOf(distinct);
  const kinds = KINDS.map((kind) =>
    equal(`${place}: ${kind} tokens`, String(tokens[kind]), found[kind] ?? ''),
  );
  const money = equal(
    `${place}: money in 1e-9 USD`,
    String(moneyOf(distinct)),
    found['money'] ?? '',
  );
  return [...kinds, money];
};

const countChecks = ({ distinct, records }: Played, counts: Row): readonly Check[] => {
  const count = (name: string): number => Number(counts[name] ?? Number.NaN);
  const ended = ['rated', 'duplicate', 'conflict', 'unpriced', 'quarantined']
    .map(count)
    .reduce((sum, one) => sum + one, 0);
  return [
    equal('each record of the log ended in one place', String(records), String(ended)),
    equal('rated', String(distinct), counts['rated'] ?? ''),
    equal('unpriced', '0', counts['unpriced'] ?? ''),
    equal('quarantined', '0', counts['quarantined'] ?? ''),
    // A batch that was repeated after a kill repeats its events: more, never fewer.
    atLeast('duplicate', distinct / TWICE, count('duplicate')),
    atLeast('conflict', distinct / RIVALS, count('conflict')),
  ];
};

/** All checks of the part. */
export const checksOf = async (world: World, played: Played): Promise<readonly Check[]> => {
  const { distinct, faults } = played;
  const calls = await rowOf(world, CALLS);
  const rivals = await rowOf(world, CONTRADICTED);
  return [
    equal('faults that struck', String(FAULTS), String(faults.length)),
    ...countChecks(played, await rowOf(world, COUNTS)),
    equal('calls', String(distinct), calls['calls'] ?? ''),
    equal('distinct ids of calls', String(distinct), calls['ids'] ?? ''),
    ...sumChecks('calls', distinct, calls),
    ...sumChecks('buckets', distinct, await rowOf(world, BUCKETS)),
    equal('ids listed with another payload', String(distinct / RIVALS), rivals['ids'] ?? ''),
  ];
};
