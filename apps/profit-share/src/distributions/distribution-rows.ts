/**
 * Divided invoices as rows: bases, shares, what is held.
 *
 * Invariant   a projection of the distribution streams; statements mark the rows they hold.
 */
import type { Tx } from '@suanpan/platform-postgres';
import type { InvoiceDistributed } from './divided-invoice.js';

const BASES = `
insert into distribution_base
  (tenant, invoice, period, currency, agreement, agreement_version, base_n, base_d, base)
select $1, $2, $3, $4, * from
  unnest($5::text[], $6::int[], $7::text[], $8::text[], $9::numeric[])`;

const SHARES = `
insert into distribution (tenant, invoice, invoice_number, period, currency, agreement,
  agreement_version, party, role, model, base, share_rule, exact_n, exact_d, share)
select $1, $2, $3, $4, $5, * from
  unnest($6::text[], $7::int[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
    $13::text[], $14::text[], $15::numeric[])`;

const HELD = `
insert into held
  (tenant, invoice, contract, period, currency, amount, exact_n, exact_d, models, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

const insertBases = async (tx: Tx, tenant: string, of: InvoiceDistributed): Promise<void> => {
  await tx.query(BASES, [
    tenant,
    of.invoice,
    of.period,
    of.currency,
    of.bases.map(({ agreement }) => agreement),
    of.bases.map(({ version }) => version),
    of.bases.map(({ exact }) => exact.n),
    of.bases.map(({ exact }) => exact.d),
    of.bases.map(({ base }) => base),
  ]);
};

const insertShares = async (tx: Tx, tenant: string, of: InvoiceDistributed): Promise<void> => {
  await tx.query(SHARES, [
    tenant,
    of.invoice,
    of.number,
    of.period,
    of.currency,
    of.shares.map(({ agreement }) => agreement),
    of.shares.map(({ version }) => version),
    of.shares.map(({ party }) => party),
    of.shares.map(({ role }) => role),
    of.shares.map(({ model }) => model),
    of.shares.map(({ base }) => base),
    of.shares.map(({ rule }) => rule),
    of.shares.map(({ exact }) => exact.n),
    of.shares.map(({ exact }) => exact.d),
    of.shares.map(({ share }) => share),
  ]);
};

/** Writes the rows of one divided invoice; the tenant must have been entered. */
export const projectDistribution = async (
  tx: Tx,
  tenant: string,
  of: InvoiceDistributed,
): Promise<void> => {
  await insertBases(tx, tenant, of);
  await insertShares(tx, tenant, of);
  if (of.held !== null) {
    const { amount, exact, models, reason } = of.held;
    await tx.query(HELD, [
      tenant,
      of.invoice,
      of.contract,
      of.period,
      of.currency,
      amount,
      exact.n,
      exact.d,
      models,
      reason,
    ]);
  }
  await tx.query(
    `update invoice set status = 'distributed', reason = null where tenant = $1 and invoice = $2`,
    [tenant, of.invoice],
  );
};
