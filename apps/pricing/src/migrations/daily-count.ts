/**
 * How the events of each compute centre ended, by the UTC day of their own time.
 *
 * Shape       rows carry the log partition, so that two writers never meet (R14); sums are signed.
 * Source      requirements E9; issue: a reconciliation per centre and day
 */
import {
  grant,
  grantPipeline,
  pipelineUpdatePolicy,
  tenantPolicy,
} from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
create table daily_count (
  tenant      text     not null,
  centre      text     not null,
  day         date     not null,
  partition   smallint not null,
  rated       bigint   not null,
  duplicate   bigint   not null,
  conflict    bigint   not null,
  unpriced    bigint   not null,
  quarantined bigint   not null,
  primary key (tenant, centre, day, partition)
) with (fillfactor = 50);`;

export class CreateDailyCount1700000001006 implements MigrationInterface {
  readonly name = 'CreateDailyCount1700000001006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(tenantPolicy('daily_count', { partyColumn: 'centre' }));
    await runner.query(pipelineUpdatePolicy('daily_count'));
    await runner.query(grantPipeline('select, insert, update', 'daily_count'));
    await runner.query(grant('select', 'daily_count'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table daily_count');
  }
}
