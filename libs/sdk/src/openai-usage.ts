/**
 * What a response of the OpenAI style says of its usage: chat and text completions, embeddings, and
 * the Responses API.
 *
 * Invariant   nothing is guessed: a body without counts gives null. Our event knows fixed names only,
 *             so what a provider adds beside them is left out; it is part of the whole already.
 * Source      OpenAI API reference, CompletionUsage and ResponseUsage; DeepSeek API
 *             (prompt_cache_hit_tokens), Moonshot (cached_tokens), vLLM (num_cached_tokens), Groq (x_groq)
 */
import type { Count, ProviderUsage } from './usage-record.js';

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const PROMPT_PARTS = [
  'cached_tokens',
  'cache_write_tokens',
  'audio_tokens',
  'image_tokens',
  'text_tokens',
];
/** Beside the details: the same count under the names of other providers. */
const CACHED_ALIASES = ['cached_tokens', 'num_cached_tokens', 'prompt_cache_hit_tokens'];
const COMPLETION_PARTS = [
  'reasoning_tokens',
  'audio_tokens',
  'text_tokens',
  'accepted_prediction_tokens',
  'rejected_prediction_tokens',
];

const countOf = (value: unknown): Count | undefined => {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'bigint' || typeof value === 'string') return value;
  return undefined;
};

const partsOf = (details: unknown, names: readonly string[]): Record<string, Count> => {
  const parts: Record<string, Count> = {};
  if (!isObject(details)) return parts;
  for (const name of names) {
    const count = countOf(details[name]);
    if (count !== undefined) parts[name] = count;
  }
  return parts;
};

/** The counts as our event takes them; null where there are none. */
export const usageOf = (usage: unknown): ProviderUsage | null => {
  if (!isObject(usage)) return null;
  const prompt = countOf(usage['prompt_tokens'] ?? usage['input_tokens']);
  if (prompt === undefined) return null;
  const total = countOf(usage['total_tokens']);
  const inside = partsOf(
    usage['prompt_tokens_details'] ?? usage['input_tokens_details'],
    PROMPT_PARTS,
  );
  const cached = CACHED_ALIASES.map((name) => countOf(usage[name])).find(
    (count) => count !== undefined,
  );
  if (cached !== undefined) inside['cached_tokens'] ??= cached;
  return {
    prompt_tokens: prompt,
    // Embeddings have no completion.
    completion_tokens: countOf(usage['completion_tokens'] ?? usage['output_tokens']) ?? 0,
    ...(total !== undefined && { total_tokens: total }),
    prompt_tokens_details: inside,
    completion_tokens_details: partsOf(
      usage['completion_tokens_details'] ?? usage['output_tokens_details'],
      COMPLETION_PARTS,
    ),
  };
};

const TEXT_MAX = 256;
const NO_TEXT = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** A provider's word as it may stand in an event; a strange one must not cost the event. */
export const wordOf = (value: unknown): string | undefined => {
  if (typeof value !== 'string' || value === '' || value.length > TEXT_MAX) return undefined;
  const word = value.normalize('NFC');
  return NO_TEXT.test(word) || word.length > TEXT_MAX ? undefined : word;
};

/** What one body says of the call. */
export interface Said {
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly serviceTier: string | undefined;
  readonly usage: ProviderUsage | null;
}

/** Reads a whole response, a chunk, or the `response` inside an event of the Responses API. */
export const saidBy = (body: unknown): Said => {
  const given = isObject(body) ? body : {};
  const groq = isObject(given['x_groq']) ? given['x_groq'] : {};
  return {
    id: wordOf(given['id']),
    model: wordOf(given['model']),
    serviceTier: wordOf(given['service_tier']),
    usage: usageOf(given['usage']) ?? usageOf(groq['usage']),
  };
};

/** The parameters of a stream, with the switch that makes it end with its usage. */
export const includeUsage = <P extends object>(
  parameters: P & { readonly stream_options?: object | null },
): P & { stream: true; stream_options: { include_usage: true } } => ({
  ...parameters,
  stream: true,
  stream_options: { ...parameters.stream_options, include_usage: true },
});
