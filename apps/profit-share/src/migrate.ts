/** Brings the schema of profit-share to its newest version. */
import { createLogger } from '@suanpan/platform-observability';
import { runMigrations } from '@suanpan/platform-postgres';
import { profitShareMigrations } from './migrations/index.js';
import { APP_ROLE, SERVICE, readConfig } from './running.js';

const logger = createLogger({ service: SERVICE });
const { databaseSchema, migrationDatabaseUrl, databaseUrl } = readConfig(process.env);

runMigrations({
  url: migrationDatabaseUrl ?? databaseUrl,
  schema: databaseSchema,
  appRole: APP_ROLE,
  migrations: profitShareMigrations,
}).then(
  () => logger.info({ schema: databaseSchema }, 'migrated'),
  (error: unknown) => {
    logger.fatal({ err: error }, 'The migrations failed.');
    process.exit(1);
  },
);
