/**
 * Lets a partner be settled for a period more than once: what is stated later is paid later.
 *
 * Invariant   one settlement an entity, counterparty, period and sequence; what was settled before
 *             this migration is the first of its key.
 * Source      apps/profit-share (a later statement of a period is `…:2`)
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = `
alter table settlement add column sequence integer not null default 1 check (sequence > 0);
alter table settlement alter column sequence drop default;
alter table settlement drop constraint settlement_tenant_entity_counterparty_period_key;
alter table settlement add unique (tenant, entity, counterparty, period, sequence);`;

const down = `
alter table settlement drop column sequence;
alter table settlement add unique (tenant, entity, counterparty, period);`;

export class AddSettlementSequence1700000001005 implements MigrationInterface {
  readonly name = 'AddSettlementSequence1700000001005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(up);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(down);
  }
}
