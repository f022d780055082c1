/** The shapes of `POST /api/v1/events` for the API's description; libs/usage decides. */
const text = { type: 'string', minLength: 1, maxLength: 256 };
const count = { oneOf: [{ type: 'integer', minimum: 0 }, { type: 'string' }] };

const meterEvent = {
  type: 'object',
  required: ['specversion', 'type', 'source', 'id', 'time', 'subject', 'data'],
  properties: {
    specversion: { type: 'string', enum: ['1.0'] },
    ...{ type: text, source: text, id: text, subject: text },
    time: { type: 'string', format: 'date-time' },
    data: {
      type: 'object',
      properties: {
        model: text,
        ...{ prompt_tokens: count, completion_tokens: count, total_tokens: count },
        usage: { type: 'object' },
        ...{ tokens: count, type: text },
      },
    },
  },
};

export const meterBody = {
  description: 'One event or an array of at most 10,000.',
  schema: { oneOf: [meterEvent, { type: 'array', items: meterEvent, maxItems: 10_000 }] },
};
