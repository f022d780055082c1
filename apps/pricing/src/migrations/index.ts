import type { MigrationClass } from '@suanpan/platform-postgres';
import { CreateBilling1700000001003 } from './billing.js';
import { CreateCatalogue1700000001001 } from './catalogue.js';
import { CreateCorrection1700000001005 } from './correction.js';
import { CreateDailyCount1700000001006 } from './daily-count.js';
import { CreateManifest1700000001007 } from './manifest.js';
import { CreateUsage1700000001002 } from './usage.js';

/** Pricing's own tables; the platform's come before them. */
export const pricingMigrations: readonly MigrationClass[] = [
  CreateCatalogue1700000001001,
  CreateUsage1700000001002,
  CreateBilling1700000001003,
  CreateCorrection1700000001005,
  CreateDailyCount1700000001006,
  CreateManifest1700000001007,
];
