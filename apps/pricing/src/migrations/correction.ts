/**
 * Corrections of calls: what was said later about a call, and the signed effects that this has.
 *
 * Shape       correction: one row a (call, revision), the call by the halves of its identity;
 *             correction_effect: what a version adds (sign 1) and what is taken back of it (sign -1),
 *             at most once each. Revision 0 is the call itself, which stands in `call`.
 * Invariant   an effect is never changed or removed; Σ buckets = Σ calls + Σ effects, signed.
 * Source      ruling R3
 */
import {
  grant,
  grantPipeline,
  pipelinePolicy,
  pipelineUpdatePolicy,
  tenantPolicy,
} from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { byDimensionSet, operatorOnly } from './operator-only.js';

const tables = `
create table correction (
  h1             bigint      not null,
  h2             bigint      not null,
  revision       bigint      not null check (revision > 0),
  tenant         text        not null,
  source         text        not null,
  id             text        not null,
  own_h1         bigint      not null,
  own_h2         bigint      not null,
  call_source    text        not null,
  call_id        text        not null,
  action         text        not null check (action in ('correct', 'void')),
  centre         text        not null,
  contract       text,
  code           text,
  event          text        not null,
  payload_hash   bytea       not null,
  hash_version   smallint    not null default 1,
  partition      smallint    not null,
  "offset"       bigint      not null,
  since          timestamptz not null,
  primary key (h1, h2, revision)
);
create index correction_by_name on correction (own_h1, own_h2);
create index correction_open on correction (tenant, contract, h1, h2, revision)
  where code is not null;
create index correction_waiting on correction (h1, h2) where code = 'ORIGINAL_UNKNOWN';
create table correction_effect (
  h1             bigint      not null,
  h2             bigint      not null,
  revision       bigint      not null,
  sign           smallint    not null check (sign in (-1, 1)),
  time           timestamptz not null,
  dims           bigint      not null,
  price_version  bigint      not null,
  input          bigint      not null,
  cached_input   bigint      not null,
  cache_write    bigint      not null,
  output         bigint      not null,
  reasoning      bigint      not null,
  other_kinds    jsonb,
  amount         numeric     not null,
  billing_state  smallint    not null,
  tenant         text        not null,
  source         text        not null,
  id             text        not null,
  service_period text        not null collate "C",
  posting_period text        not null collate "C",
  payload_hash   bytea       not null,
  partition      smallint    not null,
  "offset"       bigint      not null,
  primary key (h1, h2, revision, sign),
  check (revision > 0 or sign = -1)
);
create index correction_effect_by_dims on correction_effect (dims, posting_period);
create trigger correction_effect_is_frozen before update or delete or truncate
  on correction_effect for each statement execute function call_is_frozen();
alter table unpriced add column superseded_by bigint;
alter table rerate_request add column after_revision bigint;
drop index unpriced_open;
create index unpriced_open on unpriced (tenant, contract, h1, h2)
  where resolved_cut is null and superseded_by is null;`;

export class CreateCorrection1700000001005 implements MigrationInterface {
  readonly name = 'CreateCorrection1700000001005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(tenantPolicy('correction') + operatorOnly('correction'));
    await runner.query(byDimensionSet('correction_effect'));
    await runner.query(pipelineUpdatePolicy('correction'));
    await runner.query(grantPipeline('select, insert, update', 'correction'));
    await runner.query(pipelinePolicy('correction_effect'));
    await runner.query(grantPipeline('select, insert', 'correction_effect'));
    for (const table of ['correction', 'correction_effect']) {
      await runner.query(grant('select', table));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table correction_effect, correction;
      drop index unpriced_open; alter table unpriced drop column superseded_by;
      alter table rerate_request drop column after_revision;
      create index unpriced_open on unpriced (tenant, contract, h1, h2)
        where resolved_cut is null`);
  }
}
