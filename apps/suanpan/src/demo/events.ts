import { toWireTime } from './month.js';
import type { Buyer, Centre } from './parties.js';
import type { TraceRequest } from './traces.js';

/**
 * The CloudEvent that a centre sends for one request, in the two dialects that the door reads.
 *
 * Shape       Azure requests as disjoint `tokens`, coding sessions as an OpenAI-like `usage` object
 *             whose cached tokens are part of the prompt: the door makes them disjoint.
 */
export interface WireEvent {
  readonly specversion: '1.0';
  readonly type: 'suanpan.usage.v1' | 'suanpan.usage.correct.v1' | 'suanpan.usage.void.v1';
  readonly source: string;
  readonly id: string;
  readonly time: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly request: TraceRequest;
  readonly instant: bigint;
  readonly buyer: Buyer;
  readonly centre: Centre;
}

// Counts of one call stay far below 2^53; a larger one must fail here, not lose a digit on the wire.
const exactNumber = (count: bigint): number => {
  const number = Number(count);
  if (!Number.isSafeInteger(number)) throw new Error(`${count} does not fit a JSON number.`);
  return number;
};

const countsOf = ({ trace, input, cached, output }: TraceRequest): Record<string, unknown> =>
  trace === 'azure'
    ? { tokens: { input: exactNumber(input), output: exactNumber(output) } }
    : {
        usage: {
          prompt_tokens: exactNumber(input + cached),
          completion_tokens: exactNumber(output),
          total_tokens: exactNumber(input + cached + output),
          prompt_tokens_details: { cached_tokens: exactNumber(cached) },
        },
      };

/** The event of one call as the centre's gateway would send it. */
export const toWireEvent = ({ request, instant, buyer, centre }: Call): WireEvent => ({
  specversion: '1.0',
  type: 'suanpan.usage.v1',
  source: centre.source,
  id: request.id,
  time: toWireTime(instant),
  subject: buyer.id,
  data: {
    contract: buyer.contract,
    buyer: buyer.id,
    centre: centre.id,
    model: request.model,
    ...countsOf(request),
    upstream: 'model-vendors',
    authorization: `resale-${request.model}`,
    endUserCountry: buyer.country,
    dataOrigin: buyer.country,
    returnCountry: buyer.country,
    facility: centre.facility,
    purpose: 'inference',
    ...(request.trace === 'claude' ? { session: request.group } : {}),
    ...(request.latencyMs === null ? {} : { latencyMs: request.latencyMs }),
  },
});

/** The same id with another payload: one output token more. It must become a conflict. */
export const toAlteredEvent = (call: Call): WireEvent =>
  toWireEvent({ ...call, request: { ...call.request, output: call.request.output + 1n } });

export interface CorrectionName {
  readonly id: string;
  readonly revision: number;
}

/** Says a call again, whole, as it should have been. */
export const toCorrectEvent = (
  said: Call,
  { request }: Call,
  { id, revision }: CorrectionName,
): WireEvent => {
  const event = toWireEvent(said);
  return {
    ...{ ...event, type: 'suanpan.usage.correct.v1', id },
    data: { ...event.data, correctsId: request.id, revision },
  };
};

const VOIDED_AFTER_MICROS = 60_000_000n;

/** Says that a call never was; its time is that of the saying. */
export const toVoidEvent = (
  { request, instant, buyer, centre }: Call,
  { id, revision }: CorrectionName,
): WireEvent => ({
  specversion: '1.0',
  type: 'suanpan.usage.void.v1',
  source: centre.source,
  id,
  time: toWireTime(instant + VOIDED_AFTER_MICROS),
  subject: buyer.id,
  data: { correctsId: request.id, revision, centre: centre.id },
});

export const UNKNOWN_MODEL = 'mystery-xl';

/** A call of a model that nobody has priced: accepted, and kept as unpriced. */
export const toUnpricedEvent = (call: Call, id: string): WireEvent =>
  toWireEvent({ ...call, request: { ...call.request, id, model: UNKNOWN_MODEL } });

/** One thing that is wrong with an event, and the code that the door must answer. */
export interface Fault {
  readonly code: string;
  readonly spoil: (event: WireEvent) => WireEvent;
}

const withData = (event: WireEvent, data: Record<string, unknown>): WireEvent => {
  const { tokens: _tokens, usage: _usage, ...rest } = event.data;
  return { ...event, data: { ...rest, ...data } };
};

export const FAULTS: readonly Fault[] = [
  {
    code: 'INCONSISTENT_COUNTS',
    spoil: (event) =>
      withData(event, {
        usage: {
          prompt_tokens: 100,
          completion_tokens: 1,
          prompt_tokens_details: { cached_tokens: 101 },
        },
      }),
  },
  { code: 'NEGATIVE_QUANTITY', spoil: (event) => withData(event, { tokens: { input: -1 } }) },
  { code: 'NOT_INTEGER', spoil: (event) => withData(event, { tokens: { output: 1.5 } }) },
  {
    code: 'UNKNOWN_FIELD',
    spoil: (event) => withData(event, { tokens: { input: 1 }, tokns: 5 }),
  },
  { code: 'INVALID_TIME', spoil: (event) => ({ ...event, time: '2026-02-30T00:00:00Z' }) },
  { code: 'FUTURE_EVENT', spoil: (event) => ({ ...event, time: '2026-07-01T00:00:00Z' }) },
];

/** An event that the door must refuse. */
export const toRefusedEvent = (call: Call, id: string, fault: Fault): WireEvent =>
  fault.spoil(toWireEvent({ ...call, request: { ...call.request, id } }));
