export { accessMigrations } from './access-migrations.js';
export { ApiKeyGuard } from './api-key-guard.js';
export { createSigningSeal } from './answer-seal.js';
export type { AnswerSeal } from './answer-seal.js';
export type { ListedKey } from './api-key-list.js';
export { listApiKeys } from './api-key-list.js';
export type { IssuedKey, KeyOrder, RotatedKey, RotateOrder } from './api-key-store.js';
export { ACCESS_SCHEMA, issueApiKey, revokeApiKey, rotateApiKey } from './api-key-store.js';
export { ApiKeys } from './api-keys.js';
export type { BodyTiming, MediaType, StreamedBodyRule, TextBodyRule } from './body-routes.js';
export {
  BODY_TOTAL_MS,
  COMMAND_BYTES_MAX,
  mediaTypeOf,
  OptionalBody,
  requireUtf8,
  StreamedBody,
  TextBody,
  unsupportedMediaType,
} from './body-routes.js';
export type { BodyLimits } from './body-stream.js';
export { BodyReader, ClientGone, collectBody, nextChunk } from './body-stream.js';
export type { BootstrapOptions } from './bootstrap.js';
export { bootstrapHttp, createHttpApp } from './bootstrap.js';
export type { Role } from './caller.js';
export { Caller, callerOf, Public, Roles, ROLES, unauthenticated } from './caller.js';
export type { HttpAccessAsyncOptions, HttpAccessOptions } from './http-module.js';
export { HttpAccessModule } from './http-module.js';
export { Idempotent } from './idempotency.js';
export type { NonceStore } from './nonces.js';
export { MemoryNonces, NONCE_WINDOW_MS } from './nonces.js';
export type { CursorKey, Page, PageQuery } from './page.js';
export {
  decodeCursor,
  encodeCursor,
  PAGE_LIMIT_DEFAULT,
  PAGE_LIMIT_MAX,
  pageFields,
  pageQuery,
  toPage,
} from './page.js';
export type { Problem, ProblemError } from './problem.js';
export { HttpProblem, notFound, toHttpProblem, toProblem, valueRefused } from './problem.js';
export { sendProblem } from './problem-filter.js';
export type { ProblemForm, RequestContext, WrittenProblem } from './request-context.js';
export { contextOf, RequestId } from './request-context.js';
export type { JsonElement, JsonScan } from './scan-json.js';
export { scanJson } from './scan-json.js';
export type { Scope } from './scopes.js';
export { Scoped, SCOPES } from './scopes.js';
export type { Environment, ServiceConfig, ServiceDefaults } from './service-config.js';
export { InvalidConfig, readServiceConfig } from './service-config.js';
export { closeGracefully } from './shutdown.js';
export { checkBody, mustCheckBody, signatureUnsupported } from './signed-bodies.js';
export {
  decodeUtf8,
  isForbiddenKey,
  isUnstorable,
  parseJsonText,
  parseStrictJson,
} from './strict-json.js';
export { toJson } from './to-json.js';
