export { canonicalJson } from '@suanpan/event-sourcing';
export { hashFields } from './canonical.js';
export type {
  CommandHandlerOptions,
  CommandResult,
  CommandTarget,
  Decided,
  HandleCommand,
} from './command-handler.js';
export { commandHandler, handleIn } from './command-handler.js';
export { BinaryRows } from './binary-rows.js';
export { copyRows } from './copy.js';
export type { ConnectionOptions } from './data-source.js';
export { requireIdentifier } from './data-source.js';
export type { Database, Scope, Tx, Work } from './database.js';
export { ATTEMPTS_MAX, enterTenant, openDatabase, ping } from './database.js';
export { StaleEpoch, codeOf, isAway, isRepeatable } from './errors.js';
export type { Append, ChainFault, EventMeta, NewEvent, StoredEvent } from './event-store.js';
export { appendEvents, eventHash, loadAllEvents, loadStream, verifyStream } from './event-store.js';
export type { ChainHead, HeadEntry, HeadExport } from './head-log.js';
export { exportHead, extendHeadLog, headHash } from './head-log.js';
export type { Acceptance, Heard, ParkedMessage } from './inbox.js';
export { acceptOnce, countParked, park, takeParked } from './inbox.js';
export { fromRowInstant, toRowInstant } from './instants.js';
export type { MigrationClass, MigrationOptions } from './migrate.js';
export { runMigrations } from './migrate.js';
export { appendOnly } from './migrations/append-only.js';
export { platformMigrations } from './migrations/index.js';
export type { Claim, ClaimRequest } from './offsets.js';
export { advanceOffset, claimPartitions, storedOffsets } from './offsets.js';
export type { OutboxMessage } from './outbox.js';
export { OUTBOX_LANES, enqueue, laneOf } from './outbox.js';
export type { OutboxRelayOptions, RelayedMessage } from './outbox-relay.js';
export { OutboxRelay } from './outbox-relay.js';
export {
  grant,
  grantPipeline,
  pipelinePolicy,
  pipelineUpdatePolicy,
  platformPolicy,
  tenantPolicy,
} from './row-security.js';
export type { KeyOwner, Sealed, Vault } from '@suanpan/platform-vault';
export { NOBODY, createVault } from '@suanpan/platform-vault';
export type { HeadFault } from './verify-store.js';
export { verifyHeadLog } from './verify-store.js';
