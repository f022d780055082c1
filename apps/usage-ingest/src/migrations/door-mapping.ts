import { grant, tenantPolicy } from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
create table door_mapping (
  tenant     text        not null,
  centre     text        not null,
  version    bigint      not null default 1,
  mapping    jsonb       not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (tenant, centre),
  foreign key (tenant, centre) references centre
);`;

/** How the foreign events of each centre become ours. */
export class CreateDoorMapping1700000100020 implements MigrationInterface {
  readonly name = 'CreateDoorMapping1700000100020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(tenantPolicy('door_mapping', { partyColumn: 'centre' }));
    await runner.query(grant('select, insert, update', 'door_mapping'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table door_mapping');
  }
}
