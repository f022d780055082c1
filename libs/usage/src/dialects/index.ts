/** The dialects that are built in, by the name in `POST /v1/usage/{dialect}`. */
import { anthropic } from './anthropic.js';
import { deepSeek } from './deepseek.js';
import { gemini } from './gemini.js';
import { openAiChat } from './openai-chat.js';
import { openAiResponses } from './openai-responses.js';
import { qwen } from './qwen.js';
import type { Dialect } from './reading.js';

export const builtInDialects: ReadonlyMap<string, Dialect> = new Map([
  ['openai-chat', openAiChat],
  ['openai-responses', openAiResponses],
  ['anthropic', anthropic],
  ['deepseek', deepSeek],
  ['qwen', qwen],
  ['gemini', gemini],
]);

export { genericDialect } from './generic.js';
export type { GenericCount, GenericDialect } from './generic.js';
export { isPointer } from './json-pointer.js';
export { Pieces } from './pieces.js';
export type { ParseJson } from './pieces.js';
export type { Counted, Dialect, Found, Reading } from './reading.js';
export { providerCall } from './provider-call.js';
export type { Envelope, ProviderCall } from './provider-call.js';
