/**
 * What was accepted but cannot be used, with its raw bytes sealed, and the keys that seal them.
 *
 * Invariant   one row a log record; never removed, its status moves on (I22). A key's row can be
 *             destroyed, which makes what it sealed unreadable.
 * Source      design ruling R23, reliability D08
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { PARTY_KEY_TABLE } from '@suanpan/platform-vault';
import { grant, grantPipeline, pipelinePolicy, platformPolicy } from '../row-security.js';

const tables = `
create table quarantine (
  id         bigint generated always as identity primary key,
  tenant     text,
  reason     text        not null,
  detail     text        not null,
  topic      text        not null,
  partition  integer     not null,
  log_offset bigint      not null,
  identity   bytea,
  source     text,
  event_id   text,
  attempts   integer     not null default 1 check (attempts > 0),
  first_seen timestamptz not null,
  last_seen  timestamptz not null,
  sealed     bytea       not null,
  key_id     text        not null,
  status     text        not null default 'open'
             check (status in ('open', 'redriven', 'dismissed')),
  unique (topic, partition, log_offset)
);
create index quarantine_by_tenant on quarantine (tenant, id);
${PARTY_KEY_TABLE}`;

export class CreateQuarantine1700000000005 implements MigrationInterface {
  readonly name = 'CreateQuarantine1700000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const table of ['quarantine', 'party_key']) {
      await runner.query(platformPolicy(table));
      await runner.query(pipelinePolicy(table));
      await runner.query(grantPipeline('select, insert', table));
    }
    await runner.query(grant('select, insert, update (status, attempts, last_seen)', 'quarantine'));
    await runner.query(grant('select, insert, update (wrapped, destroyed_at)', 'party_key'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table quarantine; drop table party_key');
  }
}
