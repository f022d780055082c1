/**
 * DeepSeek: the OpenAI style, with the prompt told as cache hits and misses.
 *
 * Invariant   hits + misses = prompt
 * Rejections  INCONSISTENT_COUNTS
 * Source      DeepSeek API reference, context caching; docs/dialects.md
 */
import type { Fields } from '../fields.js';
import { fold } from './fold.js';
import { CHAT_GROWS, countChat, lookAtChat } from './openai-chat.js';
import type { Counted, Dialect } from './reading.js';

const MISSED = 'prompt_cache_miss_tokens';

const count = (usage: Fields): Counted => {
  const counted = countChat(usage);
  if (!usage.has(MISSED)) return counted;
  const [hit, missed] = [usage.count('prompt_cache_hit_tokens'), usage.count(MISSED)];
  const prompt = usage.count('prompt_tokens');
  if (hit + missed !== prompt) {
    const detail = `${hit} hits and ${missed} misses are not the prompt’s ${prompt}.`;
    usage.refuse('INCONSISTENT_COUNTS', MISSED, detail);
  }
  return counted;
};

export const deepSeek: Dialect = (pieces, findings) =>
  fold(pieces, findings, { look: lookAtChat, count, grows: CHAT_GROWS });
