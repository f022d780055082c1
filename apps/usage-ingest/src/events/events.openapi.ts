/**
 * The shapes of `POST /v1/events` for the API's description. What is refused is decided by
 * libs/usage, so this describes and does not check.
 */
import { tokenKinds } from '@suanpan/usage';

const text = { type: 'string', minLength: 1, maxLength: 256 };
const count = {
  oneOf: [
    { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    { type: 'string', pattern: '^(0|[1-9][0-9]{0,18})$' },
  ],
};

const tokens = {
  type: 'object',
  description: 'Disjoint counts by kind.',
  properties: Object.fromEntries(tokenKinds.map((kind) => [kind, count])),
};

const usage = {
  type: 'object',
  description: 'Counts as a provider reports them: cached within prompt, reasoning in completion.',
  properties: {
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    prompt_tokens_details: { type: 'object', properties: { cached_tokens: count } },
    completion_tokens_details: { type: 'object', properties: { reasoning_tokens: count } },
  },
};

const data = {
  type: 'object',
  required: ['contract', 'buyer', 'centre', 'model'],
  description: 'Exactly one of tokens and usage. An unknown field is refused.',
  properties: {
    ...{ contract: text, buyer: text, centre: text, model: text, modelServed: text },
    ...{ tokens, usage },
    ...{ upstream: text, authorization: text, lot: text, dispatch: text, dataOrigin: text },
    ...{ endUserCountry: text, facility: text, pool: text, returnCountry: text, purpose: text },
    latencyMs: count,
    metadata: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

export const eventSchema = {
  type: 'object',
  required: ['specversion', 'type', 'source', 'id', 'time', 'data'],
  properties: {
    specversion: { type: 'string', enum: ['1.0'] },
    type: { type: 'string', enum: ['suanpan.usage.v1'] },
    source: text,
    id: text,
    time: { type: 'string', format: 'date-time' },
    subject: text,
    datacontenttype: text,
    data,
  },
};

const many = { type: 'array', items: eventSchema, minItems: 1, maxItems: 10_000 };

/** By media type. */
export const bodyContent = {
  description:
    'At most 1 MiB an event and 16 MiB a batch, inflated, 262,144 values an event and 1,000,000 a ' +
    'request; gzip, deflate and br are read. With ce- ' +
    'headers (binary mode) an application/json body is the data alone. Avro: one event of the ' +
    'CloudEvents Avro format, or an object container file of them.',
  schema: { oneOf: [eventSchema, many] },
};

const result = {
  type: 'object',
  required: ['index', 'id', 'status'],
  properties: {
    index: { type: 'integer' },
    id: { type: 'string', nullable: true },
    status: { type: 'string', enum: ['accepted', 'refused', 'retry'] },
    code: { type: 'string' },
    path: { type: 'string' },
    detail: { type: 'string' },
  },
};

export const answerSchema = {
  type: 'object',
  required: ['accepted', 'refused', 'results'],
  properties: {
    accepted: { type: 'integer' },
    refused: { type: 'integer' },
    results: { type: 'array', items: result },
  },
};
