/**
 * Who takes part, and at which rates: legal entities, counterparties, published rates.
 *
 * Invariant   a published rate never changes and is never removed.
 * Source      design rulings R28, R35
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { appendOnly, grant } from '@suanpan/platform-postgres';
import { operatorPolicy } from './operator-policy.js';

const tables = `
create table legal_entity (
  tenant              text  not null,
  entity              text  not null,
  functional_currency text  not null,
  zone                text  not null,
  bank_accounts       jsonb not null,
  primary key (tenant, entity)
);
create table counterparty (
  tenant          text    not null,
  counterparty    text    not null,
  role            text    not null,
  country         text    not null,
  payout_currency text    not null,
  netting         boolean not null,
  primary key (tenant, counterparty)
);
create table fx_rate (
  tenant      text        not null,
  rate_id     text        not null,
  source      text        not null,
  purpose     text        not null check (purpose in ('booking', 'tax', 'settlement', 'reporting')),
  base        text        not null,
  quote       text        not null,
  date        date        not null,
  rate        numeric     not null check (rate > 0 and rate not in ('NaN', 'Infinity')),
  rate_text   text        not null,
  fixing_time timestamptz not null,
  primary key (tenant, rate_id),
  unique (tenant, source, purpose, base, quote, date)
);`;

export class CreateDirectory1700000001001 implements MigrationInterface {
  readonly name = 'CreateDirectory1700000001001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const table of ['legal_entity', 'counterparty']) {
      await runner.query(operatorPolicy(table));
      await runner.query(grant('select, insert, update', table));
    }
    await runner.query(operatorPolicy('fx_rate'));
    await runner.query(appendOnly('fx_rate'));
    await runner.query(grant('select, insert', 'fx_rate'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table fx_rate, counterparty, legal_entity');
  }
}
