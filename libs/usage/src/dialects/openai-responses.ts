/**
 * OpenAI responses, and the realtime API's `response.done`.
 *
 * Shape       `{id, created_at, model, status, usage}`; in a stream each event may hold such a
 *             `response`, the last one with its usage.
 * Source      OpenAI API reference (responses, realtime); docs/dialects.md
 */
import { epochTime, fold, found, within, type Glimpse } from './fold.js';
import { openAiCounts, type OpenAiNames } from './openai-counts.js';
import type { Piece } from './pieces.js';
import type { Dialect, Found, Outcome } from './reading.js';

const NAMES: OpenAiNames = {
  prompt: 'input_tokens',
  completion: 'output_tokens',
  promptDetails: ['input_tokens_details', 'input_token_details'],
  completionDetails: ['output_tokens_details', 'output_token_details'],
};

/** `incomplete` is a response that reached its limit: it is whole, and charged. */
const ENDS: Readonly<Record<string, Outcome>> = {
  completed: 'complete',
  incomplete: 'complete',
  cancelled: 'cut',
  in_progress: 'cut',
  queued: 'cut',
  failed: 'failed',
};

const endOf = (status: unknown, isStream: boolean): Outcome | undefined => {
  if (typeof status !== 'string' || !Object.hasOwn(ENDS, status)) return undefined;
  const end = ENDS[status];
  // In a stream the first events are of a response that goes on.
  return isStream && (status === 'in_progress' || status === 'queued') ? undefined : end;
};

const bareUsage = ({ value, path }: Piece): Found | undefined =>
  'input_tokens' in value && !('output' in value) ? { value, path } : undefined;

const look = (piece: Piece): Glimpse => {
  const inner = within(piece, 'response');
  const response = inner ?? piece;
  const isError = piece.value['type'] === 'error';
  // An event has an id, and may have a usage, that are not the response's.
  const isResponse = inner !== undefined || !('type' in piece.value);
  return {
    id: isResponse ? found(response, 'id') : undefined,
    model: found(response, 'model'),
    time: epochTime(found(response, 'created_at')),
    serviceTier: response.value['service_tier'],
    usage: isResponse ? (found(response, 'usage') ?? bareUsage(piece)) : undefined,
    end: isError ? 'failed' : endOf(response.value['status'], inner !== undefined),
  };
};

export const openAiResponses: Dialect = (pieces, findings) =>
  fold(pieces, findings, {
    look,
    count: (usage) => openAiCounts(usage, NAMES),
    grows: ['input_tokens', 'output_tokens', 'total_tokens'],
  });
