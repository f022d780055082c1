/**
 * The counts of an event: our own disjoint `tokens`, or a provider's overlapping `usage`.
 *
 * Rejections  TOKENS_OR_USAGE, INCONSISTENT_COUNTS, UNKNOWN_FIELD, those of ./quantity
 * Source      reliability.md B35–B42; ruling R20: what we do not know inside `data` is refused
 */
import type { Fields } from './fields.js';
import { disjointKinds, mayOverlap, tokenKinds, type Kinds } from './kinds.js';

const tokenFields = new Set<string>(tokenKinds);
const usageFields = new Set([
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'prompt_tokens_details',
  'completion_tokens_details',
]);
const promptFields = new Set([
  'cached_tokens',
  'cache_write_tokens',
  'audio_tokens',
  'image_tokens',
  'text_tokens',
]);
const completionFields = new Set([
  'reasoning_tokens',
  'audio_tokens',
  'text_tokens',
  'accepted_prediction_tokens',
  'rejected_prediction_tokens',
]);

/** Parts that are no kind of ours; what they say must still fit. */
const uncounted = ['text_tokens', 'accepted_prediction_tokens', 'rejected_prediction_tokens'];

export interface KindsRead {
  readonly kinds: Kinds;
  /** Counts that overlap in a way the event does not tell. */
  readonly isIncomplete: boolean;
}

/** Disjoint kinds from whichever of the two the sender gave. */
export const readKinds = (data: Fields): KindsRead => {
  if (data.has('tokens') === data.has('usage')) {
    data.refuse('TOKENS_OR_USAGE', 'tokens', 'Exactly one of tokens and usage is needed.');
    return { kinds: {}, isIncomplete: false };
  }
  return data.has('tokens') ? { kinds: fromTokens(data), isIncomplete: false } : fromUsage(data);
};

const fromTokens = (data: Fields): Kinds => {
  const tokens = data.inner('tokens');
  tokens.only(tokenFields);
  const kinds: Record<string, bigint> = {};
  let counted = false;
  for (const kind of tokenKinds) {
    const quantity = tokens.quantity(kind);
    if (quantity === null) continue;
    kinds[kind] = quantity;
    counted = true;
  }
  if (!counted) data.refuse('TOKENS_OR_USAGE', 'tokens', 'No kind of token is counted.');
  return kinds;
};

/** No part is larger than its whole. */
const partsWithin = (details: Fields, names: readonly string[], whole: bigint): void => {
  for (const name of names) {
    const part = details.count(name);
    if (part <= whole) continue;
    details.refuse('INCONSISTENT_COUNTS', name, `${part} is more than the whole, ${whole}.`);
  }
};

const fromUsage = (data: Fields): KindsRead => {
  const usage = data.inner('usage');
  usage.only(usageFields);
  const prompt = usage.inner('prompt_tokens_details');
  prompt.only(promptFields);
  const completion = usage.inner('completion_tokens_details');
  completion.only(completionFields);
  for (const field of promptFields) prompt.quantity(field);
  for (const field of completionFields) completion.quantity(field);
  partsWithin(prompt, uncounted, usage.count('prompt_tokens'));
  partsWithin(completion, uncounted, usage.count('completion_tokens'));
  const counts = {
    prompt: usage.requiredCount('prompt_tokens'),
    completion: usage.requiredCount('completion_tokens'),
    total: usage.quantity('total_tokens'),
    cached: prompt.count('cached_tokens'),
    cacheWrite: prompt.count('cache_write_tokens'),
    audioInput: prompt.count('audio_tokens'),
    imageInput: prompt.count('image_tokens'),
    reasoning: completion.count('reasoning_tokens'),
    audioOutput: completion.count('audio_tokens'),
  };
  const outcome = disjointKinds(counts);
  if ('kinds' in outcome) return { kinds: outcome.kinds, isIncomplete: mayOverlap(counts) };
  data.refuse(outcome.problem.code, 'usage', outcome.problem.detail);
  return { kinds: {}, isIncomplete: false };
};
