import { type Snapshot, micros } from './database.js';
import type { Tally } from './findings.js';
import { asNumber, contentIdOf } from './identity.js';
import { type KindColumns, kindsOfRow } from './call-check.js';
import { dimensionsOf } from './dimensions.js';
import { quarterHourOf } from './months.js';
import { usedKinds } from './rating.js';
import type { Term } from './usage-audit.js';

/**
 * pricing.bucket against sums over the raw log, and against the call table: tokens, calls and multiset hashes.
 *
 * Source      I2, I9, R15
 */
export interface BucketRow {
  readonly partition: number;
  readonly tenant: string;
  readonly dims: string;
  readonly cell: string;
  readonly kind: string;
  readonly billing_state: number;
  readonly quarter_hour: string;
  readonly service_period: string;
  readonly posting_period: string;
  readonly quantity: string;
  readonly calls: string;
  readonly multiset: string;
}

export const streamBuckets = (snapshot: Snapshot): AsyncGenerator<BucketRow> =>
  snapshot.stream<BucketRow>(
    `select b.partition, b.tenant, b.dims, b.cell, coalesce(c.kind, '?') as kind, b.billing_state,
       ${micros('b.quarter_hour')} as quarter_hour, b.service_period, b.posting_period,
       b.quantity, b.calls, b.multiset
     from pricing.bucket b left join pricing.charge_cell c on c.id = b.cell
     order by b.partition`,
  );

/** A row of calls or of effects. */
interface TokenRow extends KindColumns {
  readonly dims: string;
  readonly time: string;
}

interface Sum {
  quantity: bigint;
  calls: bigint;
  multiset: bigint;
}

type Sums = Map<string, Sum>;

const sumOf = (sums: Sums, key: string): Sum => {
  const known = sums.get(key);
  if (known !== undefined) return known;
  const made = { quantity: 0n, calls: 0n, multiset: 0n };
  sums.set(key, made);
  return made;
};

const cellIds = new Map<string, string>();

/** The id of the charge cell of one price of one version. */
export const cellOf = (fields: readonly [string, string, string, string, string]): string => {
  const named = JSON.stringify(fields);
  const known = cellIds.get(named);
  if (known !== undefined) return known;
  const id = contentIdOf([...fields, '', '0', '']);
  cellIds.set(named, id);
  return id;
};

/** The buckets of one partition, summed again from its records; what is taken back counts below zero. */
export const bucketsOf = (terms: Iterable<Term>): Sums => {
  const sums: Sums = new Map();
  for (const { event, rating, payloadHash, sign } of terms) {
    const term = sign * asNumber(payloadHash);
    const dims = dimensionsOf(event);
    const { contract, version, hold, servicePeriod, postingPeriod } = rating;
    const place = [hold ? 1 : 0, quarterHourOf(event.time), servicePeriod, postingPeriod].join(' ');
    for (const [kind, quantity] of usedKinds(event)) {
      const cell = cellOf([
        event.tenant,
        contract.priceTable,
        version.version,
        event.modelOrdered,
        kind,
      ]);
      const sum = sumOf(sums, `${dims} ${cell} ${place}`);
      sum.quantity += sign * quantity;
      sum.calls += sign;
      sum.multiset += term;
    }
  }
  return sums;
};

const bucketKey = (row: BucketRow): string =>
  [
    ...[row.dims, row.cell, row.billing_state, row.quarter_hour],
    ...[row.service_period, row.posting_period],
  ].join(' ');

const isEmpty = ({ quantity, calls, multiset }: Sum): boolean =>
  quantity === 0n && calls === 0n && multiset === 0n;

/** Buckets of one partition: the table against the log. */
export const checkBuckets = (expected: Sums, rows: readonly BucketRow[], tally: Tally): void => {
  const left = new Map(expected);
  for (const row of rows) {
    const key = bucketKey(row);
    const sum = left.get(key) ?? { quantity: 0n, calls: 0n, multiset: 0n };
    left.delete(key);
    const found = {
      quantity: BigInt(row.quantity),
      calls: BigInt(row.calls),
      multiset: BigInt(row.multiset),
    };
    const fault = (['quantity', 'calls', 'multiset'] as const).find(
      (name) => sum[name] !== found[name],
    );
    const name = `bucket ${row.partition}: ${key}`;
    tally.see(
      fault === undefined
        ? null
        : `${name}: ${fault} expected ${sum[fault]}, found ${found[fault]}`,
    );
  }
  for (const [key, sum] of left) {
    if (!isEmpty(sum)) tally.violate(`bucket ${key} is missing: ${sum.quantity} tokens`);
  }
};

/**
 * Σ tokens of calls + Σ tokens of effects, which are signed = Σ tokens of buckets, by dimensions, kind and quarter of an
 * hour (I2).
 */
export const checkTokenSums = (
  rows: Iterable<TokenRow>,
  buckets: readonly BucketRow[],
  tally: Tally,
): void => {
  const difference = new Map<string, bigint>();
  const count = (key: string, quantity: bigint): void => {
    difference.set(key, (difference.get(key) ?? 0n) + quantity);
  };
  for (const row of rows) {
    const quarter = quarterHourOf(BigInt(row.time));
    for (const [kind, quantity] of kindsOfRow(row)) {
      count(`${row.dims} ${kind} ${quarter}`, quantity);
    }
  }
  for (const row of buckets) {
    count(`${row.dims} ${row.kind} ${row.quarter_hour}`, -BigInt(row.quantity));
  }
  for (const [key, rest] of difference) {
    tally.see(rest === 0n ? null : `${key}: calls − buckets = ${rest} tokens`);
  }
};
