import { grant, tenantPolicy } from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
create table centre (
  tenant     text        not null,
  centre     text        not null,
  name       text        not null,
  country    text        not null check (country ~ '^[A-Z]{2}$'),
  status     text        not null check (status in ('active', 'suspended')),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (tenant, centre)
);`;

/** The directory of compute centres. */
export class CreateCentre1700000100001 implements MigrationInterface {
  readonly name = 'CreateCentre1700000100001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(tenantPolicy('centre', { partyColumn: 'centre' }));
    await runner.query(grant('select, insert, update', 'centre'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table centre');
  }
}
