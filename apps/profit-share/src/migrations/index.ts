import type { MigrationClass } from '@suanpan/platform-postgres';
import { platformMigrations } from '@suanpan/platform-postgres';
import { CreateAccruals1700000001001 } from './accruals.js';
import { CreateDistributions1700000001002 } from './distributions.js';
import { AddDueAttempts1700000001004 } from './due-attempts.js';
import { CreateStatements1700000001003 } from './statements.js';

/** What profit-share adds to the tables that every service has. */
export const ownMigrations: readonly MigrationClass[] = [
  CreateAccruals1700000001001,
  CreateDistributions1700000001002,
  CreateStatements1700000001003,
  AddDueAttempts1700000001004,
];

/** The schema of profit-share, in order. */
export const profitShareMigrations: readonly MigrationClass[] = [
  ...platformMigrations,
  ...ownMigrations,
];
