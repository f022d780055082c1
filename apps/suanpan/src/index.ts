export { type CallOptions, toCalls, totalsByModel } from './demo/calls.js';
export { planPlay } from './demo/plan.js';
export { readTraces } from './demo/traces.js';
export { type Finding, isClean } from './verify/findings.js';
export { verify, type VerifyOptions } from './verify/verify.js';
