/**
 * The counts of an Anthropic usage, or of one of its iterations.
 *
 * Invariant   what was written to the cache is the sum of its parts by lifetime.
 * Rejections  INCONSISTENT_COUNTS
 * Source      Anthropic API reference, Usage and CacheCreation
 */
import type { Fields } from '../fields.js';

export const WRITTEN = 'cache_creation_input_tokens';
export const CREATION = 'cache_creation';
const HOUR = 'ephemeral_1h_input_tokens';

export interface Sums {
  readonly input: bigint;
  readonly cached: bigint;
  readonly written: bigint;
  /** Of what was written: for an hour. */
  readonly hour: bigint;
  readonly output: bigint;
}

/** What was written to the cache: the whole, which its parts by lifetime add up to. */
const writtenTo = (usage: Fields): { readonly written: bigint; readonly hour: bigint } => {
  const parts = usage.inner(CREATION);
  const [hour, minutes] = [parts.count(HOUR), parts.count('ephemeral_5m_input_tokens')];
  const written = usage.quantity(WRITTEN) ?? hour + minutes;
  if (usage.has(CREATION) && hour + minutes !== written) {
    const detail = `The parts are ${hour + minutes}, the whole is ${written}.`;
    usage.refuse('INCONSISTENT_COUNTS', CREATION, detail);
  }
  return { written, hour };
};

/** The five counts of a usage, or of one of its iterations. */
export const sumsOf = (usage: Fields): Sums => {
  const { written, hour } = writtenTo(usage);
  return {
    input: usage.count('input_tokens'),
    cached: usage.count('cache_read_input_tokens'),
    written,
    hour,
    output: usage.count('output_tokens'),
  };
};
