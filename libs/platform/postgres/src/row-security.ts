/**
 * SQL text for grants and row security, used inside migrations.
 *
 * Invariant   FORCE: the owner is bound too. An unset tenant is NULL or '' and matches no row.
 *             The platform scope opens the platform's own tables only, never a domain's.
 * Source      reliability D15, design 3.12 and ruling R7
 */
import { requireIdentifier } from './data-source.js';

const TENANT = `nullif(current_setting('app.tenant', true), '')`;
const PARTY = `nullif(current_setting('app.party', true), '')`;
const PLATFORM = `current_setting('app.scope', true) = 'platform'`;

const force = (table: string): string =>
  `alter table ${table} enable row level security; alter table ${table} force row level security;`;

const policy = (table: string, name: string, condition: string): string =>
  `create policy ${name} on ${table} using (${condition}) with check (${condition});`;

/** Rows are seen by their tenant; with a party column, a party sees only its own. */
export const tenantPolicy = (
  table: string,
  options: { readonly partyColumn?: string } = {},
): string => {
  const name = requireIdentifier(table);
  const tenant = `tenant = ${TENANT}`;
  if (options.partyColumn === undefined) return force(name) + policy(name, 'by_tenant', tenant);
  const party = `${PARTY} is null or ${requireIdentifier(options.partyColumn)} = ${PARTY}`;
  return force(name) + policy(name, 'by_tenant', `${tenant} and (${party})`);
};

/** A table of the platform itself: seen by its tenant, and by the platform's own loops. */
export const platformPolicy = (table: string): string => {
  const name = requireIdentifier(table);
  return force(name) + policy(name, 'by_tenant', `tenant = ${TENANT} or ${PLATFORM}`);
};

const roleSql = (setting: string, statement: string): string =>
  `do $$ declare role text := nullif(current_setting('${setting}', true), '');
   begin if role is not null then execute format('${statement}', role); end if; end $$;`;

/** The pipeline role reads and adds rows of every tenant, and changes or removes none. */
export const pipelinePolicy = (table: string): string => {
  const name = requireIdentifier(table);
  return (
    roleSql(
      'suanpan.pipeline_role',
      `create policy pipeline_reads on ${name} for select to %I using (true)`,
    ) +
    roleSql(
      'suanpan.pipeline_role',
      `create policy pipeline_adds on ${name} for insert to %I with check (true)`,
    )
  );
};

/** The same, with UPDATE: for buckets and states that grow. */
export const pipelineUpdatePolicy = (table: string): string =>
  pipelinePolicy(table) +
  roleSql(
    'suanpan.pipeline_role',
    `create policy pipeline_changes on ${requireIdentifier(table)} for update to %I using (true) with check (true)`,
  );

/** `GRANT privileges ON object TO` the service's app role. */
export const grant = (privileges: string, object: string): string =>
  roleSql('suanpan.app_role', `grant ${privileges} on ${object} to %I`);

/** `GRANT privileges ON object TO` the pipeline role, where the service has one. */
export const grantPipeline = (privileges: string, object: string): string =>
  roleSql('suanpan.pipeline_role', `grant ${privileges} on ${object} to %I`);
