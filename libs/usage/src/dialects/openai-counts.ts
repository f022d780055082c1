/**
 * The counts of a usage of the OpenAI style: two wholes, and parts that lie inside them.
 *
 * Shape       cached, cache-write, audio and image tokens inside the prompt; reasoning and audio
 *             tokens inside the completion.
 * Invariant   Σ kinds = prompt + completion; a part that is said more than once is counted once,
 *             and must be said alike; nothing is clamped.
 * Rejections  INCONSISTENT_COUNTS, FIELD_REQUIRED, those of ../quantity
 * Source      OpenAI API reference, CompletionUsage and ResponseUsage; new-api#5005, #3503, #3259
 */
import type { Fields } from '../fields.js';
import { disjointKinds, mayOverlap } from '../kinds.js';
import type { Counted } from './reading.js';

export interface OpenAiNames {
  readonly prompt: string;
  readonly completion: string;
  /** The first that is there is read; SDKs and APIs differ by an s. */
  readonly promptDetails: readonly string[];
  readonly completionDetails: readonly string[];
}

const TOTAL = 'total_tokens';
/** Beside the details: the same count under the names of other providers. */
const CACHED_ALIASES = ['cached_tokens', 'num_cached_tokens', 'prompt_cache_hit_tokens'];
const WRITE_NAMES = ['cache_write_tokens', 'cache_creation_tokens', 'cache_creation_input_tokens'];
const PROMPT_PARTS = ['text_tokens', 'video_tokens'];
const COMPLETION_PARTS = [
  ...['text_tokens', 'image_tokens', 'video_tokens'],
  ...['accepted_prediction_tokens', 'rejected_prediction_tokens'],
];

const firstOf = (usage: Fields, names: readonly string[]): string =>
  names.find((name) => usage.has(name)) ?? names[0] ?? '';

/** One count under several names: what is said must be said alike. */
export const sameCount = (places: readonly (readonly [fields: Fields, name: string])[]): bigint => {
  let count: bigint | null = null;
  for (const [fields, name] of places) {
    const said = fields.quantity(name);
    if (said === null) continue;
    if (count !== null && said !== count) {
      fields.refuse('INCONSISTENT_COUNTS', name, `${said} is not ${count}, said elsewhere.`);
    }
    count ??= said;
  }
  return count ?? 0n;
};

/** No part is larger than its whole. */
export const checkParts = (fields: Fields, names: readonly string[], whole: bigint): void => {
  for (const name of names) {
    const part = fields.count(name);
    if (part <= whole) continue;
    fields.refuse('INCONSISTENT_COUNTS', name, `${part} is more than the whole, ${whole}.`);
  }
};

/** Embeddings have no completion; their total says so. */
const completionOf = (usage: Fields, name: string, prompt: bigint): bigint => {
  const isPromptAlone = !usage.has(name) && usage.has(TOTAL) && usage.count(TOTAL) === prompt;
  return isPromptAlone ? 0n : usage.requiredCount(name);
};

const checkTotal = (usage: Fields, sum: bigint): void => {
  const total = usage.quantity(TOTAL);
  if (total === null || total === sum) return;
  const detail =
    `${total} is not prompt and completion, ${sum}. Where reasoning lies outside the completion, ` +
    'name such a dialect in the mapping.';
  usage.refuse('INCONSISTENT_COUNTS', TOTAL, detail);
};

/** How many of the cached tokens are audio and image; null: the body does not say. */
const cachedParts = (details: Fields, cached: bigint): { audio: bigint; image: bigint } | null => {
  const name = 'cached_tokens_details';
  if (!details.has(name)) return null;
  const parts = details.inner(name);
  const [audio, image] = [parts.count('audio_tokens'), parts.count('image_tokens')];
  if (audio + image + parts.count('text_tokens') > cached) {
    details.refuse('INCONSISTENT_COUNTS', name, `The parts exceed ${cached} cached tokens.`);
  }
  return { audio, image };
};

export const openAiCounts = (usage: Fields, names: OpenAiNames): Counted => {
  const inside = firstOf(usage, names.promptDetails);
  const outside = firstOf(usage, names.completionDetails);
  const [details, made] = [usage.inner(inside), usage.inner(outside)];
  const prompt = usage.requiredCount(names.prompt);
  const completion = completionOf(usage, names.completion, prompt);
  checkTotal(usage, prompt + completion);
  checkParts(details, PROMPT_PARTS, prompt);
  checkParts(made, COMPLETION_PARTS, completion);
  const cached = sameCount([
    [details, 'cached_tokens'],
    ...CACHED_ALIASES.map((name) => [usage, name] as const),
  ]);
  const parts = cachedParts(details, cached);
  const [audio, image] = [details.count('audio_tokens'), details.count('image_tokens')];
  const counts = {
    ...{ prompt, completion, total: null, cached },
    cacheWrite: sameCount(WRITE_NAMES.map((name) => [details, name] as const)),
    audioInput: audio - (parts?.audio ?? 0n),
    imageInput: image - (parts?.image ?? 0n),
    reasoning: made.count('reasoning_tokens'),
    audioOutput: made.count('audio_tokens'),
  };
  if (counts.audioInput < 0n || counts.imageInput < 0n) {
    details.refuse('INCONSISTENT_COUNTS', 'cached_tokens_details', 'More is cached than was sent.');
    return { kinds: {} };
  }
  const outcome = disjointKinds(counts);
  if ('kinds' in outcome) {
    const isIncomplete = parts === null && mayOverlap(counts);
    return { kinds: outcome.kinds, isIncomplete };
  }
  const isPrompt = prompt < cached + counts.cacheWrite + counts.audioInput + counts.imageInput;
  const at = isPrompt ? inside : outside;
  usage.refuse('INCONSISTENT_COUNTS', usage.has(at) ? at : names.prompt, outcome.problem.detail);
  return { kinds: {} };
};
