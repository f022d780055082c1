import { platformMigrations } from '@suanpan/platform-postgres';
import type { MigrationClass } from '@suanpan/platform-postgres';
import { CreateCentre1700000100001 } from './centre.js';
import { CreateCentreLimit1700000100011 } from './centre-limit.js';
import { CreateContract1700000100010 } from './contract.js';
import { CreateDoorMapping1700000100020 } from './door-mapping.js';
import { CreateImport1700000100050 } from './import.js';
import { CreateRefused1700000100002 } from './refused.js';
import { CreateSubmittedTopic1700000100012 } from './submitted-topic.js';
import { CreateRefusedState1700000100030 } from './refused-state.js';

/** The tables of this service alone. */
export const ownMigrations: readonly MigrationClass[] = [
  CreateCentre1700000100001,
  CreateRefused1700000100002,
  CreateContract1700000100010,
  CreateCentreLimit1700000100011,
  CreateSubmittedTopic1700000100012,
  CreateDoorMapping1700000100020,
  CreateImport1700000100050,
  CreateRefusedState1700000100030,
];

/** Everything in the schema of usage-ingest. */
export const ingestMigrations: readonly MigrationClass[] = [
  ...platformMigrations,
  ...ownMigrations,
];
