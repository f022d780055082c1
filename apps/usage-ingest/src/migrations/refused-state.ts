import { grant, tenantPolicy } from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
alter table refused add column door text, add column sealed_around bytea;
create table refused_state (
  tenant          text        not null,
  centre          text        not null,
  partition       integer     not null,
  log_offset      bigint      not null,
  status          text        not null default 'open'
    check (status in ('open', 'redriven', 'repaired', 'dismissed')),
  attempts        integer     not null default 0,
  code            text,
  path            text,
  detail          text,
  accepted_source text,
  accepted_id     text,
  reason          text,
  actor           text        not null,
  changed_at      timestamptz not null default clock_timestamp(),
  primary key (partition, log_offset),
  check ((status in ('redriven', 'repaired')) = (accepted_id is not null)),
  check ((status = 'dismissed') = (reason is not null))
);`;

/**
 * What was done about a refused event: a fact of its own, not in the log. Apart from `refused`, so
 * that the projection can be thrown away and read again.
 */
export class CreateRefusedState1700000100030 implements MigrationInterface {
  readonly name = 'CreateRefusedState1700000100030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(tenantPolicy('refused_state', { partyColumn: 'centre' }));
    await runner.query(grant('select, insert, update', 'refused_state'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table refused_state; alter table refused drop column door, drop column sealed_around`,
    );
  }
}
