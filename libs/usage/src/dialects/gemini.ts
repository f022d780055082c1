/**
 * Gemini generateContent, of the Gemini API and of Vertex AI.
 *
 * Shape       `{responseId, modelVersion, createTime, candidates[].finishReason, usageMetadata}`;
 *             a stream is such pieces, each with the cumulative usage so far.
 * Invariant   the prompt includes the cached content; thoughts lie outside the candidates and tool
 *             use outside the prompt: total = prompt + tool use + candidates + thoughts.
 * Rejections  INCONSISTENT_COUNTS
 * Source      Gemini API reference, UsageMetadata; litellm#37923; docs/dialects.md
 */
import type { Fields } from '../fields.js';
import { disjointKinds } from '../kinds.js';
import { choicesOf, fold, found, type Glimpse } from './fold.js';
import { modalities, type Modalities } from './gemini-modalities.js';
import type { Piece } from './pieces.js';
import type { Counted, Dialect, Found, Outcome } from './reading.js';

const PROMPT = 'promptTokenCount';
const CACHED = 'cachedContentTokenCount';
const TOTAL = 'totalTokenCount';
const UNENDED = new Set<unknown>([null, undefined, '', 'FINISH_REASON_UNSPECIFIED']);

const endOf = (candidate: object): Outcome | undefined =>
  UNENDED.has(Reflect.get(candidate, 'finishReason')) ? undefined : 'complete';

const bareUsage = ({ value, path }: Piece): Found | undefined =>
  PROMPT in value ? { value, path } : undefined;

const look = (piece: Piece): Glimpse => {
  const { value } = piece;
  const usage = found(piece, 'usageMetadata') ?? bareUsage(piece);
  const isBlocked = typeof value['promptFeedback'] === 'object' && value['promptFeedback'] !== null;
  return {
    id: found(piece, 'responseId'),
    model: found(piece, 'modelVersion'),
    time: found(piece, 'createTime'),
    usage,
    choices: choicesOf(value['candidates'], endOf),
    end: value['error'] ? 'failed' : isBlocked ? 'complete' : undefined,
  };
};

/** The kinds of the prompt that are not plain text, without what came from the cache. */
const uncached = (sent: Modalities, cached: Modalities, usage: Fields) => {
  const [audio, image] = [sent.audio - cached.audio, sent.image - cached.image];
  if (audio < 0n || image < 0n) {
    usage.refuse('INCONSISTENT_COUNTS', 'cacheTokensDetails', 'More is cached than was sent.');
  }
  return { audio, image };
};

const count = (usage: Fields): Counted => {
  const prompt = usage.requiredCount(PROMPT);
  const [tools, cached] = [usage.count('toolUsePromptTokenCount'), usage.count(CACHED)];
  // Live sessions call the candidates a response.
  const made = usage.has('responseTokenCount') ? 'response' : 'candidates';
  const [candidates, thoughts] = [
    usage.count(`${made}TokenCount`),
    usage.count('thoughtsTokenCount'),
  ];
  const sum = prompt + tools + candidates + thoughts;
  const total = usage.quantity(TOTAL);
  if (total !== null && total !== sum) {
    usage.refuse('INCONSISTENT_COUNTS', TOTAL, `${total} is not the sum of the counts, ${sum}.`);
  }
  const sent = modalities(usage, 'promptTokensDetails', prompt);
  const ofTools = modalities(usage, 'toolUsePromptTokensDetails', tools);
  const ofCache = modalities(usage, 'cacheTokensDetails', cached);
  const rest = uncached(sent, ofCache, usage);
  if (cached + rest.audio + rest.image > prompt) {
    usage.refuse(
      'INCONSISTENT_COUNTS',
      CACHED,
      `The parts of the prompt exceed its ${prompt} tokens.`,
    );
  }
  const outcome = disjointKinds({
    ...{ prompt: prompt + tools, completion: candidates + thoughts, total: null },
    ...{ cached, cacheWrite: 0n, reasoning: thoughts },
    audioInput: rest.audio + ofTools.audio,
    imageInput: rest.image + ofTools.image,
    audioOutput: modalities(usage, `${made}TokensDetails`, candidates).audio,
  });
  const isIncomplete = cached > 0n && !ofCache.isSaid && sent.audio + sent.image > 0n;
  if ('kinds' in outcome) return { kinds: outcome.kinds, isIncomplete };
  usage.refuse('INCONSISTENT_COUNTS', PROMPT, outcome.problem.detail);
  return { kinds: {} };
};

const tierOf = (usage: unknown): unknown => {
  if (typeof usage !== 'object' || usage === null) return null;
  return Reflect.get(usage, 'serviceTier') ?? Reflect.get(usage, 'trafficType') ?? null;
};

export const gemini: Dialect = (pieces, findings) =>
  fold(pieces, findings, {
    look: (piece) => {
      const glimpse = look(piece);
      return { ...glimpse, serviceTier: tierOf(glimpse.usage?.value) };
    },
    count,
    grows: [PROMPT, 'candidatesTokenCount', 'thoughtsTokenCount', TOTAL],
  });
