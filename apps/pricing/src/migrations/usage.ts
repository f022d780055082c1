/**
 * Rated usage: one row a call, sums by bucket, and what could not be priced yet.
 *
 * Shape       identities are two int8 halves of their hash: the partition is the top six bits of
 *             h1, so that a batch of one partition meets one 64th of the index. Dimension sets and
 *             charge cells are interned under content ids (R2).
 * Invariant   a call is never changed or removed; an identity is claimed once, by a call or by an
 *             unpriced event; source and id stand beside the hash and are compared on a hit.
 * Source      design.md 3.5, 3.6; rulings R7, R9, R14, R15
 */
import {
  grant,
  grantPipeline,
  pipelinePolicy,
  pipelineUpdatePolicy,
  tenantPolicy,
} from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { byDimensionSet, operatorOnly, OWN_PRICE_TABLE, partySees } from './operator-only.js';

const dimensions = `
create table dimension_set (
  id               bigint primary key,
  tenant           text not null,
  contract         text not null,
  buyer            text not null,
  centre           text not null,
  model_ordered    text not null,
  model_served     text,
  upstream         text,
  authorization_id text,
  lot              text,
  route            text,
  end_user_country text,
  data_origin      text,
  facility         text,
  pool             text,
  return_country   text,
  purpose          text,
  service_tier     text,
  route_type       text,
  control_region   text,
  inference_region text,
  use_case         text,
  industry         text,
  data_class       text,
  dataset_tag      text
);
create index dimension_set_by_contract on dimension_set (tenant, contract);
create table charge_cell (
  id             bigint  primary key,
  tenant         text    not null,
  price_table    text    not null,
  version        text    not null,
  model          text    not null,
  kind           text    not null,
  time_window    text    not null default '',
  threshold_step integer not null default 0,
  service_tier   text    not null default '',
  currency       text    not null,
  price          numeric not null check (price >= 0),
  price_text     text    not null
);
create index charge_cell_by_table on charge_cell (tenant, price_table);`;

const calls = `
create table call (
  h1             bigint      not null,
  h2             bigint      not null,
  time           timestamptz not null,
  dims           bigint      not null,
  price_version  bigint      not null,
  input          bigint      not null,
  cached_input   bigint      not null,
  cache_write    bigint      not null,
  output         bigint      not null,
  reasoning      bigint      not null,
  "offset"       bigint      not null,
  partition      smallint    not null,
  billing_state  smallint    not null,
  hash_version   smallint    not null default 1,
  tenant         text        not null,
  source         text        not null,
  id             text        not null,
  service_period text        not null collate "C",
  posting_period text        not null collate "C",
  payload_hash   bytea       not null,
  amount         numeric     not null,
  other_kinds    jsonb,
  extra          jsonb,
  primary key (h1, h2)
);
create index call_by_time on call using brin (time) with (autosummarize = on);
create function call_is_frozen() returns trigger language plpgsql as $$
begin
  raise exception 'call is insert-only: % refused', tg_op using errcode = '42501';
end $$;
create trigger call_is_frozen before update or delete or truncate on call
  for each statement execute function call_is_frozen();
create table bucket (
  dims           bigint         not null,
  cell           bigint         not null,
  quarter_hour   timestamptz    not null,
  billing_state  smallint       not null,
  partition      smallint       not null,
  tenant         text           not null,
  service_period text           not null collate "C",
  posting_period text           not null collate "C",
  calls          bigint         not null,
  quantity       numeric(38, 0) not null,
  multiset       numeric        not null,
  primary key (dims, posting_period, cell, quarter_hour, billing_state, service_period, partition)
) with (fillfactor = 80);
create table unpriced (
  h1           bigint      not null,
  h2           bigint      not null,
  tenant       text        not null,
  source       text        not null,
  id           text        not null,
  time         timestamptz not null,
  contract     text        not null,
  model        text        not null,
  code         text        not null,
  event        text        not null,
  payload_hash bytea       not null,
  hash_version smallint    not null default 1,
  partition    smallint    not null,
  "offset"     bigint      not null,
  since        timestamptz not null,
  resolved_cut bigint,
  primary key (h1, h2)
);
create index unpriced_open on unpriced (tenant, contract, h1, h2) where resolved_cut is null;`;

const batches = `
create table batch (
  source_topic text     not null check (source_topic in ('usage.recorded', 'unpriced')),
  partition    smallint not null,
  first_offset bigint   not null,
  last_offset  bigint   not null check (last_offset >= first_offset),
  seq          bigint   not null,
  rated        bigint   not null,
  duplicate    bigint   not null,
  conflict     bigint   not null,
  unpriced     bigint   not null,
  quarantined  bigint   not null,
  merkle_root  bytea    not null,
  primary key (source_topic, partition, first_offset),
  unique (source_topic, partition, seq)
);
create index quarantine_by_event on quarantine (tenant, source, event_id);
create table event_count (
  tenant      text     not null,
  partition   smallint not null,
  rated       bigint   not null,
  duplicate   bigint   not null,
  conflict    bigint   not null,
  unpriced    bigint   not null,
  quarantined bigint   not null,
  primary key (tenant, partition)
) with (fillfactor = 50);`;

export class CreateUsage1700000001002 implements MigrationInterface {
  readonly name = 'CreateUsage1700000001002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(dimensions + calls + batches);
    await runner.query(tenantPolicy('dimension_set', { partyColumn: 'buyer' }));
    for (const table of ['call', 'bucket']) await runner.query(byDimensionSet(table));
    for (const table of ['charge_cell', 'unpriced', 'event_count']) {
      await runner.query(tenantPolicy(table));
    }
    await runner.query(partySees('charge_cell', OWN_PRICE_TABLE));
    for (const table of ['unpriced', 'event_count']) await runner.query(operatorOnly(table));
    for (const table of ['dimension_set', 'charge_cell', 'call']) {
      await runner.query(pipelinePolicy(table) + grantPipeline('select, insert', table));
    }
    for (const table of ['bucket', 'unpriced', 'event_count']) {
      await runner.query(pipelineUpdatePolicy(table));
      await runner.query(grantPipeline('select, insert, update', table));
    }
    // Batches hold numbers of all tenants together and no tenant's data.
    await runner.query(grantPipeline('select, insert', 'batch'));
    const read = ['dimension_set', 'charge_cell', 'call', 'bucket', 'unpriced', 'event_count'];
    for (const table of [...read, 'batch']) await runner.query(grant('select', table));
    // A later rating of unpriced events is a fact of the event store, written by the pipeline.
    await runner.query(pipelinePolicy('event_store'));
    await runner.query(grantPipeline('select, insert', 'event_store'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop index quarantine_by_event; drop table event_count, batch, unpriced, bucket, call, charge_cell, dimension_set;
       drop function call_is_frozen()`,
    );
  }
}
