/**
 * Anthropic messages.
 *
 * Shape       `{id, model, stop_reason, usage}`; in a stream `message_start` has the message and its
 *             first usage, each `message_delta` the cumulative counts so far, the last one the final.
 * Invariant   `input_tokens` excludes what was read from and written to the cache; thinking lies
 *             inside `output_tokens`. A compaction’s tokens lie outside the top-level counts and are
 *             added; an advisor is another model and is only noted (N7).
 * Rejections  INCONSISTENT_COUNTS
 * Source      Anthropic API reference (messages, streaming, prompt caching, compaction, advisor);
 *             docs/dialects.md
 */
import type { Fields, JsonObject } from '../fields.js';
import { fold, found, within, type Glimpse } from './fold.js';
import { iterationsOf } from './anthropic-iterations.js';
import { CREATION, sumsOf, WRITTEN } from './anthropic-sums.js';
import { checkParts } from './openai-counts.js';
import type { Piece } from './pieces.js';
import type { Counted, Dialect, Found, Outcome } from './reading.js';

const bareUsage = ({ value, path }: Piece): Found | undefined =>
  'output_tokens' in value && !('content' in value) ? { value, path } : undefined;

const endOf = (piece: Piece, message: Piece): Outcome | undefined => {
  if (piece.value['type'] === 'error') return 'failed';
  const reason = within(piece, 'delta')?.value['stop_reason'] ?? message.value['stop_reason'];
  return typeof reason === 'string' ? 'complete' : undefined;
};

const look = (piece: Piece): Glimpse => {
  const message = within(piece, 'message') ?? piece;
  const usage = found(message, 'usage') ?? bareUsage(piece);
  return {
    id: found(message, 'id'),
    model: found(message, 'model'),
    serviceTier: within(message, 'usage')?.value['service_tier'],
    upstreamRequestId: piece.value['request_id'],
    usage,
    end: endOf(piece, message),
  };
};

const count = (usage: Fields): Counted => {
  usage.requiredCount('input_tokens');
  usage.requiredCount('output_tokens');
  const top = sumsOf(usage);
  const details = usage.inner('output_tokens_details');
  checkParts(details, ['thinking_tokens'], top.output);
  const reasoning = details.count('thinking_tokens');
  const { sums, notes } = iterationsOf(usage, top);
  const kinds: Record<string, bigint> = { input: sums.input };
  if (sums.cached !== 0n) kinds['cached_input'] = sums.cached;
  if (sums.written !== 0n) kinds['cache_write'] = sums.written;
  kinds['output'] = sums.output - reasoning;
  if (reasoning !== 0n) kinds['reasoning'] = reasoning;
  const hour: Counted['notes'] = sums.hour === 0n ? {} : { cacheWrite1h: String(sums.hour) };
  return { kinds, notes: { ...hour, ...notes } };
};

/**
 * A delta says anew what has changed. It has the whole of what was written to the cache but not its
 * parts: those of before would contradict it.
 */
const merge = (before: JsonObject, after: JsonObject): JsonObject => {
  const said = Object.entries(after).filter(([, value]) => value !== null && value !== undefined);
  const isWhole = typeof after[WRITTEN] === 'number' && !(CREATION in after);
  const isStale = isWhole && after[WRITTEN] !== before[WRITTEN];
  return { ...before, ...(isStale && { [CREATION]: null }), ...Object.fromEntries(said) };
};

export const anthropic: Dialect = (pieces, findings) =>
  fold(pieces, findings, { look, count, grows: ['output_tokens'], merge });
