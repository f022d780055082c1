/**
 * The facts of the service's aggregates, and the one chained log of all appends.
 *
 * Invariant   append-only for every role; (tenant, stream, version) is unique and has no gap.
 * Source      design 3.9, 3.11 and ruling R15
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, platformPolicy } from '../row-security.js';
import { appendOnly } from './append-only.js';

const tables = `
create table event_store (
  tenant      text        not null,
  stream_id   text        not null,
  version     integer     not null check (version > 0),
  type        text        not null,
  body        text        not null,
  meta        text        not null,
  recorded_at timestamptz not null,
  prev_hash   bytea       not null check (length(prev_hash) = 32),
  hash        bytea       not null check (length(hash) = 32),
  position    bigint generated always as identity,
  primary key (tenant, stream_id, version)
);
create unique index event_store_position on event_store (position);
create table head_log (
  seq       bigint primary key check (seq > 0),
  tenant    text   not null,
  stream_id text   not null,
  version   integer not null,
  event_hash bytea not null,
  prev_hash bytea  not null check (length(prev_hash) = 32),
  hash      bytea  not null check (length(hash) = 32),
  unique (tenant, stream_id, version)
);
create table head_export (
  seq         bigint      not null,
  hash        bytea       not null,
  exported_at timestamptz not null,
  primary key (seq, exported_at)
);`;

export class CreateEventStore1700000000004 implements MigrationInterface {
  readonly name = 'CreateEventStore1700000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(platformPolicy('event_store'));
    await runner.query(platformPolicy('head_log'));
    for (const table of ['event_store', 'head_log', 'head_export']) {
      await runner.query(appendOnly(table));
      await runner.query(grant('select, insert', table));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table head_export; drop table head_log; drop table event_store');
  }
}
