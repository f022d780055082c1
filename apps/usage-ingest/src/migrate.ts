import 'reflect-metadata';
import { migrateSchemas } from './migrate-schemas.js';

migrateSchemas(process.env).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`migrate: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
