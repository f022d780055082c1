export { admitEvent, dataFields, SKEW_MICROS, USAGE_EVENT_TYPE } from './admit-event.js';
export type { Admitted, Sender } from './admit-event.js';
export {
  builtInDialects,
  genericDialect,
  isPointer,
  Pieces,
  providerCall,
} from './dialects/index.js';
export type {
  Dialect,
  Envelope,
  GenericCount,
  GenericDialect,
  ParseJson,
  ProviderCall,
  Reading,
} from './dialects/index.js';
export { accountOf, idBy, idRules, incompleteRules } from './door-mapping.js';
export type { Account, DoorMapping, ForeignIds, IdRule, IncompleteRule } from './door-mapping.js';
export { admitForeign } from './foreign-call.js';
export type { CallFields, ForeignCall, ForeignPaths } from './foreign-call.js';
export { readGenAi } from './gen-ai.js';
export type {
  Attributes,
  AttributeValue,
  Digest,
  GenAiReading,
  GenAiRecord,
  GenAiRules,
} from './gen-ai.js';
export { genAiAttributes, genAiNames, subjectAttributes } from './gen-ai-names.js';
export { disjointKinds, tokenKinds } from './kinds.js';
export type { Kinds, OverlappingCounts, TokenKind } from './kinds.js';
export { meterCall } from './meter-event.js';
export { QUANTITY_MAX, quantityOf } from './quantity.js';
export { foreignRefusalCodes, refusalCodes, withoutPayload } from './refusals.js';
export type { Problem, Refusal, RefusalCode } from './refusals.js';
export type { UsageEvent } from './usage-event.js';
export { fullBucket, refilled, takeFrom, waitMsFor } from './token-bucket.js';
export type { Bucket, BucketRule, Taken } from './token-bucket.js';
