/** Brings the schema of cross-border-settlement to its newest version. */
import { createLogger } from '@suanpan/platform-observability';
import { runMigrations } from '@suanpan/platform-postgres';
import { settlementMigrations } from './migrations/index.js';
import { SERVICE, readConfig } from './running.js';

export const APP_ROLE = 'settlement_app';

const logger = createLogger({ service: SERVICE });
const { databaseSchema, migrationDatabaseUrl, databaseUrl } = readConfig(process.env);

runMigrations({
  url: migrationDatabaseUrl ?? databaseUrl,
  schema: databaseSchema,
  appRole: APP_ROLE,
  migrations: settlementMigrations,
}).then(
  () => logger.info({ schema: databaseSchema }, 'migrated'),
  (error: unknown) => {
    logger.fatal({ err: error }, 'The migrations failed.');
    process.exit(1);
  },
);
