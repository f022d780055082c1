export { pricingMigrations } from './migrations/index.js';
export { RatingPipeline } from './rating/index.js';
export type { RatingOptions } from './rating/index.js';
export { APP_ROLE, PIPELINE_ROLE } from './roles.js';
export { startPricing } from './service.js';
export type { ServiceOptions } from './service.js';
export { replayPricing } from './replaying/replay-pricing.js';
export type { Replayed, ReplayedTable, ReplayOptions } from './replaying/replay-pricing.js';
export { readConfig } from './running.js';
