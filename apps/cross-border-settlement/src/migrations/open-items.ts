/**
 * What is owed to us and by us, and the documents that cannot be booked yet.
 *
 * Invariant   projections of the item streams; what is open never exceeds what was booked.
 * Source      design 3.9; tables of the settlement schema
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from '@suanpan/platform-postgres';
import { loopPolicy, operatorPolicy } from './operator-policy.js';

const tables = `
create table receivable (
  tenant              text        not null,
  invoice             text        not null,
  entity              text        not null,
  number              text        not null,
  buyer               text        not null,
  contract            text        not null,
  period              text        not null,
  currency            text        not null,
  amount              numeric     not null check (amount > 0),
  issue_date          date        not null,
  due_at              timestamptz not null,
  functional_currency text        not null,
  functional          numeric     not null,
  rate_id             text,
  open_amount         numeric     not null check (open_amount between 0 and amount),
  open_functional     numeric     not null check (open_functional between 0 and functional),
  primary key (tenant, invoice)
);
create index receivable_by_number on receivable (tenant, entity, number);
create table payable (
  tenant              text    not null,
  statement           text    not null,
  entity              text    not null,
  number              text    not null,
  partner             text    not null,
  role                text    not null,
  currency            text    not null,
  period              text    not null,
  amount              numeric not null check (amount > 0),
  issue_date          date    not null,
  functional_currency text    not null,
  functional          numeric not null,
  rate_id             text,
  settlement          text,
  primary key (tenant, statement, entity)
);
create index payable_open on payable (tenant, period) where settlement is null;
create table payable_invoice (
  tenant    text    not null,
  statement text    not null,
  entity    text    not null,
  invoice   text    not null,
  number    text    not null,
  currency  text    not null,
  amount    numeric not null,
  primary key (tenant, statement, entity, invoice),
  foreign key (tenant, statement, entity) references payable (tenant, statement, entity)
);
create table waiting (
  tenant   text        not null,
  kind     text        not null check (kind in ('invoice', 'statement', 'receipt')),
  document text        not null,
  reason   text        not null,
  detail   text        not null,
  since    timestamptz not null,
  value    bytea       not null,
  primary key (tenant, kind, document)
);`;

export class CreateOpenItems1700000001003 implements MigrationInterface {
  readonly name = 'CreateOpenItems1700000001003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const table of ['receivable', 'payable', 'payable_invoice']) {
      await runner.query(operatorPolicy(table));
      await runner.query(grant('select, insert, update', table));
    }
    await runner.query(loopPolicy('waiting'));
    await runner.query(grant('select, insert, update, delete', 'waiting'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table waiting, payable_invoice, payable, receivable');
  }
}
