import { requireIdentifier } from '@suanpan/platform-postgres';

const PARTY = `nullif(current_setting('app.party', true), '')`;
const TENANT = `nullif(current_setting('app.tenant', true), '')`;

/** A party of the tenant sees no row; the operator and the pipeline are not touched. */
export const operatorOnly = (table: string): string =>
  `create policy operator_only on ${requireIdentifier(table)} as restrictive
   using (${PARTY} is null) with check (${PARTY} is null);`;

/** A party sees the rows that fit `condition`, which reads other tables under its own scope. */
export const partySees = (table: string, condition: string): string =>
  `create policy party_sees on ${requireIdentifier(table)} as restrictive
   using (${PARTY} is null or ${condition}) with check (${PARTY} is null);`;

/** Prices are known to the parties whose contracts name their table. */
export const OWN_PRICE_TABLE = 'price_table in (select price_table from contract)';

/** Rows of usage have no buyer of their own: a party sees those whose dimension set is its own. */
export const byDimensionSet = (table: string): string => {
  const name = requireIdentifier(table);
  return `alter table ${name} enable row level security; alter table ${name} force row level security;
   create policy by_tenant on ${name} using (tenant = ${TENANT}
     and (${PARTY} is null or dims in (select id from dimension_set)))
   with check (tenant = ${TENANT});`;
};
