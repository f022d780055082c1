/**
 * Takes one message of rated usage into the accruals, in the caller's transaction.
 *
 * Invariant   progress and sums move together; tenants and rows are met in a fixed order.
 * Source      design rulings R6, R13
 */
import type { RatedDelta, UsageRated } from '@suanpan/messages';
import { crashPoint } from '@suanpan/platform-observability';
import { enterTenant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { addDeltas } from './accrual-rows.js';
import { moveOver, parkRange, takeParkedRange } from './rated-progress.js';

const byTenant = (deltas: readonly RatedDelta[]): readonly (readonly [string, RatedDelta[]])[] => {
  const found = new Map<string, RatedDelta[]>();
  for (const delta of deltas) {
    const known = found.get(delta.tenant);
    if (known === undefined) found.set(delta.tenant, [delta]);
    else known.push(delta);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
};

const addAll = async (tx: Tx, rated: UsageRated): Promise<void> => {
  for (const [tenant, deltas] of byTenant(rated.deltas)) {
    await enterTenant(tx, { tenant });
    await addDeltas(tx, tenant, deltas);
  }
};

/** Applies a range of rated usage, and those that waited for it. */
export const applyRated = async (tx: Tx, rated: UsageRated): Promise<void> => {
  const verdict = await moveOver(tx, rated);
  if (verdict === 'ahead') return parkRange(tx, rated);
  if (verdict === 'seen') return;
  await addAll(tx, rated);
  crashPoint('profit-share:accrued-before-commit');
  const next = await takeParkedRange(tx, rated);
  if (next !== undefined) await applyRated(tx, next);
};
