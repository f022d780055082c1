/**
 * The usage behind an invoice, as sums over stretches of time within which no agreement changes.
 *
 * Shape       PostgreSQL sums the quarter-hours of each charge between the instants at which a
 *             version of an agreement begins or ends: the database returns few rows however many
 *             buckets there are.
 * Invariant   exact numerics all the way; nothing is rounded here.
 * Source      design ruling R10; scenes.md B2
 */
import { parseDecimal } from '@suanpan/money';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import type { Agreement, UsageStretch } from '@suanpan/profit-share';

interface UsageAsked {
  readonly tenant: string;
  readonly contract: string;
  /** The period of the invoice: what was posted to it. */
  readonly postingPeriod: string;
  readonly currency: string;
}

/** All instants at which what holds may change, in order. */
export const changesOf = (agreements: readonly Agreement[]): readonly bigint[] => {
  const changes = new Set<bigint>();
  for (const agreement of agreements) {
    if (agreement.status === 'draft') continue;
    for (const { effectiveFrom } of agreement.versions) changes.add(effectiveFrom);
    if (agreement.status === 'ended') changes.add(agreement.effectiveUntil);
  }
  return [...changes].sort((a, b) => (a < b ? -1 : 1));
};

interface StretchRow {
  readonly model: string;
  readonly kind: string;
  readonly price_table: string;
  readonly price_version: string;
  readonly service_period: string;
  readonly stretch: number;
  readonly quantity: string;
  readonly calls: string;
  readonly exact: string;
}

const SELECT = `
select model_ordered as model, kind, price_table, price_version, service_period,
  width_bucket(quarter_hour, $5::timestamptz[]) as stretch,
  sum(quantity)::text as quantity, sum(calls)::text as calls,
  trim_scale(sum(amount))::text as exact
from accrual
where tenant = $1 and contract = $2 and posting_period = $3 and currency = $4
  and billing_state = 'billable'
group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6`;

/** `stretch` i lies from change i − 1 (inclusive) to change i. */
const instantOf = (changes: readonly bigint[], stretch: number): bigint =>
  stretch === 0 ? (changes[0] ?? 1n) - 1n : (changes[stretch - 1] ?? 0n);

/** The tenant must have been entered. */
export const selectUsage = async (
  tx: Tx,
  asked: UsageAsked,
  changes: readonly bigint[],
): Promise<readonly UsageStretch[]> => {
  const rows = await tx.query<StretchRow>(SELECT, [
    asked.tenant,
    asked.contract,
    asked.postingPeriod,
    asked.currency,
    changes.map(toRowInstant),
  ]);
  return rows.map((row) => ({
    model: row.model,
    tokenKind: row.kind,
    priceTable: row.price_table,
    priceVersion: row.price_version,
    servicePeriod: row.service_period,
    at: instantOf(changes, row.stretch),
    quantity: BigInt(row.quantity),
    calls: BigInt(row.calls),
    exact: parseDecimal(row.exact),
  }));
};
