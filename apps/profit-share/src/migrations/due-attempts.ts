/**
 * When an invoice was last tried to be divided: what was not tried for longest goes first.
 *
 * Invariant   what can never be divided keeps no other invoice waiting, however much there is of it.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from '@suanpan/platform-postgres';

export class AddDueAttempts1700000001004 implements MigrationInterface {
  readonly name = 'AddDueAttempts1700000001004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table distribution_due add column attempted_at timestamptz');
    await runner.query(grant('update (attempted_at)', 'distribution_due'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table distribution_due drop column attempted_at');
  }
}
