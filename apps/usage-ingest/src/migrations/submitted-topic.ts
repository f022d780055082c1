import { grant, platformPolicy } from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// Read by the consumer for all tenants at once, so the platform's scope sees it.
const table = `
create table submitted_topic (
  tenant       text        not null,
  centre       text        not null,
  topic        text        not null unique,
  sources      text[]      not null check (cardinality(sources) > 0),
  contracts    text[],
  may_backfill boolean     not null,
  set_by       text        not null,
  set_at       timestamptz not null default clock_timestamp(),
  primary key (tenant, centre),
  foreign key (tenant, centre) references centre (tenant, centre)
);`;

/** The topics that centres write themselves, and what each may say. */
export class CreateSubmittedTopic1700000100012 implements MigrationInterface {
  readonly name = 'CreateSubmittedTopic1700000100012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(platformPolicy('submitted_topic'));
    await runner.query(grant('select, insert, update, delete', 'submitted_topic'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table submitted_topic');
  }
}
