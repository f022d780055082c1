export { ownMigrations, profitShareMigrations } from './migrations/index.js';
export { replayProfitShare } from './replay/replay-profit-share.js';
export type { Environment } from './running.js';
export { startProfitShare } from './service.js';
