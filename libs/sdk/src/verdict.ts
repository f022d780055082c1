/**
 * What an answer of the service means for the events of a batch.
 *
 * Invariant   only a result that names an event's acceptance or refusal ends its way; everything
 *             that is not understood means: send again, under the same ids.
 * Source      apps/usage-ingest/README.md (the door's answers); ruling R1
 */
import type { SuanpanErrorCode } from './errors.js';

export interface Refusal {
  readonly code: string;
  readonly path: string | null;
  readonly detail: string;
}

export type ItemVerdict = 'accepted' | 'retry' | Refusal;

export type Verdict =
  | { readonly kind: 'items'; readonly items: readonly ItemVerdict[] }
  /** Nothing is known of any event. */
  | { readonly kind: 'retry'; readonly code: string; readonly detail: string }
  /** The batch as a whole was refused for what may stand in one event of it. */
  | { readonly kind: 'divide'; readonly refusal: Refusal }
  /** Sending again would change nothing: a person must act. */
  | { readonly kind: 'stop'; readonly code: SuanpanErrorCode; readonly detail: string };

export interface ServiceAnswer {
  readonly status: number;
  readonly body: string;
  /** How many events were sent. */
  readonly count: number;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (body: string): Json => {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
};

const text = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;

const itemOf = (result: unknown): ItemVerdict => {
  if (!isObject(result)) return 'retry';
  if (result['status'] === 'accepted') return 'accepted';
  if (result['status'] !== 'refused') return 'retry';
  return {
    code: text(result['code'], 'REFUSED'),
    path: typeof result['path'] === 'string' ? result['path'] : null,
    detail: text(result['detail'], 'The service refused the event.'),
  };
};

const itemsOf = ({ body, count, status }: ServiceAnswer): Verdict => {
  const { results } = parsed(body);
  if (!Array.isArray(results) || results.length !== count) {
    const detail = `The answer (${status}) does not have one result for each event.`;
    return { kind: 'retry', code: 'UNREADABLE_ANSWER', detail };
  }
  const items: ItemVerdict[] = Array.from({ length: count }, () => 'retry');
  results.forEach((result: unknown, at) => {
    const index: unknown = isObject(result) ? (result['index'] ?? at) : at;
    if (typeof index === 'number' && index in items) items[index] = itemOf(result);
  });
  return { kind: 'items', items };
};

const STOPS: Readonly<Record<number, readonly [SuanpanErrorCode, string]>> = {
  401: [
    'UNAUTHENTICATED',
    'The API key is unknown or revoked. Ask the operator for a new key and give it to openMeter({ apiKey }) or meter.useKey().',
  ],
  403: [
    'FORBIDDEN',
    'The key may not send usage now. Ask the operator whether its role is centre and the centre is active.',
  ],
};

const WRONG_ADDRESS =
  'This is not the door of usage-ingest. Check openMeter({ url }): it is the address of the service, without /v1/events.';

/** 400s that one event can bring upon its whole batch. */
const OF_ONE_EVENT = new Set(['FORBIDDEN_KEY', 'NESTING_LIMIT', 'DUPLICATE_KEY', 'MALFORMED_UTF8']);

const isPassing = (status: number): boolean =>
  status >= 500 || status === 408 || status === 425 || status === 429;

/** Reads an answer. */
export const verdictOf = (answer: ServiceAnswer): Verdict => {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return itemsOf(answer);
  const problem = parsed(body);
  const code = text(problem['code'], `HTTP_${status}`);
  const detail = text(problem['detail'], `The service answered ${status}.`);
  if (isPassing(status)) return { kind: 'retry', code, detail };
  const stop = STOPS[status];
  if (stop !== undefined) {
    return { kind: 'stop', code: stop[0], detail: `${stop[1]} (${code}: ${detail})` };
  }
  if (status === 413 || status === 422 || (status === 400 && OF_ONE_EVENT.has(code))) {
    return { kind: 'divide', refusal: { code, path: null, detail } };
  }
  if (status === 400) return { kind: 'retry', code, detail };
  return { kind: 'stop', code: 'WRONG_ADDRESS', detail: `${WRONG_ADDRESS} (${code}: ${detail})` };
};
