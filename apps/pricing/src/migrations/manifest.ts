/**
 * What compute centres say that they sent: kept as they said it, compared when it is asked for.
 *
 * Source      docs/adr/0012-manifests-are-compared-where-the-calls-are.md
 */
import { appendOnly, grant, tenantPolicy } from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
create table manifest (
  tenant       text        not null,
  centre       text        not null,
  manifest     text        not null,
  starts       timestamptz not null,
  ends         timestamptz not null check (ends > starts),
  body         jsonb       not null,
  submitted_at timestamptz not null,
  primary key (tenant, centre, manifest)
);
create index manifest_by_time on manifest (tenant, centre, starts, submitted_at);`;

export class CreateManifest1700000001007 implements MigrationInterface {
  readonly name = 'CreateManifest1700000001007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(tenantPolicy('manifest', { partyColumn: 'centre' }));
    await runner.query(appendOnly('manifest'));
    await runner.query(grant('select, insert', 'manifest'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table manifest');
  }
}
