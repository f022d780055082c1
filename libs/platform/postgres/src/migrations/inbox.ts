/**
 * What the service has already heard of each stream, and what it heard too early.
 *
 * Source      design ruling R13
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, platformPolicy } from '../row-security.js';

const tables = `
create table inbox (
  source       text   not null,
  tenant       text   not null,
  stream_id    text   not null,
  last_version bigint not null check (last_version > 0),
  primary key (source, tenant, stream_id)
);
create table inbox_parked (
  source         text        not null,
  tenant         text        not null,
  stream_id      text        not null,
  stream_version bigint      not null,
  partition      integer     not null,
  log_offset     bigint      not null,
  type           text        not null,
  value          bytea       not null,
  parked_at      timestamptz not null default clock_timestamp(),
  primary key (source, tenant, stream_id, stream_version)
);`;

export class CreateInbox1700000000003 implements MigrationInterface {
  readonly name = 'CreateInbox1700000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(platformPolicy('inbox'));
    await runner.query(platformPolicy('inbox_parked'));
    await runner.query(grant('select, insert, update', 'inbox'));
    await runner.query(grant('select, insert, delete', 'inbox_parked'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table inbox; drop table inbox_parked');
  }
}
