/**
 * The rows of the bad-input matrix for `POST /v1/events`, as what is sent and what is answered.
 *
 * Source      reliability 12-A and 12-B
 */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { usageData, usageEvent, withData, withInput } from './usage-event.js';
import type { Json } from './usage-event.js';

export interface BadRow {
  readonly row: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface EnvelopeRow extends BadRow {
  readonly status: number;
  readonly code: string;
}

export interface ItemRow extends BadRow {
  /** The path into the event, for a row that is refused; absent for one that is accepted. */
  readonly refused?: readonly [code: string, path: string];
}

const MEBIBYTE = 1_048_576;
const one = { 'Content-Type': 'application/cloudevents+json' };
const many = { 'Content-Type': 'application/cloudevents-batch+json' };
const GOOD = JSON.stringify(usageEvent('envelope'));
const encoded = (encoding: string) => ({ 'Content-Encoding': encoding });
const spoiled = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[copy.length + at] = (copy.at(at) ?? 0) ^ 0xff;
  return copy;
};

const malformed = (row: string, body: string): EnvelopeRow => ({
  row,
  body,
  status: 400,
  code: 'MALFORMED_JSON',
});

const envelope = (row: string, body: string, headers?: Record<string, string>): EnvelopeRow => ({
  row,
  body,
  status: 400,
  code: 'INVALID_ENVELOPE',
  ...(headers !== undefined && { headers }),
});

const undecodable = (row: string, body: Buffer): EnvelopeRow => ({
  row,
  body,
  headers: encoded('gzip'),
  status: 400,
  code: 'MALFORMED_ENCODING',
});

const foreign = (row: string, body: string | Buffer, encoding: string): EnvelopeRow => ({
  row,
  body,
  headers: encoded(encoding),
  status: 415,
  code: 'UNSUPPORTED_ENCODING',
});

const forbidden = (row: string, body: string): EnvelopeRow => ({
  row,
  body,
  status: 400,
  code: 'FORBIDDEN_KEY',
});

const padded = (bytes: number): string => GOOD + ' '.repeat(bytes - Buffer.byteLength(GOOD));
const tooLarge = { status: 413, code: 'PAYLOAD_TOO_LARGE' };
const tooMany = { status: 413, code: 'BATCH_TOO_LARGE' };

const syntaxRows: readonly EnvelopeRow[] = [
  { row: 'B01 no body', body: '', status: 400, code: 'EMPTY_BODY' },
  { row: 'B01 only spaces', body: ' \n ', status: 400, code: 'EMPTY_BODY' },
  malformed('B02 a cut text', '{"a":'),
  malformed('B02 a cut batch', `[${GOOD},`),
  malformed('B03 NaN', '{"a":NaN}'),
  malformed('B03 Infinity', '{"a":Infinity}'),
  malformed('B03 undefined', '{"a":undefined}'),
  malformed('B03 a trailing comma', '{"a":1,}'),
  malformed('B03 a comment', '{"a":1}//'),
  envelope('B04 a string', '"event"'),
  envelope('B04 a number', '5'),
  envelope('B04 null', 'null'),
  envelope('B04 an array where one event is said', `[${GOOD}]`, one),
  envelope('B04 one event where a batch is said', GOOD, many),
];

const mediaRows: readonly EnvelopeRow[] = [
  {
    row: 'B05 text/plain',
    body: GOOD,
    headers: { 'Content-Type': 'text/plain' },
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    row: 'B06 charset utf-16',
    body: GOOD,
    headers: { 'Content-Type': 'application/json; charset=utf-16' },
    status: 415,
    code: 'UNSUPPORTED_CHARSET',
  },
  {
    row: 'bytes that are not UTF-8',
    body: Buffer.from(GOOD.replace('envelope', 'envel\u00ffpe'), 'latin1'),
    status: 400,
    code: 'MALFORMED_UTF8',
  },
];

const sizeRows = (): readonly EnvelopeRow[] => [
  { row: 'B09 1 MiB + 1 byte', body: padded(MEBIBYTE + 1), headers: one, ...tooLarge },
  {
    row: 'B09 an event of 1 MiB + 1 byte as plain JSON',
    body: GOOD.replace('envelope', 'e'.repeat(MEBIBYTE)),
    ...tooLarge,
  },
  {
    row: 'B09 a batch of 16 MiB + 1 byte',
    body: padded(16 * MEBIBYTE + 1),
    headers: many,
    ...tooLarge,
  },
  {
    row: 'B10 486 kB of gzip that become 500 MB',
    body: gzipSync(Buffer.alloc(500_000_000, 0x20)),
    headers: encoded('gzip'),
    ...tooLarge,
  },
  {
    row: 'B10 1 kB of brotli that become 100 MB',
    body: brotliCompressSync(Buffer.alloc(100_000_000, 0x20)),
    headers: encoded('br'),
    ...tooLarge,
  },
];

const encodingRows: readonly EnvelopeRow[] = [
  foreign('B11 gzip in gzip', gzipSync(gzipSync(GOOD)), 'gzip, gzip'),
  foreign('B11 gzip in what is said to be one gzip', gzipSync(gzipSync(GOOD)), 'gzip'),
  foreign('B11 zstd', GOOD, 'zstd'),
  foreign('B11 deflate64', GOOD, 'deflate64'),
  undecodable('B12 a cut gzip', gzipSync(GOOD).subarray(0, 30)),
  undecodable('B12 a corrupt gzip', spoiled(gzipSync(GOOD), -20)),
  undecodable('B12 a wrong check sum', spoiled(gzipSync(GOOD), -8)),
  undecodable('B12 no gzip at all', Buffer.from(GOOD)),
];

const batchRows: readonly EnvelopeRow[] = [
  { row: 'B15 10,001 events', body: `[${'{},'.repeat(10_000)}{}]`, ...tooMany },
  { row: 'B15 100,001 events', body: `[${'{},'.repeat(100_000)}{}]`, headers: many, ...tooMany },
  { row: 'B15 eight million items', body: `[${'0,'.repeat(8_000_000)}0]`, ...tooMany },
  { row: 'B16 an empty batch', body: '[]', status: 400, code: 'EMPTY_BATCH' },
  forbidden('B19 __proto__', GOOD.replace('{', '{"__proto__":{"polluted":1},')),
  forbidden('B19 __proto__, escaped', GOOD.replace('{', '{"\\u005f_proto__":{"polluted":1},')),
  forbidden(
    'B19 constructor.prototype',
    `[${GOOD},${GOOD.replace('"data":{', '"data":{"constructor":{"prototype":{"polluted":1}},')}]`,
  ),
  {
    row: 'two hundred thousand brackets',
    body: '['.repeat(200_000) + ']'.repeat(200_000),
    status: 400,
    code: 'NESTING_LIMIT',
  },
];

/** The envelope alone decides: the whole request is refused and nothing is written. */
export const envelopeRows = (): readonly EnvelopeRow[] => [
  ...[...syntaxRows, ...mediaRows, ...sizeRows(), ...encodingRows, ...batchRows],
];

const item = (row: string, event: Json, refused?: ItemRow['refused']): ItemRow => ({
  row,
  body: JSON.stringify(event),
  ...(refused !== undefined && { refused }),
});

const number = (row: string, literal: string, code?: string): ItemRow => ({
  row,
  body: withInput(`n${row.replaceAll(/\W/g, '')}`, literal),
  ...(code !== undefined && { refused: [code, '$.data.tokens.input'] as const }),
});

const time = (row: string, value: string | undefined, code?: string): ItemRow =>
  item(
    `${row}: ${value}`,
    usageEvent(`t ${value}`, { time: value }),
    code ? [code, '$.time'] : undefined,
  );

const usage = (id: string, counts: Json): Json =>
  usageEvent(id, { data: { ...usageData({ tokens: undefined }), usage: counts } });

const metadata = (row: string, value: unknown): ItemRow =>
  item(`B51 ${row}`, withData(`m ${row}`, { metadata: value }), [
    'METADATA_LIMIT',
    '$.data.metadata',
  ]);

const deep = (levels: number): string =>
  JSON.stringify(withData(`deep ${levels}`, { metadata: '@' })).replace(
    '"@"',
    `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
  );

const invalidTimes = [
  ...['2026-02-30T00:00:00Z', '2026-06-15T10:00:00', '0001-01-01T00:00:00Z'],
  ...['+275761-01-01T00:00:00Z', '2026-06-15T10:00:00.123456789Z', '2026-06-15T23:59:60Z'],
  ...['2026-06-15', '1781517600', ''],
];

const idRows: readonly ItemRow[] = [
  item('B29 an empty id', usageEvent(''), ['INVALID_EVENT_ID', '$.id']),
  item('B29 an id of 300 characters', usageEvent('i'.repeat(300)), ['INVALID_EVENT_ID', '$.id']),
  item('B29 an id with NUL', usageEvent('a\u0000b'), ['INVALID_EVENT_ID', '$.id']),
  item('B29 half a surrogate pair', usageEvent('a\ud800'), ['INVALID_EVENT_ID', '$.id']),
  item('B29 no id', { ...usageEvent('x'), id: undefined }, ['INVALID_EVENT_ID', '$.id']),
  item('an id of 256 characters', usageEvent('i'.repeat(256))),
  item('B30 an id in NFD', usageEvent('e\u0301'), ['NOT_NFC', '$.id']),
  item('B30 the same id in NFC', usageEvent('\u00e9')),
  item('B30 an id in capitals', usageEvent('ID-1')),
  item('B30 an id in small letters', usageEvent('id-1')),
  item('B30 an id with a space at its end', usageEvent('id-1 ')),
  item('B30 an id with a zero-width space', usageEvent('id\u200b-1')),
];

const countRows: readonly ItemRow[] = [
  number('B35 -1 tokens', '-1', 'NEGATIVE_QUANTITY'),
  number('B36 0 tokens', '0'),
  number('B37 1.5 tokens', '1.5', 'NOT_INTEGER'),
  number('B40 1e400 tokens', '1e400', 'QUANTITY_LIMIT'),
  number('B40 1e-400 tokens', '1e-400', 'NOT_INTEGER'),
  number('B40 "1e1000000000" tokens', '"1e1000000000"', 'NOT_INTEGER'),
  number('B40 a million nines', '9'.repeat(1_000_000), 'QUANTITY_LIMIT'),
  number('B40 a million nines in a text', `"${'9'.repeat(1_000_000)}"`, 'QUANTITY_LIMIT'),
  number('B40 2^53 + 1', '9007199254740993', 'QUANTITY_LIMIT'),
  number('B40 almost one', '0.99999999999999999999', 'NOT_INTEGER'),
  number('2^53 - 1', '9007199254740991'),
  number('10^18 in a text', '"1000000000000000000"'),
  number('10^18 + 1 in a text', '"1000000000000000001"', 'QUANTITY_LIMIT'),
  {
    row: 'a count that stands twice',
    body: JSON.stringify(usageEvent('twice')).replace('"input":', '"input":1,"input":'),
    refused: ['DUPLICATE_KEY', '$'],
  },
  item(
    'B42 more cached than prompt tokens',
    usage('b42a', {
      prompt_tokens: 5,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 6 },
    }),
    ['INCONSISTENT_COUNTS', '$.data.usage'],
  ),
  item(
    'B42 a total that is no sum',
    usage('b42b', { prompt_tokens: 5, completion_tokens: 1, total_tokens: 7 }),
    ['INCONSISTENT_COUNTS', '$.data.usage'],
  ),
];

/** The event alone decides: 202, with its own result. */
export const itemRows = (): readonly ItemRow[] => [
  { row: 'B07 a byte order mark', body: `\ufeff${JSON.stringify(usageEvent('bom'))}` },
  { row: 'B09 1 MiB', body: padded(MEBIBYTE), headers: one },
  { row: 'gzip', body: gzipSync(GOOD), headers: encoded('gzip') },
  { row: 'br', body: brotliCompressSync(GOOD), headers: encoded('br') },
  item('B18 an unknown field', withData('b18', { tokns: 5 }), ['UNKNOWN_FIELD', '$.data.tokns']),
  item('R20 an extension', usageEvent('ext', { traceid: 'abc' })),
  ...idRows,
  ...countRows,
  ...invalidTimes.map((value) => time('B43', value, 'INVALID_TIME')),
  time('B43', undefined, 'INVALID_TIME'),
  time('B44 ten minutes ahead', '2026-06-30T00:10:00Z', 'FUTURE_EVENT'),
  time('B44 one second ahead', '2026-06-30T00:00:01Z'),
  time('B45 in a period that may be closed', '2026-05-31T15:59:59.999999Z'),
  time('B46 46 days back', '2026-05-15T00:00:00Z', 'TOO_OLD'),
  time('B46 45 days back', '2026-05-16T00:00:00Z'),
  item('B48 a model that nobody knows', withData('b48', { model: 'm-unheard-of' })),
  item('B49 another centre', withData('b49', { centre: 'hz' }), [
    'CENTRE_MISMATCH',
    '$.data.centre',
  ]),
  item('a source of another key', usageEvent('src', { source: 'hz/vllm' }), [
    'SOURCE_NOT_ALLOWED',
    '$.source',
  ]),
  metadata('65 kB', { a: 'm'.repeat(65_000) }),
  metadata(
    '1,000 keys',
    Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, 'v'])),
  ),
  item('B51 the empty key', withData('m empty', { metadata: { '': 'a' } }), [
    'METADATA_LIMIT',
    '$.data.metadata[""]',
  ]),
  item('B51 two levels', withData('m deep', { metadata: { a: { b: 'c' } } }), [
    'METADATA_LIMIT',
    '$.data.metadata.a',
  ]),
  {
    row: 'B51 30,000 levels',
    body: deep(30_000),
    refused: ['METADATA_LIMIT', '$.data.metadata.a'],
  },
];
