/**
 * What the service says to the others, written with the effect and relayed afterwards.
 *
 * Invariant   within one (topic, tenant, stream) the wire versions have no gap; a message is
 *             never removed, only marked as sent (I21).
 * Source      design ruling R13, reliability D07
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, grantPipeline, pipelineUpdatePolicy, platformPolicy } from '../row-security.js';

const tables = `
create table outbox (
  id             bigint generated always as identity primary key,
  lane           smallint    not null check (lane >= 0),
  topic          text        not null,
  key            bytea       not null,
  type           text        not null,
  tenant         text        not null,
  stream_id      text        not null,
  stream_version bigint      not null check (stream_version > 0),
  value          bytea       not null,
  traceparent    text,
  created_at     timestamptz not null default clock_timestamp(),
  sent_at        timestamptz,
  unique (topic, tenant, stream_id, stream_version)
);
create index outbox_unsent on outbox (lane, id) where sent_at is null;
create table outbox_stream (
  topic          text   not null,
  tenant         text   not null,
  stream_id      text   not null,
  stream_version bigint not null check (stream_version > 0),
  primary key (topic, tenant, stream_id)
);`;

export class CreateOutbox1700000000002 implements MigrationInterface {
  readonly name = 'CreateOutbox1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const table of ['outbox', 'outbox_stream']) {
      await runner.query(platformPolicy(table));
      await runner.query(pipelineUpdatePolicy(table));
    }
    await runner.query(grant('select, insert, update (sent_at)', 'outbox'));
    await runner.query(grantPipeline('select, insert', 'outbox'));
    await runner.query(grant('select, insert, update', 'outbox_stream'));
    await runner.query(grantPipeline('select, insert, update', 'outbox_stream'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table outbox; drop table outbox_stream');
  }
}
