/**
 * The shape of an envelope for the API's description. What is refused is decided by libs/usage.
 */
const text = { type: 'string', minLength: 1, maxLength: 256 };

const envelope = {
  type: 'object',
  required: ['response'],
  description:
    'The fields of an event’s data, without its counts, may stand beside these. What is absent ' +
    'comes from the centre’s mapping or from the response.',
  properties: {
    ...{ id: text, source: text, subject: text, model: text, contract: text, buyer: text },
    time: { type: 'string', format: 'date-time' },
    response: {
      description:
        'The provider’s response, its usage alone, the list of a stream’s pieces, or the text of ' +
        'a recorded stream.',
      oneOf: [{ type: 'object' }, { type: 'array', items: { type: 'object' } }, { type: 'string' }],
    },
  },
};

export const bodySchema = {
  oneOf: [envelope, { type: 'array', items: envelope, minItems: 1, maxItems: 10_000 }],
};
