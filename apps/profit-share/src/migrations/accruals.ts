/**
 * What usage has earned so far: the service's own copy of the bucket sums, and the directory of
 * contracts and closed periods that it was told of.
 *
 * Shape       accrual rows are keyed by content, so that replay and any batch size give the same
 *             rows; the log partition is not in the key.
 * Invariant   `rated_progress` moves over each range of a source partition exactly once (R13).
 * Source      design rulings R2, R6, R13
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from '@suanpan/platform-postgres';
import { operatorPolicy, platformOnlyPolicy } from './operator-policy.js';

const tables = `
create table rated_progress (
  source_topic     text    not null,
  source_partition integer not null check (source_partition >= 0),
  next_offset      bigint  not null check (next_offset >= 0),
  primary key (source_topic, source_partition)
) with (fillfactor = 50);
create table rated_parked (
  source_topic     text        not null,
  source_partition integer     not null,
  first_offset     bigint      not null,
  last_offset      bigint      not null check (last_offset >= first_offset),
  value            bytea       not null,
  parked_at        timestamptz not null default clock_timestamp(),
  primary key (source_topic, source_partition, first_offset)
);
create table accrual (
  tenant           text           not null,
  cell             bytea          not null check (length(cell) = 16),
  contract         text           not null,
  buyer            text           not null,
  centre           text           not null,
  upstream         text,
  authorization_id text,
  lot              text,
  route            text,
  end_user_country text,
  model_ordered    text           not null,
  model_served     text,
  kind             text           not null,
  price_table      text           not null,
  price_version    text           not null,
  price            text           not null,
  currency         text           not null,
  billing_state    text           not null check (billing_state in ('billable', 'hold')),
  quarter_hour     timestamptz    not null,
  service_period   text           not null,
  posting_period   text           not null,
  quantity         numeric(38, 0) not null check (quantity <> 'NaN'),
  calls            bigint         not null,
  amount           numeric        not null check (amount not in ('NaN', 'Infinity', '-Infinity')),
  primary key (tenant, cell)
) with (fillfactor = 70);
create index accrual_by_contract on accrual (tenant, contract, posting_period);
create table contract (
  tenant      text        not null,
  contract    text        not null,
  buyer       text        not null,
  seller      text        not null,
  currency    text        not null,
  zone        text        not null,
  valid_from  timestamptz not null,
  valid_until timestamptz,
  primary key (tenant, contract)
);
create table period (
  tenant   text        not null,
  contract text        not null,
  period   text        not null,
  zone     text        not null,
  starts   timestamptz not null,
  ends     timestamptz not null,
  vector   jsonb       not null,
  primary key (tenant, contract, period)
);`;

export class CreateAccruals1700000001001 implements MigrationInterface {
  readonly name = 'CreateAccruals1700000001001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(platformOnlyPolicy('rated_parked'));
    await runner.query(grant('select, insert, delete', 'rated_parked'));
    // Offsets of a log are no tenant's data.
    await runner.query(grant('select, insert, update', 'rated_progress'));
    for (const table of ['accrual', 'contract', 'period']) {
      await runner.query(operatorPolicy(table));
      await runner.query(grant('select, insert, update', table));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table period, contract, accrual, rated_parked, rated_progress');
  }
}
