import { grant, platformPolicy, tenantPolicy } from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
create table import_file (
  tenant       text        not null,
  centre       text        not null,
  import_id    text        not null,
  name         text        not null,
  format       text        not null check (format in ('csv', 'ndjson', 'parquet')),
  gzip         boolean     not null,
  separator    text,
  dry_run      boolean     not null,
  sha256       text        not null,
  bytes        bigint      not null,
  credential   text        not null,
  operator     boolean     not null,
  sources      text[]      not null,
  contracts    text[],
  scopes       text[]      not null,
  status       text        not null check (status in ('waiting', 'running', 'done', 'failed')),
  code         text,
  detail       text,
  row_count    bigint      not null default 0,
  accepted     bigint      not null default 0,
  refused      bigint      not null default 0,
  acknowledged bigint      not null default 0,
  position     bigint      not null default 0,
  tally        jsonb       not null,
  created_at   timestamptz not null default clock_timestamp(),
  finished_at  timestamptz,
  primary key (tenant, import_id)
);
create index import_file_by_time on import_file (tenant, created_at, import_id);`;

const errors = `
create table import_error (
  tenant    text   not null,
  centre    text   not null,
  import_id text   not null,
  first_row bigint not null,
  sealed    bytea  not null,
  key_id    text   not null,
  primary key (tenant, import_id, first_row)
);`;

const work = `
create table import_work (
  tenant      text        not null,
  import_id   text        not null,
  centre      text        not null,
  worker      text,
  lease_until timestamptz,
  queued_at   timestamptz not null default clock_timestamp(),
  primary key (tenant, import_id)
);`;

/**
 * Files that centres hand in: how far each has been recorded, what was refused (sealed with the
 * centre's key), and what is to be done.
 */
export class CreateImport1700000100050 implements MigrationInterface {
  readonly name = 'CreateImport1700000100050';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [table, errors, work]) await runner.query(sql);
    await runner.query(tenantPolicy('import_file', { partyColumn: 'centre' }));
    await runner.query(tenantPolicy('import_error', { partyColumn: 'centre' }));
    // Ids only: whoever works on imports looks for them in every tenant.
    await runner.query(platformPolicy('import_work'));
    await runner.query(grant('select, insert, update', 'import_file'));
    await runner.query(grant('select, insert', 'import_error'));
    await runner.query(grant('select, insert, update, delete', 'import_work'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table import_work; drop table import_error; drop table import_file');
  }
}
