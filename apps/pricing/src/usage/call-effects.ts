/**
 * What corrections did to one call: what was taken back and what was added, and what counts now.
 *
 * Shape       signed quantities and amounts, as an invoice's calls show them; revision 0 is the call
 *             as it was sent.
 * Invariant   a party sees the effects on its own usage alone: what moved to another buyer is void to it.
 * Source      ruling R3; docs/adr/0011
 */
import type { Tx } from '@suanpan/platform-postgres';
import { trimZeros } from '../exact-text.js';
import { kindsOf } from './kind-columns.js';
import type { KindColumns } from './kind-columns.js';

interface EffectRow extends KindColumns {
  readonly revision: string;
  readonly sign: number;
  readonly source: string;
  readonly id: string;
  readonly contract: string;
  readonly model: string;
  readonly price_table: string;
  readonly version: string;
  readonly currency: string;
  readonly amount: string;
  readonly service_period: string;
  readonly posting_period: string;
  readonly partition: number;
  readonly offset: string;
}

const EFFECTS = `
select e.revision, e.sign, e.source, e.id, e.input, e.cached_input, e.cache_write, e.output,
  e.reasoning, e.other_kinds, e.amount, e.service_period, e.posting_period, e.partition,
  e."offset", d.contract, d.model_ordered as model, v.price_table, v.version, v.currency
from correction_effect e
join dimension_set d on d.id = e.dims
join price_version v on v.id = e.price_version
where e.h1 = $1 and e.h2 = $2
order by e.revision, e.sign desc`;

const toWireEffect = (row: EffectRow) => ({
  revision: row.revision,
  effect: row.sign === 1 ? 'added' : 'taken-back',
  /** The correction that brought it about. */
  by: { source: row.source, id: row.id },
  contract: row.contract,
  model: row.model,
  kinds: kindsOf(row).map(([kind, quantity]) => ({ kind, quantity: quantity.toString() })),
  priceTable: row.price_table,
  priceVersion: row.version,
  currency: row.currency,
  amount: trimZeros(row.amount),
  servicePeriod: row.service_period,
  postingPeriod: row.posting_period,
  partition: row.partition,
  offset: row.offset,
});

/**
 * How the call stands after its corrections. `wasOvertaken`: it never had a price, and needs none,
 * since a later version counts.
 */
export const effectsOn = async (
  tx: Tx,
  halves: readonly string[],
  wasOvertaken: boolean,
): Promise<object> => {
  const rows = await tx.query<EffectRow>(EFFECTS, halves);
  const counts = !wasOvertaken && !rows.some(({ revision }) => revision === '0');
  const added = rows.reduce((sum, { sign, revision }) => sum + (revision === '0' ? 0 : sign), 0);
  return {
    /** Whether no correction has taken the place of the call. */
    counts,
    isVoid: !counts && added === 0,
    effects: rows.map(toWireEffect),
  };
};
