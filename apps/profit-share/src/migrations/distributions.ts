/**
 * Agreements as screens read them, invoices on their way to being divided, and who got what.
 *
 * Shape       exact fractions are two integers as text; whole minor units are numeric.
 * Invariant   Σ base + Σ held of an invoice = its lines; Σ share of a version = its base (I4);
 *             a party's scope sees its own shares only.
 * Source      design rulings R2, R10
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantPolicy } from '@suanpan/platform-postgres';
import { loopPolicy, operatorPolicy } from './operator-policy.js';

const tables = `
create table agreement_version (
  tenant          text        not null,
  agreement       text        not null,
  version         integer     not null check (version > 0),
  currency        text        not null,
  effective_from  timestamptz not null,
  effective_until timestamptz,
  contracts       text[]      not null,
  steps           jsonb       not null,
  primary key (tenant, agreement, version)
);
create table invoice (
  tenant     text    not null,
  invoice    text    not null,
  number     text    not null,
  seller     text    not null,
  buyer      text    not null,
  contract   text    not null,
  currency   text    not null,
  period     text    not null,
  issue_date date    not null,
  total      numeric not null,
  document   jsonb   not null,
  status     text    not null check (status in ('waiting', 'distributed')),
  reason     text,
  primary key (tenant, invoice)
);
create index invoice_by_period on invoice (tenant, period, contract);
create table distribution_due (
  tenant  text        not null,
  invoice text        not null,
  vector  jsonb       not null,
  since   timestamptz not null default clock_timestamp(),
  primary key (tenant, invoice)
);
create table distribution_base (
  tenant            text    not null,
  invoice           text    not null,
  agreement         text    not null,
  agreement_version integer not null,
  period            text    not null,
  currency          text    not null,
  base_n            text    not null,
  base_d            text    not null,
  base              numeric not null,
  primary key (tenant, invoice, agreement, agreement_version)
);
create table distribution (
  tenant            text    not null,
  invoice           text    not null,
  agreement         text    not null,
  agreement_version integer not null,
  party             text    not null,
  role              text    not null,
  model             text    not null,
  period            text    not null,
  currency          text    not null,
  invoice_number    text    not null,
  base              text    not null,
  share_rule        text    not null,
  exact_n           text    not null,
  exact_d           text    not null,
  share             numeric not null,
  statement         text,
  primary key (tenant, invoice, agreement, agreement_version, party, model)
);
create index distribution_unstated on distribution (tenant, period) where statement is null;
create table held (
  tenant   text    not null,
  invoice  text    not null,
  contract text    not null,
  period   text    not null,
  currency text    not null,
  amount   numeric not null,
  exact_n  text    not null,
  exact_d  text    not null,
  models   text[]  not null,
  reason   text    not null,
  primary key (tenant, invoice)
);`;

export class CreateDistributions1700000001002 implements MigrationInterface {
  readonly name = 'CreateDistributions1700000001002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(loopPolicy('distribution_due'));
    await runner.query(grant('select, insert, delete', 'distribution_due'));
    await runner.query(tenantPolicy('distribution', { partyColumn: 'party' }));
    await runner.query(grant('select, insert, update (statement)', 'distribution'));
    for (const table of ['agreement_version', 'invoice']) {
      await runner.query(operatorPolicy(table));
      await runner.query(grant('select, insert, update', table));
    }
    for (const table of ['distribution_base', 'held']) {
      await runner.query(operatorPolicy(table));
      await runner.query(grant('select, insert', table));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table held, distribution, distribution_base, distribution_due, invoice,
       agreement_version`,
    );
  }
}
