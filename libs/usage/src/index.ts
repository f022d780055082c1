export { admitEvent, SKEW_MICROS, USAGE_EVENT_TYPE } from './admit-event.js';
export type { Admitted, Sender } from './admit-event.js';
export { disjointKinds, tokenKinds } from './kinds.js';
export type { Kinds, OverlappingCounts, TokenKind } from './kinds.js';
export { QUANTITY_MAX, quantityOf } from './quantity.js';
export { refusalCodes, withoutPayload } from './refusals.js';
export type { Problem, Refusal, RefusalCode } from './refusals.js';
export type { UsageEvent } from './usage-event.js';
