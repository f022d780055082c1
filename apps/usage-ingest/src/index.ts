export { IngestModule } from './app.module.js';
export type { IngestParts } from './app.module.js';
export { migrateSchemas } from './migrate-schemas.js';
export { ingestMigrations, ownMigrations } from './migrations/index.js';
export { SERVICE, startIngest } from './start.js';
