import { grant, tenantPolicy } from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
create table refused (
  tenant      text        not null,
  centre      text        not null,
  partition   integer     not null,
  log_offset  bigint      not null,
  source      text,
  event_id    text,
  code        text        not null,
  path        text,
  detail      text        not null,
  received_at timestamptz not null,
  request_id  text        not null,
  sealed      bytea,
  key_id      text,
  primary key (partition, log_offset)
);
create index refused_by_tenant on refused (tenant, received_at, partition, log_offset);`;

/** Which events were not accepted, and why: read from `usage.refused`, can be rebuilt from it. */
export class CreateRefused1700000100002 implements MigrationInterface {
  readonly name = 'CreateRefused1700000100002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(tenantPolicy('refused', { partyColumn: 'centre' }));
    await runner.query(grant('select, insert', 'refused'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table refused');
  }
}
