/**
 * Invoices, the counters of their numbers, and requests to close periods.
 *
 * Invariant   numbers of a seller's series have no gap: the counter's row is locked in the
 *             transaction that issues (I7); an issued document is never changed.
 * Source      rulings R8, R36; reliability.md I10
 */
import {
  appendOnly,
  grant,
  grantPipeline,
  pipelinePolicy,
  platformPolicy,
  tenantPolicy,
} from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { operatorOnly } from './operator-only.js';

const tables = `
create table invoice_series (
  tenant        text   not null,
  seller        text   not null,
  series        text   not null,
  last_sequence bigint not null check (last_sequence > 0),
  primary key (tenant, seller, series)
);
create table invoice (
  tenant        text        not null,
  invoice       text        not null,
  number        text        not null,
  series        text        not null,
  sequence      bigint      not null check (sequence > 0),
  seller        text        not null,
  buyer         text        not null,
  contract      text        not null,
  currency      text        not null,
  period        text        not null,
  issued_at     timestamptz not null,
  due_at        timestamptz not null,
  issue_date    date        not null,
  line_total    numeric     not null,
  tax_total     numeric     not null,
  total         numeric     not null check (total = line_total + tax_total),
  document_hash text        not null,
  document      text        not null,
  primary key (tenant, invoice),
  unique (tenant, seller, series, sequence),
  unique (tenant, contract, period)
);
create table invoice_line (
  tenant         text    not null,
  invoice        text    not null,
  line           integer not null check (line > 0),
  buyer          text    not null,
  contract       text    not null,
  revenue_type   text    not null,
  model          text    not null,
  kind           text    not null,
  price_table    text    not null,
  price_version  text    not null,
  price          numeric not null,
  price_text     text    not null,
  price_base     numeric not null,
  quantity       numeric not null,
  calls          bigint  not null,
  exact          numeric not null,
  amount         numeric not null,
  service_period text    not null,
  adjustment     boolean not null,
  multiset_hash  text    not null,
  primary key (tenant, invoice, line),
  unique (tenant, invoice, service_period, model, kind, price_table, price_version),
  foreign key (tenant, invoice) references invoice
);
create index invoice_line_by_service on invoice_line (tenant, contract, service_period);
create table close_request (
  tenant       text        not null,
  id           text        not null,
  period       text        not null,
  contracts    jsonb,
  status       text        not null check (status in ('waiting', 'done', 'failed')),
  requested_at timestamptz not null,
  actor        text        not null,
  request_id   text        not null,
  end_offsets  jsonb,
  primary key (tenant, id)
);
create unique index close_request_waiting on close_request
  (tenant, period, coalesce(contracts::text, '')) where status = 'waiting';
create table close_contract (
  tenant   text not null,
  close_id text not null,
  contract text not null,
  status   text not null check (status in ('waiting', 'closed', 'failed')),
  invoice  text,
  reason   text,
  report   jsonb,
  primary key (tenant, close_id, contract),
  foreign key (tenant, close_id) references close_request
);`;

export class CreateBilling1700000001003 implements MigrationInterface {
  readonly name = 'CreateBilling1700000001003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const table of ['invoice', 'invoice_line']) {
      await runner.query(tenantPolicy(table, { partyColumn: 'buyer' }));
      await runner.query(appendOnly(table));
      await runner.query(grant('select, insert', table));
      // Replay reads all tenants' documents with the pipeline role.
      await runner.query(pipelinePolicy(table) + grantPipeline('select', table));
    }
    // What is due is looked for in all tenants, by the platform's own loop.
    for (const table of ['invoice_series', 'close_request', 'close_contract']) {
      await runner.query(platformPolicy(table) + operatorOnly(table));
      await runner.query(grant('select, insert, update', table));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table close_contract, close_request, invoice_line, invoice, invoice_series`,
    );
  }
}
