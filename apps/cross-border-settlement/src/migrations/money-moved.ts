/**
 * Money that came in, money that went out, and the bank's lines of both.
 *
 * Invariant   projections of the receipt and settlement streams. One settlement an entity,
 *             counterparty and period here; ./settlement-sequence allows more.
 * Source      design rulings R29, R35, R38
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from '@suanpan/platform-postgres';
import { loopPolicy, operatorPolicy } from './operator-policy.js';

const receipts = `
create table receipt (
  tenant              text    not null,
  receipt             text    not null,
  entity              text    not null,
  payer               text    not null,
  currency            text    not null,
  amount              numeric not null check (amount > 0),
  withheld            numeric not null check (withheld >= 0),
  charges             numeric not null check (charges >= 0),
  date                date    not null,
  reference           text    not null,
  functional_currency text    not null,
  functional          numeric not null,
  rate_id             text,
  status              text    not null check (status in ('matched', 'unmatched')),
  reason              text,
  primary key (tenant, receipt)
);
create index receipt_unmatched on receipt (tenant, receipt) where status = 'unmatched';
create table receipt_match (
  tenant   text    not null,
  receipt  text    not null,
  invoice  text    not null,
  number   text    not null,
  currency text    not null,
  amount   numeric not null check (amount > 0),
  primary key (tenant, receipt, invoice),
  foreign key (tenant, receipt) references receipt (tenant, receipt)
);`;

const settlements = `
create table settlement (
  tenant              text    not null,
  settlement          text    not null,
  entity              text    not null,
  counterparty        text    not null,
  period              text    not null,
  date                date    not null,
  payout_currency     text    not null,
  payout_amount       numeric not null check (payout_amount >= 0),
  functional_currency text    not null,
  realised_fx         numeric not null,
  rate_ids            text[]  not null,
  bank_line           text,
  primary key (tenant, settlement),
  unique (tenant, entity, counterparty, period)
);
create table settlement_leg (
  tenant        text    not null,
  settlement    text    not null,
  currency      text    not null,
  receivable    numeric not null,
  payable       numeric not null,
  net           numeric not null check (net = payable - receivable and net >= 0),
  payout_amount numeric not null,
  rate_ids      text[]  not null,
  primary key (tenant, settlement, currency),
  foreign key (tenant, settlement) references settlement (tenant, settlement)
);
create table settlement_item (
  tenant     text    not null,
  settlement text    not null,
  kind       text    not null check (kind in ('payable', 'receivable')),
  document   text    not null,
  number     text    not null,
  currency   text    not null,
  amount     numeric not null check (amount > 0),
  functional numeric not null,
  primary key (tenant, settlement, kind, document),
  foreign key (tenant, settlement) references settlement (tenant, settlement)
);`;

const bankLines = `
create table bank_line (
  tenant       text    not null,
  bank_line    text    not null,
  entity       text    not null,
  direction    text    not null check (direction in ('in', 'out')),
  account      text    not null,
  counterparty text    not null,
  currency     text    not null,
  amount       numeric not null check (amount > 0),
  date         date    not null,
  reference    text    not null,
  primary key (tenant, bank_line)
);
create table bank_line_document (
  tenant    text    not null,
  bank_line text    not null,
  kind      text    not null check (kind in ('invoice', 'statement')),
  document  text    not null,
  number    text    not null,
  currency  text    not null,
  amount    numeric not null,
  primary key (tenant, bank_line, kind, document),
  foreign key (tenant, bank_line) references bank_line (tenant, bank_line)
);`;

const OWN = ['receipt_match', 'settlement', 'settlement_leg', 'settlement_item', 'bank_line'];

export class CreateMoneyMoved1700000001004 implements MigrationInterface {
  readonly name = 'CreateMoneyMoved1700000001004';

  async up(runner: QueryRunner): Promise<void> {
    for (const tables of [receipts, settlements, bankLines]) await runner.query(tables);
    // The service's own loop looks for receipts that nothing explains yet.
    await runner.query(loopPolicy('receipt'));
    await runner.query(grant('select, insert, update', 'receipt'));
    for (const table of [...OWN, 'bank_line_document']) {
      await runner.query(operatorPolicy(table));
      await runner.query(grant('select, insert', table));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table bank_line_document, bank_line');
    await runner.query('drop table settlement_item, settlement_leg, settlement');
    await runner.query('drop table receipt_match, receipt');
  }
}
