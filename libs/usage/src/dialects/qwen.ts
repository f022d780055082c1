/**
 * Qwen: DashScope's own form, and its OpenAI-compatible mode.
 *
 * Shape       own form: `{request_id, output, usage}`, without a model; in a stream the text may be
 *             incremental or cumulative (`incremental_output`), the usage is always cumulative.
 * Units       `seconds` of audio become `audio_input_ms`, milliseconds, where no input token tells of
 *             them; beside such tokens they only inform
 * Invariant   images lie inside the input and audio beside it, unless the total says otherwise;
 *             what the details list lies inside. Cached tokens lie inside. Images that are counted
 *             have no kind: alone they are refused, beside tokens the counts are incomplete.
 * Rejections  INCONSISTENT_COUNTS, USAGE_MISSING
 * Source      DashScope API reference; docs/dialects.md
 */
import type { Fields } from '../fields.js';
import { disjointKinds, type Kinds } from '../kinds.js';
import { fold, found, within, type Glimpse } from './fold.js';
import { CHAT_GROWS, chatChoices, choiceEnd, countChat, lookAtChat } from './openai-chat.js';
import { checkParts, sameCount } from './openai-counts.js';
import type { Piece } from './pieces.js';
import type { Counted, Dialect, Found } from './reading.js';
import { millisOf } from './seconds.js';

const isCompatible = ({ value }: Piece): boolean => 'choices' in value || 'prompt_tokens' in value;

const bareUsage = ({ value, path }: Piece): Found | undefined =>
  ('input_tokens' in value || 'seconds' in value || 'image_count' in value) && !('output' in value)
    ? { value, path }
    : undefined;

const look = (piece: Piece): Glimpse => {
  if (isCompatible(piece)) return lookAtChat(piece);
  const output = within(piece, 'output')?.value ?? {};
  const isFailed = typeof piece.value['code'] === 'string' && piece.value['code'] !== '';
  const usage = found(piece, 'usage') ?? bareUsage(piece);
  return {
    id: found(piece, 'request_id'),
    model: found(piece, 'model'),
    upstreamRequestId: piece.value['request_id'],
    // A piece that only keeps the connection has an empty usage.
    usage: isEmpty(usage?.value) ? undefined : usage,
    choices: chatChoices(output['choices']),
    end: isFailed ? 'failed' : choiceEnd(output['finish_reason']),
  };
};

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Image and audio tokens, and how much of them lies beside the input. */
const partsOf = (usage: Fields, input: bigint, output: bigint) => {
  const details = usage.inner('input_tokens_details');
  checkParts(details, ['text_tokens', 'image_tokens', 'audio_tokens', 'video_tokens'], input);
  const image = sameCount([
    [details, 'image_tokens'],
    [usage, 'image_tokens'],
  ]);
  const audio = sameCount([
    [details, 'audio_tokens'],
    [usage, 'audio_tokens'],
  ]);
  const total = usage.quantity('total_tokens');
  const isListed = (name: string): boolean => details.has(name);
  const besides = [
    { image: 0n, audio: 0n },
    { image: 0n, audio },
    { image, audio: 0n },
    { image, audio },
  ].filter(
    (one) =>
      (one.image === 0n || !isListed('image_tokens')) &&
      (one.audio === 0n || !isListed('audio_tokens')),
  );
  if (total === null) {
    const audioBeside = isListed('audio_tokens') ? 0n : audio;
    return { image, audio, beside: audioBeside };
  }
  const fitting = besides.find((one) => total === input + output + one.image + one.audio);
  if (fitting === undefined) {
    const detail = `${total} is not the input’s ${input} and the output’s ${output}.`;
    usage.refuse('INCONSISTENT_COUNTS', 'total_tokens', detail);
  }
  return { image, audio, beside: (fitting?.image ?? 0n) + (fitting?.audio ?? 0n) };
};

/** What is told in milliseconds, and the tokens beside it, of which none are the audio's. */
const timed = (kinds: Kinds, audioMs: bigint): Kinds => ({
  ...Object.fromEntries(Object.entries(kinds).filter(([, count]) => count !== 0n)),
  audio_input_ms: audioMs,
});

/** Alone, images would be a call with nothing to pay. */
const refuseImages = (usage: Fields, images: bigint): void => {
  const detail =
    `${images} images have no kind of ours, and nothing else is counted. ` +
    'Send an own event with the tokens that they are priced by.';
  usage.refuse('USAGE_MISSING', 'image_count', detail);
};

const countOwn = (usage: Fields): Counted => {
  const audioMs = usage.has('seconds') ? millisOf(usage, 'seconds') : null;
  const images = usage.quantity('image_count');
  const [input, output] = [usage.count('input_tokens'), usage.count('output_tokens')];
  if (audioMs === null && images === null) usage.requiredCount('input_tokens');
  const { image, audio, beside } = partsOf(usage, input, output);
  const cache = usage.inner('prompt_tokens_details');
  const made = usage.inner('output_tokens_details');
  checkParts(made, ['text_tokens'], output);
  const cached = sameCount([
    [cache, 'cached_tokens'],
    [usage, 'cached_tokens'],
  ]);
  const outcome = disjointKinds({
    ...{ prompt: input + beside, completion: output, total: null, cached },
    cacheWrite: cache.count('cache_creation_input_tokens'),
    ...{ audioInput: audio, imageInput: image },
    reasoning: made.count('reasoning_tokens'),
    audioOutput: made.count('audio_tokens'),
  });
  if (!('kinds' in outcome)) {
    usage.refuse('INCONSISTENT_COUNTS', 'input_tokens', outcome.problem.detail);
    return { kinds: {} };
  }
  const isTimed = audioMs !== null && audioMs > 0n && input + beside === 0n;
  const kinds = isTimed ? timed(outcome.kinds, audioMs) : outcome.kinds;
  const hasImages = images !== null && images > 0n;
  if (hasImages && Object.values(kinds).every((one) => one === 0n)) refuseImages(usage, images);
  const isIncomplete = hasImages || (cached > 0n && image + audio > 0n);
  return { kinds, isIncomplete, audioMs, images };
};

export const qwen: Dialect = (pieces, findings) =>
  fold(pieces, findings, {
    look,
    count: (usage) => (usage.has('prompt_tokens') ? countChat(usage) : countOwn(usage)),
    grows: [...CHAT_GROWS, 'input_tokens', 'output_tokens'],
  });
