import { type Snapshot, micros } from './database.js';
import { exactOf, same, shown } from './exact.js';
import type { Tally } from './findings.js';
import { contentIdOf, halvesOf } from './identity.js';
import { dimensionsOf } from './dimensions.js';
import type { Version } from './history.js';
import { type ExpectedRating, usedKinds } from './rating.js';
import type { AuditedRecord } from './usage-audit.js';

/**
 * pricing.call, row by row, against what the raw log says: nothing lost, nothing invented, nothing changed.
 *
 * Source      I1, I2; reliability I02, I03, I07
 */
export interface KindColumns {
  readonly input: string;
  readonly cached_input: string;
  readonly cache_write: string;
  readonly output: string;
  readonly reasoning: string;
  readonly other_kinds: Readonly<Record<string, string>> | null;
}

export interface CallRow extends KindColumns {
  readonly partition: number;
  readonly offset: string;
  readonly h1: string;
  readonly h2: string;
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly time: string;
  readonly dims: string;
  readonly price_version: string;
  readonly amount: string;
  readonly billing_state: number;
  readonly service_period: string;
  readonly posting_period: string;
  readonly payload_hash: Buffer;
  readonly hash_version: number;
}

export const streamCalls = (snapshot: Snapshot): AsyncGenerator<CallRow> =>
  snapshot.stream<CallRow>(
    `select partition, "offset", h1, h2, tenant, source, id, ${micros('time')} as time, dims,
       price_version, input, cached_input, cache_write, output, reasoning, other_kinds, amount,
       billing_state, service_period, posting_period, payload_hash, hash_version
     from pricing.call order by partition, "offset"`,
  );

export const COLUMN_KINDS = [
  'input',
  'cached_input',
  'cache_write',
  'output',
  'reasoning',
] as const;

/** The tokens of a row by kind, without kinds that were not used. */
export const kindsOfRow = (row: KindColumns): ReadonlyMap<string, bigint> => {
  const columns = COLUMN_KINDS.map((kind) => [kind, BigInt(row[kind])] as const);
  const others = Object.entries(row.other_kinds ?? {}).map(
    ([kind, quantity]) => [kind, BigInt(quantity)] as const,
  );
  return new Map([...columns, ...others].filter(([, quantity]) => quantity !== 0n));
};

export const sortedKinds = (kinds: Iterable<readonly [string, bigint]>): string =>
  [...kinds]
    .map(([kind, quantity]) => `${kind} ${quantity}`)
    .sort()
    .join(', ');

type PricedCall = Version & { readonly rating: ExpectedRating };

/** A call that was overtaken by a correction before it had a price has no row. */
const isPricedCall = (version: Version | null): version is PricedCall =>
  version?.action === 'call' && version.rating !== null;

/** The first column of a row that is not what the log says; null when all are. */
const faultOf = (row: CallRow, { identity, version }: AuditedRecord): string | null => {
  if (identity === null || version === null || !isPricedCall(version)) {
    return 'stands in call, though the log does not rate it';
  }
  const { event, payloadHash, rating } = version;
  const [h1, h2] = halvesOf(identity);
  const { tenant, source, id } = event;
  const versionId = contentIdOf([tenant, rating.contract.priceTable, rating.version.version]);
  const columns: readonly (readonly [string, unknown, unknown])[] = [
    ['identity', `${h1} ${h2}`, `${row.h1} ${row.h2}`],
    ['tenant', tenant, row.tenant],
    ['source', source, row.source],
    ['id', id, row.id],
    ['time', event.time, row.time],
    ['tokens', sortedKinds(usedKinds(event)), sortedKinds(kindsOfRow(row))],
    ['dimensions', dimensionsOf(event), row.dims],
    ['price version', versionId, row.price_version],
    ['billing state', rating.hold ? 1 : 0, row.billing_state],
    ['service period', rating.servicePeriod, row.service_period],
    ['posting period', rating.postingPeriod, row.posting_period],
    ['payload hash', payloadHash.toString('hex'), row.payload_hash.toString('hex')],
  ];
  for (const [name, expected, found] of columns) {
    if (String(expected) !== String(found)) return `${name}: expected ${expected}, found ${found}`;
  }
  const amount = exactOf(row.amount);
  if (same(amount, rating.amount)) return null;
  return `amount: expected ${shown(rating.amount)}, found ${row.amount}`;
};

/** Compares the rows of one partition with its audited records. */
export const checkCalls = (
  partition: number,
  audited: readonly AuditedRecord[],
  { rows, tally }: { readonly rows: readonly CallRow[]; readonly tally: Tally },
): void => {
  const found = new Map<string, CallRow>();
  for (const row of rows) {
    if (found.has(row.offset)) tally.violate(`call ${partition}/${row.offset} stands twice`);
    found.set(row.offset, row);
  }
  for (const record of audited) {
    const at = String(record.offset);
    const row = found.get(at);
    found.delete(at);
    if (row === undefined && !isPricedCall(record.version)) continue;
    const { source = '?', id = '?' } = record.event ?? {};
    const name = `call ${source} ${id} (${partition}/${at})`;
    const fault = row === undefined ? 'is in the log and not in call' : faultOf(row, record);
    tally.see(fault === null ? null : `${name}: ${fault}`);
  }
  for (const { source, id, offset } of found.values()) {
    tally.violate(`call ${source} ${id} (${partition}/${offset}) is not in the log`);
  }
};
