/**
 * The tables that can be rebuilt, and one hash for the rows of each.
 *
 * Shape       all columns that are a function of the logs, rows in the order of their text.
 * Invariant   equal rows have equal hashes, in whatever order they were written.
 * Source      design ruling R2
 */
import { createHash } from 'node:crypto';
import { enterTenant, requireIdentifier } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';

export interface ProjectionTable {
  readonly table: string;
  readonly columns: string;
  /** Rows of no tenant. */
  readonly shared?: boolean;
}

/** Work lists and the reason why an invoice waits tell of the moment, not of the logs. */
export const PROJECTIONS: readonly ProjectionTable[] = [
  {
    table: 'rated_progress',
    columns: 'source_topic, source_partition, next_offset',
    shared: true,
  },
  {
    table: 'accrual',
    columns: `tenant, cell, contract, buyer, centre, upstream, authorization_id, lot, route,
      end_user_country, model_ordered, model_served, kind, price_table, price_version, price,
      currency, billing_state, quarter_hour, service_period, posting_period, quantity, calls,
      trim_scale(amount)`,
  },
  {
    table: 'contract',
    columns: 'tenant, contract, buyer, seller, currency, zone, valid_from, valid_until',
  },
  { table: 'period', columns: 'tenant, contract, period, zone, starts, ends, vector' },
  {
    table: 'invoice',
    columns: `tenant, invoice, number, seller, buyer, contract, currency, period, issue_date, total,
      document, status`,
  },
  {
    table: 'agreement_version',
    columns: `tenant, agreement, version, currency, effective_from, effective_until, contracts,
      steps`,
  },
  {
    table: 'distribution_base',
    columns: `tenant, invoice, agreement, agreement_version, period, currency, base_n, base_d, base`,
  },
  {
    table: 'distribution',
    columns: `tenant, invoice, agreement, agreement_version, party, role, model, period, currency,
      invoice_number, base, share_rule, exact_n, exact_d, share, statement`,
  },
  {
    table: 'held',
    columns: `tenant, invoice, contract, period, currency, amount, exact_n, exact_d, models, reason`,
  },
  { table: 'statement_series', columns: 'tenant, series, last_sequence' },
  {
    table: 'statement',
    columns: `tenant, statement, number, series, sequence, partner, role, currency, period, issued_at,
      issue_date, total, document_hash`,
  },
  {
    table: 'statement_line',
    columns: `tenant, statement, line, partner, agreement, agreement_version, invoice,
      invoice_number, model, base, share, amount`,
  },
];

export interface TableHash {
  readonly rows: number;
  readonly hash: string;
}

const hashRows = async (tx: Tx, { table, columns }: ProjectionTable): Promise<TableHash> => {
  const [row] = await tx.query<{ rows: string; hash: string }>(
    `select count(*) as rows, encode(sha256(convert_to(
       coalesce(string_agg(line, E'\\n' order by line collate "C"), ''), 'UTF8')), 'hex') as hash
     from (select row(${columns})::text as line from ${requireIdentifier(table)}) as lines`,
  );
  return { rows: Number(row?.rows ?? 0), hash: row?.hash ?? '' };
};

/** The rows of all tenants together. */
export const hashTable = async (
  tx: Tx,
  table: ProjectionTable,
  tenants: readonly string[],
): Promise<TableHash> => {
  if (table.shared === true) return hashRows(tx, table);
  const hash = createHash('sha256');
  let rows = 0;
  for (const tenant of tenants) {
    await enterTenant(tx, { tenant });
    const own = await hashRows(tx, table);
    rows += own.rows;
    hash.update(own.hash);
  }
  return { rows, hash: hash.digest('hex') };
};
