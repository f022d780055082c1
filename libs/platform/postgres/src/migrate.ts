/**
 * Brings a service's schema to its newest version, once, whoever asks at the same time.
 *
 * Shape       TypeORM migrations with unqualified names, run by the owner role; each schema has
 *             its own migrations table. `suanpan.app_role` and `suanpan.pipeline_role` are session
 *             settings that `grant(…)` reads.
 * Invariant   one runner at a time (advisory lock on the schema's name); all pending migrations
 *             of a run commit together or not at all.
 * Source      docs/architecture.md 2, reliability D20
 */
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import { createDataSource, requireIdentifier } from './data-source.js';
import { toUnavailable } from './errors.js';

/** A migration's class; its name ends in the 13 digits that order it. */
export type MigrationClass = new () => MigrationInterface;

export interface MigrationOptions {
  readonly url: string;
  readonly schema: string;
  readonly appRole: string;
  readonly pipelineRole?: string;
  readonly migrations: readonly MigrationClass[];
}

const MIGRATION_STATEMENT_MS = 600_000;
const AUDITOR = 'auditor';

const lockKey = (schema: string): string =>
  createHash('sha256').update(`migrate:${schema}`).digest().readBigInt64BE(0).toString();

const FIND = {
  schema: 'select 1 from pg_namespace where nspname = $1',
  role: 'select 1 from pg_roles where rolname = $1',
};

const exists = async (
  client: pg.Client,
  kind: keyof typeof FIND,
  name: string,
): Promise<boolean> => {
  const found = await client.query(FIND[kind], [name]);
  return found.rows.length > 0;
};

const openSchema = async (client: pg.Client, options: MigrationOptions): Promise<void> => {
  const schema = requireIdentifier(options.schema);
  if (!(await exists(client, 'schema', schema))) {
    await client.query(`create schema ${schema}`);
  }
  const roles = [options.appRole, options.pipelineRole].filter((role) => role !== undefined);
  for (const role of roles) {
    await client.query(`grant usage on schema ${schema} to ${requireIdentifier(role)}`);
  }
};

/** The auditor reads everything and writes nothing; without the role this does nothing. */
const openToAuditor = async (client: pg.Client, schema: string): Promise<void> => {
  if (!(await exists(client, 'role', AUDITOR))) return;
  await client.query(`grant usage on schema ${schema} to ${AUDITOR}`);
  await client.query(`grant select on all tables in schema ${schema} to ${AUDITOR}`);
};

const runPending = async (options: MigrationOptions): Promise<void> => {
  const session = {
    'suanpan.app_role': requireIdentifier(options.appRole),
    ...(options.pipelineRole === undefined
      ? {}
      : { 'suanpan.pipeline_role': requireIdentifier(options.pipelineRole) }),
  };
  const dataSource = createDataSource(
    {
      url: options.url,
      schema: options.schema,
      applicationName: `migrate ${options.schema}`,
      poolMax: 2,
      statementTimeoutMs: MIGRATION_STATEMENT_MS,
    },
    {
      session,
      migrations: [...options.migrations],
      migrationsTableName: 'migration',
      migrationsTransactionMode: 'all',
    },
  );
  await dataSource.initialize();
  try {
    await dataSource.runMigrations();
  } finally {
    await dataSource.destroy();
  }
};

/** Creates the schema if it is missing and runs what is pending, under an advisory lock. */
export const runMigrations = async (options: MigrationOptions): Promise<void> => {
  const client = new pg.Client({ connectionString: options.url, application_name: 'migrate' });
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [lockKey(options.schema)]);
    await openSchema(client, options);
    await runPending(options);
    await openToAuditor(client, options.schema);
  } catch (error) {
    throw toUnavailable(error);
  } finally {
    // Ending the session gives the lock back.
    await client.end().catch(() => undefined);
  }
};
