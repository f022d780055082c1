export { IngestModule } from './app.module.js';
export type { IngestParts } from './app.module.js';
export { migrateSchemas } from './migrate-schemas.js';
export { ingestMigrations, ownMigrations } from './migrations/index.js';
export { startIngest } from './start.js';
export { SERVICE } from './tokens.js';
