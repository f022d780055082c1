/**
 * Issued statements, as partners read them.
 *
 * Invariant   a statement never changes and numbers have no gap (I7, I10); a partner's scope sees
 *             its own statements only.
 * Source      design 1 (statement), 3.12
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { appendOnly, grant, tenantPolicy } from '@suanpan/platform-postgres';
import { operatorPolicy } from './operator-policy.js';

const tables = `
create table statement_series (
  tenant        text   not null,
  series        text   not null,
  last_sequence bigint not null check (last_sequence > 0),
  primary key (tenant, series)
);
create table statement (
  tenant        text        not null,
  statement     text        not null,
  number        text        not null,
  series        text        not null,
  sequence      bigint      not null check (sequence > 0),
  partner       text        not null,
  role          text        not null,
  currency      text        not null,
  period        text        not null,
  issued_at     timestamptz not null,
  issue_date    date        not null,
  total         numeric     not null,
  document_hash text        not null,
  primary key (tenant, statement),
  unique (tenant, series, sequence)
);
create table statement_line (
  tenant            text    not null,
  statement         text    not null,
  line              integer not null check (line > 0),
  partner           text    not null,
  agreement         text    not null,
  agreement_version integer not null,
  invoice           text    not null,
  invoice_number    text    not null,
  model             text    not null,
  base              text    not null,
  share             text    not null,
  amount            numeric not null,
  primary key (tenant, statement, line),
  foreign key (tenant, statement) references statement (tenant, statement)
);`;

export class CreateStatements1700000001003 implements MigrationInterface {
  readonly name = 'CreateStatements1700000001003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(operatorPolicy('statement_series'));
    await runner.query(grant('select, insert, update', 'statement_series'));
    for (const table of ['statement', 'statement_line']) {
      await runner.query(tenantPolicy(table, { partyColumn: 'partner' }));
      await runner.query(appendOnly(table));
      await runner.query(grant('select, insert', table));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table statement_line, statement, statement_series');
  }
}
