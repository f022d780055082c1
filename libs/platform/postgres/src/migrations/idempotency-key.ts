/**
 * The answers that were given to a client's commands, by the client's own key.
 *
 * Source      reliability D09, I23
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantPolicy } from '../row-security.js';

const table = `
create table idempotency_key (
  tenant           text        not null,
  key              text        not null,
  request_hash     bytea       not null,
  state            text        not null check (state in ('running', 'done')),
  response_status  integer,
  response_body    text,
  response_headers text,
  created_at       timestamptz not null default clock_timestamp(),
  finished_at      timestamptz,
  primary key (tenant, key)
);`;

export class CreateIdempotencyKey1700000000006 implements MigrationInterface {
  readonly name = 'CreateIdempotencyKey1700000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(tenantPolicy('idempotency_key'));
    await runner.query(grant('select, insert, update, delete', 'idempotency_key'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table idempotency_key');
  }
}
