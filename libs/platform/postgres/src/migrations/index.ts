import type { MigrationClass } from '../migrate.js';
import { CreateConsumerOffset1700000000001 } from './consumer-offset.js';
import { CreateEventStore1700000000004 } from './event-store.js';
import { CreateIdempotencyKey1700000000006 } from './idempotency-key.js';
import { CreateInbox1700000000003 } from './inbox.js';
import { CreateOutbox1700000000002 } from './outbox.js';
import { CreateQuarantine1700000000005 } from './quarantine.js';
import { AddQuarantineParty1700000000007 } from './quarantine-party.js';

/** The tables that every service has; an app's own migrations follow them. */
export const platformMigrations: readonly MigrationClass[] = [
  CreateConsumerOffset1700000000001,
  CreateOutbox1700000000002,
  CreateInbox1700000000003,
  CreateEventStore1700000000004,
  CreateQuarantine1700000000005,
  CreateIdempotencyKey1700000000006,
  AddQuarantineParty1700000000007,
];
