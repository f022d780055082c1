/**
 * Token kinds, and how a provider's overlapping counts become disjoint ones.
 *
 * Owns        the list of kinds. Prices per kind are pricing's.
 * Invariant   Σ disjoint kinds = prompt + completion: no token is counted twice, none is lost.
 * Rejections  INCONSISTENT_COUNTS
 * Source      OpenAI API reference, CompletionUsage: cached, audio, image and cache-write tokens are
 *             part of the prompt, reasoning and audio tokens part of the completion; B42
 */
import type { Problem } from './refusals.js';

/**
 * Every kind, in the order in which events and tables list them. The last two count no tokens but
 * milliseconds of audio, for what is sold by the second: a price of 1,000,000 is one of 1,000 s.
 */
export const tokenKinds = [
  'input',
  'cached_input',
  'cache_write',
  'output',
  'reasoning',
  'audio_input',
  'audio_output',
  'image_input',
  'audio_input_ms',
  'audio_output_ms',
] as const;

export type TokenKind = (typeof tokenKinds)[number];
export type Kinds = Readonly<Record<string, bigint>>;

/** Counts as a provider of the OpenAI style reports them; what it did not report is 0. */
export interface OverlappingCounts {
  readonly prompt: bigint;
  readonly completion: bigint;
  /** Null: not reported. */
  readonly total: bigint | null;
  readonly cached: bigint;
  readonly cacheWrite: bigint;
  readonly audioInput: bigint;
  readonly imageInput: bigint;
  readonly reasoning: bigint;
  readonly audioOutput: bigint;
}

/** The disjoint kinds (`input` and `output` always, the others where there are any), or why not. */
export const disjointKinds = (
  counts: OverlappingCounts,
): { kinds: Kinds } | { problem: Problem } => {
  const { prompt, completion, total } = counts;
  const { cached, cacheWrite, audioInput, imageInput, reasoning, audioOutput } = counts;
  const input = prompt - cached - cacheWrite - audioInput - imageInput;
  const output = completion - reasoning - audioOutput;
  if (input < 0n) return inconsistent(`The parts of the prompt exceed its ${prompt} tokens.`);
  if (output < 0n) return inconsistent(`The parts of the completion exceed ${completion} tokens.`);
  if (total !== null && total !== prompt + completion) {
    return inconsistent(`The total ${total} is not ${prompt} + ${completion}.`);
  }
  const kinds: Record<string, bigint> = { input };
  if (cached !== 0n) kinds['cached_input'] = cached;
  if (cacheWrite !== 0n) kinds['cache_write'] = cacheWrite;
  kinds['output'] = output;
  if (reasoning !== 0n) kinds['reasoning'] = reasoning;
  if (audioInput !== 0n) kinds['audio_input'] = audioInput;
  if (audioOutput !== 0n) kinds['audio_output'] = audioOutput;
  if (imageInput !== 0n) kinds['image_input'] = imageInput;
  return { kinds };
};

/** Cached tokens may be audio and image tokens too: where nobody says which, taken as disjoint. */
export const mayOverlap = (
  counts: Pick<OverlappingCounts, 'cached' | 'audioInput' | 'imageInput'>,
): boolean => counts.cached > 0n && counts.audioInput + counts.imageInput > 0n;

const inconsistent = (detail: string): { problem: Problem } => ({
  problem: { code: 'INCONSISTENT_COUNTS', detail },
});
