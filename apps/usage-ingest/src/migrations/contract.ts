import { grant, tenantPolicy } from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// What an operator has set is kept apart from what the log says, so that the projection can be
// dropped and built again.
const tables = `
create table contract (
  tenant    text        not null,
  contract  text        not null,
  buyer     text        not null,
  starts_at timestamptz not null,
  ends_at   timestamptz,
  primary key (tenant, contract)
);
create table contract_late_limit (
  tenant   text        not null,
  contract text        not null,
  days     integer     not null check (days between 1 and 3650),
  set_by   text        not null,
  set_at   timestamptz not null default clock_timestamp(),
  primary key (tenant, contract)
);`;

/** The directory of contracts, read from the log, and how late each may be metered. */
export class CreateContract1700000100010 implements MigrationInterface {
  readonly name = 'CreateContract1700000100010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(tenantPolicy('contract'));
    await runner.query(tenantPolicy('contract_late_limit'));
    await runner.query(grant('select, insert, update', 'contract'));
    await runner.query(grant('select, insert, update, delete', 'contract_late_limit'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table contract; drop table contract_late_limit');
  }
}
