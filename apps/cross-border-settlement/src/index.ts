export { ownMigrations, settlementMigrations } from './migrations/index.js';
export type { Replayed, ReplayedTable } from './replay/replay-settlement.js';
export { replaySettlement } from './replay/replay-settlement.js';
export type { Environment } from './running.js';
export { startSettlement } from './service.js';
