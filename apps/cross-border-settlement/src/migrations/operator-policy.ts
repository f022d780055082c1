/**
 * Row security for tables that only the operator of a tenant reads.
 *
 * Invariant   a party's scope (a partner's key) sees no row here, whatever the route asks for.
 * Source      design 3.12, reliability D15
 */
import { requireIdentifier } from '@suanpan/platform-postgres';

const TENANT = `nullif(current_setting('app.tenant', true), '')`;
const PARTY = `nullif(current_setting('app.party', true), '')`;
const PLATFORM = `current_setting('app.scope', true) = 'platform'`;

const walls = (table: string, condition: string): string => {
  const name = requireIdentifier(table);
  return (
    `alter table ${name} enable row level security; alter table ${name} force row level security;` +
    `create policy by_operator on ${name} using (${condition}) with check (${condition});`
  );
};

/** Rows are seen by their tenant's operator only. */
export const operatorPolicy = (table: string): string =>
  walls(table, `tenant = ${TENANT} and ${PARTY} is null`);

/** Rows of no tenant, or a list of due work: seen by the service's own loops, and the operator. */
export const loopPolicy = (table: string): string =>
  walls(table, `${PLATFORM} or (tenant = ${TENANT} and ${PARTY} is null)`);
