import type { MigrationClass } from '@suanpan/platform-postgres';
import { platformMigrations } from '@suanpan/platform-postgres';
import { AddAttempts1700000001006 } from './attempts.js';
import { CreateDirectory1700000001001 } from './directory.js';
import { CreateJournal1700000001002 } from './journal.js';
import { CreateMoneyMoved1700000001004 } from './money-moved.js';
import { CreateOpenItems1700000001003 } from './open-items.js';
import { AddSettlementSequence1700000001005 } from './settlement-sequence.js';

/** What cross-border-settlement adds to the tables that every service has. */
export const ownMigrations: readonly MigrationClass[] = [
  CreateDirectory1700000001001,
  CreateJournal1700000001002,
  CreateOpenItems1700000001003,
  CreateMoneyMoved1700000001004,
  AddSettlementSequence1700000001005,
  AddAttempts1700000001006,
];

/** The schema of cross-border-settlement, in order. */
export const settlementMigrations: readonly MigrationClass[] = [
  ...platformMigrations,
  ...ownMigrations,
];
