export type { OpenAiContext, Seen } from './call-watch.js';
export { SuanpanError } from './errors.js';
export type { SuanpanErrorCode } from './errors.js';
export { Meter, openMeter } from './meter.js';
export type { MeteredStream } from './metered-stream.js';
export { includeUsage } from './openai-usage.js';
export type { MeterOptions, RefusedEvent } from './options.js';
export type { Retry } from './sender.js';
export { tokenKinds } from './usage-record.js';
export type {
  CallContext,
  Count,
  Defaults,
  Identity,
  Outcome,
  ProviderUsage,
  TokenKind,
  Tokens,
  UsageRecord,
  VoidRecord,
} from './usage-record.js';
export type { Refusal } from './verdict.js';
