/**
 * OpenAI chat completions, and what is compatible with them; embeddings and transcriptions too.
 *
 * Shape       `{id, created, model, choices[].finish_reason, usage}`; in a stream the usage comes
 *             in a last piece without choices (`stream_options.include_usage`), or is repeated in
 *             each piece and grows.
 * Units       a transcription's `seconds` become `audio_input_ms`, milliseconds
 * Source      OpenAI API reference (chat, embeddings, audio); docs/dialects.md
 */
import type { Fields } from '../fields.js';
import { choicesOf, epochTime, fold, found, type ChoiceSeen, type Glimpse } from './fold.js';
import { openAiCounts, type OpenAiNames } from './openai-counts.js';
import type { Piece } from './pieces.js';
import type { Counted, Dialect, Found, Outcome } from './reading.js';
import { millisOf } from './seconds.js';

const CHAT_NAMES: OpenAiNames = {
  prompt: 'prompt_tokens',
  completion: 'completion_tokens',
  promptDetails: ['prompt_tokens_details'],
  completionDetails: ['completion_tokens_details'],
};

const TRANSCRIPT_NAMES: OpenAiNames = {
  prompt: 'input_tokens',
  completion: 'output_tokens',
  promptDetails: ['input_token_details', 'input_tokens_details'],
  completionDetails: ['output_token_details', 'output_tokens_details'],
};

const FAILED = new Set<unknown>(['error', 'network_error', 'sensitive_error']);
/** Some providers write the word for the value. */
const UNENDED = new Set<unknown>([null, undefined, '', 'null']);

/** How one choice ended; undefined: it goes on. */
export const choiceEnd = (reason: unknown): Outcome | undefined => {
  if (UNENDED.has(reason)) return undefined;
  return FAILED.has(reason) ? 'failed' : 'complete';
};

/** The choices of one piece. */
export const chatChoices = (choices: unknown): readonly ChoiceSeen[] =>
  choicesOf(choices, (choice) => choiceEnd(Reflect.get(choice, 'finish_reason')));

/** A usage that was sent without its response. */
const bareUsage = ({ value, path }: Piece): Found | undefined =>
  'prompt_tokens' in value && !('choices' in value) ? { value, path } : undefined;

/** What one piece of the OpenAI style says. */
export const lookAtChat = (piece: Piece): Glimpse => {
  const { value } = piece;
  return {
    id: found(piece, 'id'),
    model: found(piece, 'model'),
    time: epochTime(found(piece, 'created')),
    serviceTier: value['service_tier'],
    // Groq puts the last usage under a name of its own while it streams.
    usage: found(piece, 'usage') ?? bareUsage(piece) ?? groqUsage(value['x_groq'], piece),
    choices: chatChoices(value['choices']),
    ...(value['error'] ? { end: 'failed' } : {}),
  };
};

const groqUsage = (groq: unknown, { path }: Piece): Found | undefined => {
  if (typeof groq !== 'object' || groq === null) return undefined;
  return found({ value: groq as Piece['value'], path: `${path}.x_groq` }, 'usage');
};

export const countChat = (usage: Fields): Counted => {
  if (usage.raw('type') === 'duration') {
    const audioMs = millisOf(usage, 'seconds');
    return { kinds: { audio_input_ms: audioMs }, audioMs };
  }
  const isTranscript = !usage.has('prompt_tokens') && usage.has('input_tokens');
  return openAiCounts(usage, isTranscript ? TRANSCRIPT_NAMES : CHAT_NAMES);
};

export const CHAT_GROWS = ['prompt_tokens', 'completion_tokens', 'total_tokens'];

export const openAiChat: Dialect = (pieces, findings) =>
  fold(pieces, findings, { look: lookAtChat, count: countChat, grows: CHAT_GROWS });
