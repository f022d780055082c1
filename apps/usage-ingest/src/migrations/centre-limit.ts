import { grant, tenantPolicy } from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
create table centre_limit (
  tenant            text        not null,
  centre            text        not null,
  events_per_second integer     check (events_per_second > 0),
  bytes_per_second  integer     check (bytes_per_second > 0),
  burst_seconds     integer     check (burst_seconds > 0),
  events_per_day    bigint      check (events_per_day > 0),
  set_by            text        not null,
  set_at            timestamptz not null default clock_timestamp(),
  primary key (tenant, centre),
  foreign key (tenant, centre) references centre (tenant, centre)
);`;

/** How much a centre may send, where it is not as much as every other. */
export class CreateCentreLimit1700000100011 implements MigrationInterface {
  readonly name = 'CreateCentreLimit1700000100011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(tenantPolicy('centre_limit', { partyColumn: 'centre' }));
    await runner.query(grant('select, insert, update', 'centre_limit'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table centre_limit');
  }
}
