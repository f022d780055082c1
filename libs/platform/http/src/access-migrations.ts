/**
 * The table of API keys, in a schema of its own that all services share.
 *
 * Invariant   rows are seen by their tenant only; the look-up before a tenant is known goes through
 *             one function that gives one row for one exact prefix.
 * Source      design 3.12, reliability row S14
 */
import type { MigrationClass } from '@suanpan/platform-postgres';
import { grant, platformPolicy } from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
create table api_key (
  prefix     text        primary key,
  hash       bytea       not null check (length(hash) = 32),
  tenant     text        not null check (tenant <> ''),
  party      text,
  role       text        not null check (role in ('operator', 'centre', 'partner', 'buyer')),
  sources    text[]      not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz,
  check ((party is null) = (role = 'operator'))
);
create index api_key_by_tenant on api_key (tenant, prefix);`;

// The function runs as the owner, whom a policy lets read: nobody else sees a row without its
// tenant. Every login of this database is one of our services, and what it gets is a hash.
const lookUp = `
create function find_api_key(wanted text)
returns table (prefix text, hash bytea, tenant text, party text, role text, sources text[],
               revoked boolean)
language sql stable security definer
set search_path from current
as $$
  select k.prefix, k.hash, k.tenant, k.party, k.role, k.sources, k.revoked_at is not null
  from api_key k where k.prefix = wanted
$$;
do $$ begin
  execute format('create policy looked_up on api_key for select to %I using (true)', current_user);
  execute format('grant usage on schema %I to public', current_schema());
end $$;
grant execute on function find_api_key(text) to public;`;

class CreateApiKey1700000001001 implements MigrationInterface {
  readonly name = 'CreateApiKey1700000001001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(platformPolicy('api_key'));
    await runner.query(lookUp);
    await runner.query(grant('select, insert, update (hash, revoked_at)', 'api_key'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function find_api_key(text); drop table api_key');
  }
}

/** Run in the access schema by usage-ingest's migrate, with its app role as the writer. */
export const accessMigrations: readonly MigrationClass[] = [CreateApiKey1700000001001];
