/**
 * When something that waits was last tried: what was not tried for longest goes first.
 *
 * Invariant   what can never be booked keeps nothing else waiting, however much there is of it.
 *             No function of the events: replay leaves both out.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from '@suanpan/platform-postgres';
import { loopPolicy } from './operator-policy.js';

const rematch = `
create table rematch (
  tenant       text        not null,
  receipt      text        not null,
  attempted_at timestamptz not null,
  primary key (tenant, receipt),
  foreign key (tenant, receipt) references receipt (tenant, receipt)
);`;

export class AddAttempts1700000001006 implements MigrationInterface {
  readonly name = 'AddAttempts1700000001006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table waiting add column attempted_at timestamptz');
    await runner.query(rematch);
    await runner.query(loopPolicy('rematch'));
    await runner.query(grant('select, insert, update, delete', 'rematch'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table rematch');
    await runner.query('alter table waiting drop column attempted_at');
  }
}
