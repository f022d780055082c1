/**
 * The table of API keys and the log of what was done to them, in a schema of its own that all services share.
 *
 * Invariant   rows are seen by their tenant only; the look-up before a tenant is known goes through
 *             one function that gives one row for one exact prefix.
 * Source      design 3.12, reliability row S14
 */
import type { MigrationClass } from '@suanpan/platform-postgres';
import { appendOnly, grant, platformPolicy } from '@suanpan/platform-postgres';
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

const limits = `
alter table api_key
  add scopes         text[],
  add contracts      text[],
  add expires_at     timestamptz,
  add rotated_to     text references api_key (prefix),
  add signing_secret text,
  add last_used_at   timestamptz;
create table api_key_log (
  tenant   text        not null,
  prefix   text        not null references api_key (prefix),
  at       timestamptz not null default clock_timestamp(),
  what     text        not null check (what in ('issued', 'rotated', 'revoked')),
  by_key   text,
  detail   text        not null default ''
);
create index api_key_log_by_key on api_key_log (tenant, prefix, at);`;

// A key's end is measured on the database's clock, which all processes share. The use of a key is
// noted to the hour: to the second it would be a write for each request.
const lookUpWithLimits = `
drop function find_api_key(text);
create function find_api_key(wanted text)
returns table (prefix text, hash bytea, tenant text, party text, role text, sources text[],
               revoked boolean, scopes text[], contracts text[], ends_in_seconds double precision,
               signing_secret text, use_is_old boolean)
language sql stable security definer
set search_path from current
as $$
  select k.prefix, k.hash, k.tenant, k.party, k.role, k.sources, k.revoked_at is not null,
    k.scopes, k.contracts,
    extract(epoch from k.expires_at - clock_timestamp())::double precision,
    k.signing_secret,
    coalesce(k.last_used_at < clock_timestamp() - interval '1 hour', true)
  from api_key k where k.prefix = wanted
$$;
create function touch_api_key(wanted text) returns void
language sql volatile security definer
set search_path from current
as $$
  update api_key set last_used_at = date_trunc('hour', clock_timestamp(), 'UTC')
  where prefix = wanted
    and coalesce(last_used_at < clock_timestamp() - interval '1 hour', true)
$$;
do $$ begin
  execute format('create policy touched on api_key for update to %I using (true)', current_user);
end $$;
grant execute on function find_api_key(text) to public;
grant execute on function touch_api_key(text) to public;`;

class LimitApiKey1700000001002 implements MigrationInterface {
  readonly name = 'LimitApiKey1700000001002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(limits);
    await runner.query(platformPolicy('api_key_log'));
    await runner.query(appendOnly('api_key_log'));
    await runner.query(lookUpWithLimits);
    await runner.query(grant('update (expires_at, rotated_to, signing_secret)', 'api_key'));
    await runner.query(grant('select, insert', 'api_key_log'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function touch_api_key(text); drop table api_key_log;
      drop function find_api_key(text); drop policy touched on api_key;
      alter table api_key drop scopes, drop contracts, drop expires_at, drop rotated_to,
        drop signing_secret, drop last_used_at`);
    await runner.query(lookUp.slice(0, lookUp.indexOf('do $$')));
    await runner.query('grant execute on function find_api_key(text) to public');
  }
}

/** Run in the access schema by usage-ingest's migrate, with its app role as the writer. */
export const accessMigrations: readonly MigrationClass[] = [
  CreateApiKey1700000001001,
  LimitApiKey1700000001002,
];
