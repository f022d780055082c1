/**
 * Asks for unpriced events to be looked at again, after what they lacked has arrived.
 *
 * Invariant   a request stands in the database before the command's transaction ends; the job that
 *             follows only wakes up who serves it.
 * Source      reliability.md B48, D12
 */
import type { Tx } from '@suanpan/platform-postgres';

const OPEN = `(exists (select from unpriced u where u.tenant = c.tenant and u.contract = c.contract
    and u.resolved_cut is null and u.superseded_by is null)
  or exists (select from correction r where r.tenant = c.tenant and r.contract = c.contract
    and r.code is not null))`;

const PUT = `
on conflict (tenant, contract) do update
  set wanted = excluded.wanted, after_h1 = null, after_h2 = null,
    after_revision = null`;

const BY_TABLE = `
insert into rerate_request (tenant, contract, wanted)
select c.tenant, c.contract, $3 from contract c
where c.tenant = $1 and c.price_table = $2 and ${OPEN} order by c.contract ${PUT}`;

const BY_CONTRACT = `
insert into rerate_request (tenant, contract, wanted)
select c.tenant, c.contract, $3 from contract c
where c.tenant = $1 and c.contract = $2 and ${OPEN} ${PUT}`;

interface Wanted {
  readonly tenant: string;
  readonly catalogueVersion: bigint;
}

/** After a price version: the unpriced events of all contracts under that table. */
export const requestByPriceTable = async (
  tx: Tx,
  { tenant, priceTable, catalogueVersion }: Wanted & { readonly priceTable: string },
): Promise<void> => {
  await tx.query(BY_TABLE, [tenant, priceTable, catalogueVersion.toString()]);
};

/** After a signature: the unpriced events that name the contract. */
export const requestByContract = async (
  tx: Tx,
  { tenant, contract, catalogueVersion }: Wanted & { readonly contract: string },
): Promise<void> => {
  await tx.query(BY_CONTRACT, [tenant, contract, catalogueVersion.toString()]);
};

const BY_OPERATOR = `
insert into rerate_request as r (tenant, contract, wanted, served)
select open.tenant, open.contract, v.version, v.version - 1 from (
  select tenant, contract from unpriced
  where tenant = $1 and resolved_cut is null and superseded_by is null
  union
  select tenant, contract from correction where tenant = $1 and code is not null) open
cross join catalogue_version v
where open.contract is not null and ($2::text is null or open.contract = $2)
order by open.contract
on conflict (tenant, contract) do update
  set served = least(r.served, r.wanted - 1), after_h1 = null, after_h2 = null,
    after_revision = null
returning contract`;

/**
 * Because someone asks: the unpriced events of one contract, or of all. What is wanted stays as it
 * is, so that a wish of the catalogue is never taken for one that was served. The caller holds the
 * log's lock: no step is under way.
 */
export const requestByOperator = async (
  tx: Tx,
  { tenant, contract }: { readonly tenant: string; readonly contract: string | null },
): Promise<readonly string[]> => {
  const rows = await tx.query<{ contract: string }>(BY_OPERATOR, [tenant, contract]);
  return rows.map((row) => row.contract);
};
