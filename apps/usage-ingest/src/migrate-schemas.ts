/**
 * Brings both schemas of this service to their newest version: its own, and the keys of all
 * services.
 */
import { accessMigrations, InvalidConfig, readServiceConfig } from '@suanpan/platform-http';
import type { Environment } from '@suanpan/platform-http';
import { runMigrations } from '@suanpan/platform-postgres';
import { ingestMigrations } from './migrations/index.js';
import { DEFAULTS } from './start.js';

const APP_ROLE = 'ingest_app';

export const migrateSchemas = async (env: Environment): Promise<void> => {
  const config = readServiceConfig(env, DEFAULTS);
  const { migrationDatabaseUrl: url } = config;
  if (url === undefined) throw new InvalidConfig('MIGRATION_DATABASE_URL must be set.');
  await runMigrations({
    url: config.accessMigrationDatabaseUrl ?? url,
    schema: config.accessSchema,
    appRole: APP_ROLE,
    migrations: accessMigrations,
  });
  await runMigrations({
    url,
    schema: config.databaseSchema,
    appRole: APP_ROLE,
    migrations: ingestMigrations,
  });
};
