/**
 * Which columns make a projection, and the hash over them.
 *
 * Shape       rows in the order of their key, each as PostgreSQL writes a row, a newline after it.
 * Invariant   no listed column depends on a clock, a sequence, or on how the log was cut into
 *             batches (R2); catalogue versions and the table `batch` are left out for that reason.
 * Source      ruling R2; invariant I6
 */
import { createHash } from 'node:crypto';
import type { Tx } from '@suanpan/platform-postgres';

interface ProjectionTable {
  readonly table: string;
  readonly columns: string;
  readonly order: string;
}

export const PROJECTIONS: readonly ProjectionTable[] = [
  {
    table: 'call',
    columns: `h1, h2, tenant, source, id, time, dims, price_version, input, cached_input,
      cache_write, output, reasoning, other_kinds, trim_scale(amount), billing_state,
      service_period, posting_period, payload_hash, hash_version, partition, "offset", extra`,
    order: 'h1, h2',
  },
  {
    table: 'bucket',
    columns: `dims, posting_period, cell, quarter_hour, billing_state, service_period, partition,
      tenant, quantity, calls, multiset`,
    order: 'dims, posting_period, cell, quarter_hour, billing_state, service_period, partition',
  },
  { table: 'dimension_set', columns: 'dimension_set.*', order: 'id' },
  { table: 'charge_cell', columns: 'charge_cell.*', order: 'id' },
  { table: 'unpriced', columns: 'unpriced.*', order: 'h1, h2' },
  { table: 'correction', columns: 'correction.*', order: 'h1, h2, revision' },
  {
    table: 'correction_effect',
    columns: `h1, h2, revision, sign, time, dims, price_version, input, cached_input, cache_write,
      output, reasoning, other_kinds, trim_scale(amount), billing_state, tenant, source, id,
      service_period, posting_period, payload_hash, partition, "offset"`,
    order: 'h1, h2, revision, sign',
  },
  { table: 'event_count', columns: 'event_count.*', order: 'tenant, partition' },
  { table: 'daily_count', columns: 'daily_count.*', order: 'tenant, centre, day, partition' },
  {
    table: 'price_version',
    columns: 'id, tenant, price_table, version, currency, during, source',
    order: 'id',
  },
  { table: 'price', columns: 'price.*', order: 'price_version, model, kind' },
  {
    table: 'contract',
    columns: `tenant, contract, buyer, seller, currency, zone, price_table, require_authorization,
      rounding, payment_term_days, valid_from, valid_until`,
    order: 'tenant, contract',
  },
  {
    table: 'period',
    columns: 'tenant, contract, buyer, period, zone, starts, ends, closed_at, cut, invoice',
    order: 'tenant, contract, period',
  },
  { table: 'invoice', columns: 'invoice.*', order: 'tenant, invoice' },
  { table: 'invoice_line', columns: 'invoice_line.*', order: 'tenant, invoice, line' },
];

export interface TableHash {
  readonly rows: number;
  readonly hash: string;
}

const FETCHED_ROWS = 5_000;

/** Hashes one projection without holding it in memory. */
export const hashTable = async (
  tx: Tx,
  { table, columns, order }: ProjectionTable,
): Promise<TableHash> => {
  const hash = createHash('sha256');
  await tx.query(`declare projection no scroll cursor for
    select row(${columns})::text as row from ${table} order by ${order}`);
  let rows = 0;
  for (;;) {
    const fetched = await tx.query<{ row: string }>(
      `fetch forward ${FETCHED_ROWS} from projection`,
    );
    for (const { row } of fetched) hash.update(row).update('\n');
    rows += fetched.length;
    if (fetched.length < FETCHED_ROWS) break;
  }
  await tx.query('close projection');
  return { rows, hash: hash.digest('hex') };
};

/** Hashes all projections. */
export const hashAll = async (tx: Tx): Promise<ReadonlyMap<string, TableHash>> => {
  const hashes = new Map<string, TableHash>();
  for (const projection of PROJECTIONS) {
    hashes.set(projection.table, await hashTable(tx, projection));
  }
  return hashes;
};
