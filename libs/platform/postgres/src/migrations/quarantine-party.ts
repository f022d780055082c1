/**
 * Whose record it is that stands in the quarantine, where the record says so: a centre asks for its own.
 *
 * Source      ruling R23 (the party's key seals the bytes)
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddQuarantineParty1700000000007 implements MigrationInterface {
  readonly name = 'AddQuarantineParty1700000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table quarantine add column party text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table quarantine drop column party');
  }
}
