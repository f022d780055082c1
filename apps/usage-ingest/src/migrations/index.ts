import { platformMigrations } from '@suanpan/platform-postgres';
import type { MigrationClass } from '@suanpan/platform-postgres';
import { CreateCentre1700000100001 } from './centre.js';
import { CreateDoorMapping1700000100020 } from './door-mapping.js';
import { CreateImport1700000100050 } from './import.js';
import { CreateRefused1700000100002 } from './refused.js';

/** The tables of this service alone. */
export const ownMigrations: readonly MigrationClass[] = [
  CreateCentre1700000100001,
  CreateRefused1700000100002,
  CreateDoorMapping1700000100020,
  CreateImport1700000100050,
];

/** Everything in the schema of usage-ingest. */
export const ingestMigrations: readonly MigrationClass[] = [
  ...platformMigrations,
  ...ownMigrations,
];
