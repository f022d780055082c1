export * from './canonical-json.js';
export * from './decider.js';
export * from './errors.js';
export * from './given.js';
