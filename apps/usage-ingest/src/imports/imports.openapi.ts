/** The shapes of `/v1/imports` for the API's description. */
const text = { type: 'string' };
const count = { type: 'integer' };
const nullable = { type: 'string', nullable: true };
const counts = { type: 'object', additionalProperties: { type: 'integer' } };
const digits = { type: 'object', additionalProperties: { type: 'string' } };

export const importSchema = {
  type: 'object',
  properties: {
    ...{ import: text, centre: text, name: text, sha256: text, createdAt: text },
    format: { type: 'string', enum: ['csv', 'ndjson', 'parquet'] },
    ...{ gzip: { type: 'boolean' }, dryRun: { type: 'boolean' } },
    status: { type: 'string', enum: ['waiting', 'running', 'done', 'failed'] },
    ...{ code: nullable, detail: nullable, finishedAt: nullable, errors: nullable },
    ...{ bytes: count, rows: count, accepted: count, refused: count },
    ...{ acknowledgedRow: count, position: count },
    refusedByCode: counts,
    tokens: {
      type: 'array',
      items: { type: 'object', properties: { model: text, kinds: digits } },
    },
  },
};

export const bodyContent = {
  description:
    'The file: text/csv with a header of field names, application/x-ndjson with a CloudEvent a line, or application/vnd.apache.parquet.',
  schema: { type: 'string', format: 'binary' },
};
