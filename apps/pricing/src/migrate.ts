/** Brings the schema of pricing to its newest version. */
import { createLogger } from '@suanpan/platform-observability';
import { platformMigrations, runMigrations } from '@suanpan/platform-postgres';
import { pricingMigrations } from './migrations/index.js';
import { APP_ROLE, PIPELINE_ROLE } from './roles.js';
import { readConfig, SERVICE } from './running.js';

const logger = createLogger({ service: SERVICE });
const { databaseSchema, migrationDatabaseUrl, databaseUrl } = readConfig(process.env);

runMigrations({
  url: migrationDatabaseUrl ?? databaseUrl,
  schema: databaseSchema,
  appRole: APP_ROLE,
  pipelineRole: PIPELINE_ROLE,
  migrations: [...platformMigrations, ...pricingMigrations],
}).then(
  () => logger.info({ schema: databaseSchema }, 'migrated'),
  (error: unknown) => {
    logger.fatal({ err: error }, 'The migrations failed.');
    process.exit(1);
  },
);
