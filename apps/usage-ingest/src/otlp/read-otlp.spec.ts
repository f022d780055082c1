import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from '@jest/globals';
import {
  JsonLogsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { Malformed } from '@suanpan/event-sourcing';
import { HttpProblem } from '@suanpan/platform-http';
import { genAiAttributes, readGenAi } from '@suanpan/usage';
import type { GenAiRecord } from '@suanpan/usage';
import { CHAT, logRecordsOf, spansOf } from '../../test/gen-ai-spans.js';
import { oneRecord } from './one-record.js';
import { toExportResponse, toStatus } from './otlp-answers.js';
import { readJson } from './read-json.js';
import { readProtobuf } from './read-protobuf.js';
import { LOGS, NODES_MAX, TRACES } from './signals.js';
import type { SignalShape } from './signals.js';

const wanted = new Set([...genAiAttributes, 'user.id']);
const END = new Date('2026-05-20T03:00:00.123Z');

const readings = { protobuf: readProtobuf, json: readJson };
type Form = keyof typeof readings;

const read = (form: Form, bytes: Uint8Array, shape: SignalShape = TRACES): GenAiRecord[] => {
  const records: GenAiRecord[] = [];
  readings[form](Buffer.from(bytes), { shape, wanted }, (record) => records.push(record));
  return records;
};

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Malformed || error instanceof HttpProblem) return error.code;
    throw error;
  }
  return 'none';
};

const spans = spansOf(
  [
    { attributes: CHAT, end: END },
    { attributes: { 'http.request.method': 'POST' }, end: END, failed: true },
  ],
  { 'service.name': 'gateway', 'user.id': 'of-all' },
);
const inProtobuf = ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array();
const inJson = JsonTraceSerializer.serializeRequest(spans) ?? new Uint8Array();

describe('what an OpenTelemetry SDK writes', () => {
  it('is the same in protobuf and in JSON', () => {
    const [call, other] = read('protobuf', inProtobuf);
    expect(read('json', inJson)).toEqual([call, other]);
    const { traceId, spanId } = spans[0]?.spanContext() ?? { traceId: '', spanId: '' };
    expect(call).toMatchObject({ traceId, spanId, failed: false, repeated: null });
    expect([call?.endNanos, call?.startNanos]).toEqual([
      1_779_246_000_123_000_000n,
      1_779_245_999_123_000_000n,
    ]);
    expect(call?.attributes.get('gen_ai.usage.input_tokens')).toBe(10_000n);
    // Only what is wanted was kept, and no list.
    expect([...(call?.attributes.keys() ?? [])].sort()).toEqual(
      Object.keys(CHAT)
        .filter((name) => wanted.has(name))
        .sort(),
    );
    expect([...(call?.resource ?? [])]).toEqual([['user.id', 'of-all']]);
    expect([other?.failed, other?.attributes.size]).toEqual([true, 0]);
  });

  it('as log records is the same in protobuf and in JSON', () => {
    const logs = logRecordsOf([{ attributes: CHAT, end: END }]);
    const [record] = read(
      'protobuf',
      ProtobufLogsSerializer.serializeRequest(logs) ?? inJson,
      LOGS,
    );
    expect(read('json', JsonLogsSerializer.serializeRequest(logs) ?? inJson, LOGS)).toEqual([
      record,
    ]);
    expect(record?.endNanos).toBe(1_779_246_000_123_000_000n);
    expect(record?.attributes.get('gen_ai.usage.output_tokens')).toBe(500n);
  });

  it('kept of a refused record can be sent again, and is read as the same record', () => {
    const [call] = read('protobuf', inProtobuf) as [GenAiRecord];
    const again = oneRecord(call, TRACES);
    expect(read('json', again)).toEqual([call]);
    expect(again.toString()).not.toContain('finish_reasons');
  });

  it.each([
    ['span', 'gen_ai.usage.input_tokens'],
    ['resource', 'user.id'],
  ])('with an attribute twice in its %s, is refused again for it', (_where, name) => {
    const [call] = read('protobuf', inProtobuf) as [GenAiRecord];
    const twice = { ...call, repeated: name };
    const [again] = read('json', oneRecord(twice, TRACES)) as [GenAiRecord];
    expect(again).toEqual(twice);
    const refusal = { code: 'INVALID_VALUE', path: `$.attributes["${name}"]` };
    expect(readGenAi(again)).toEqual({ refused: expect.objectContaining(refusal) });
  });
});

describe('the examples of OTLP’s authors', () => {
  const example = (name: string): Buffer =>
    readFileSync(join(import.meta.dirname, '../../../../test/fixtures/otel', name));

  it('are read, and tell of no usage', () => {
    const [span] = read('json', example('otlp_example_trace.json'));
    expect(span).toMatchObject({
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: 'eee19b7ec3c1b174',
      endNanos: 1_544_712_661_000_000_000n,
    });
    const [log] = read('json', example('otlp_example_logs.json'), LOGS);
    expect([log?.traceId, log?.spanId]).toEqual([span?.traceId, span?.spanId]);
    for (const record of [span, log]) {
      expect(record && readGenAi(record)).toEqual({ ignored: 'no usage' });
    }
  });
});

describe('OTLP in JSON', () => {
  const request = (attribute: string): Buffer =>
    Buffer.from(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[
        {"key":"gen_ai.usage.input_tokens","value":${attribute}}]}]}]}],"unknown":[1]}`,
    );
  const valueOf = (attribute: string) =>
    read('json', request(attribute))[0]?.attributes.get('gen_ai.usage.input_tokens');

  it.each([
    ['{"intValue":"5"}', 5n],
    ['{"intValue":5}', 5n],
    ['{"intValue":9007199254740993}', 9_007_199_254_740_993n],
    ['{"intValue":"9223372036854775807"}', 9_223_372_036_854_775_807n],
    ['{"doubleValue":5.5}', 5.5],
    ['{"doubleValue":0.99999999999999999999}', Number.NaN],
    ['{"intValue":"5.5"}', '5.5'],
    ['{"stringValue":"five"}', 'five'],
    ['{"boolValue":true}', true],
    ['{"arrayValue":{"values":[]}}', null],
    ['{}', null],
    ['null', null],
  ])('reads %s', (attribute, value) => {
    expect(valueOf(attribute)).toEqual(value);
  });

  it('says when an attribute that counts stands twice', () => {
    const twice = request(
      '{"intValue":1}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":2}',
    );
    expect(read('json', twice)[0]?.repeated).toBe('gen_ai.usage.input_tokens');
  });

  it.each([
    ['', 'EMPTY_BODY'],
    ['{"resourceSpans":', 'MALFORMED_JSON'],
    ['[]', 'INVALID_ENVELOPE'],
    ['5', 'INVALID_ENVELOPE'],
    ['{"resourceSpans":{}}', 'INVALID_ENVELOPE'],
    ['{"resourceSpans":[5]}', 'INVALID_ENVELOPE'],
    [
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":5}]}]}]}]}',
      'INVALID_ENVELOPE',
    ],
    ['{"resourceSpans":[],"resourceSpans":[]}', 'DUPLICATE_KEY'],
    ['{"__proto__":{}}', 'FORBIDDEN_KEY'],
    [`${'['.repeat(200_000)}`, 'NESTING_LIMIT'],
  ])('%# refuses what is no request: %.60s', (body, code) => {
    expect(codeOf(() => read('json', Buffer.from(body)))).toBe(code);
  });
});

describe('OTLP in protobuf', () => {
  const length = (bytes: number): Buffer => Buffer.from(new BinaryWriter().uint32(bytes).finish());
  const within = (field: number, inner: Buffer): Buffer =>
    Buffer.concat([Buffer.of(field * 8 + 2), length(inner.length), inner]);

  it('reads a resource that follows its scopes', () => {
    const attribute = within(
      1,
      Buffer.concat([within(1, Buffer.from('user.id')), within(2, within(1, Buffer.from('u')))]),
    );
    const bytes = within(
      1,
      Buffer.concat([within(2, within(2, Buffer.alloc(0))), within(1, attribute)]),
    );
    expect(read('protobuf', bytes)[0]?.resource.get('user.id')).toBe('u');
  });

  it('is refused when it is cut anywhere', () => {
    let refused = 0;
    for (let bytes = 1; bytes < inProtobuf.length; bytes += 1) {
      const code = codeOf(() => read('protobuf', inProtobuf.subarray(0, bytes)));
      expect(code).toBe('MALFORMED_PROTOBUF');
      refused += 1;
    }
    expect(refused).toBe(inProtobuf.length - 1);
  });

  it('B61 refuses what is none', () => {
    for (const text of ['{"resourceSpans":[]}', 'not protobuf', '\u0000', '\u000b\u000b\u000b']) {
      expect(codeOf(() => read('protobuf', Buffer.from(text)))).toBe('MALFORMED_PROTOBUF');
    }
  });

  it('D16 a length of 4 GiB, a group without an end and values in values cost nothing', () => {
    const start = performance.now();
    const huge = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect(codeOf(() => read('protobuf', huge))).toBe('MALFORMED_PROTOBUF');
    const groups = Buffer.alloc(1_000_000, 0x0b);
    expect(codeOf(() => read('protobuf', groups))).toBe('MALFORMED_PROTOBUF');
    let nested: Buffer = Buffer.alloc(0);
    for (let depth = 0; depth < 5_000; depth += 1) nested = within(5, within(1, nested));
    const attribute = Buffer.concat([within(1, Buffer.from('user.id')), within(2, nested)]);
    const request = within(1, within(2, within(2, within(9, attribute))));
    expect(read('protobuf', request)[0]?.attributes.get('user.id')).toBeNull();
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('D16 a million empty spans are refused before they are made', () => {
    const spansMax = within(1, within(2, Buffer.alloc((NODES_MAX - 2) * 2, Buffer.of(0x12, 0x00))));
    expect(read('protobuf', spansMax)).toHaveLength(NODES_MAX - 2);
    const many = within(1, within(2, Buffer.alloc(2_000_000, Buffer.of(0x12, 0x00))));
    const start = performance.now();
    expect(codeOf(() => read('protobuf', many))).toBe('BATCH_TOO_LARGE');
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('refuses a text that is not UTF-8', () => {
    const attribute = within(1, Buffer.from([0xc0, 0xa0]));
    const request = within(1, within(2, within(2, within(9, attribute))));
    expect(codeOf(() => read('protobuf', request))).toBe('MALFORMED_PROTOBUF');
  });
});

describe('an answer', () => {
  it('says nothing of a partial success where there is none', () => {
    const none = { refused: 0, message: 'none' };
    expect(toExportResponse(none, TRACES, 'application/json').toString()).toBe('{}');
    expect(toExportResponse(none, TRACES, 'application/x-protobuf')).toHaveLength(0);
  });

  it('is what the SDK reads back', () => {
    const some = { refused: 2, message: 'why' };
    const partialSuccess = { rejectedSpans: 2, errorMessage: 'why' };
    const bytes = toExportResponse(some, TRACES, 'application/x-protobuf');
    expect(ProtobufTraceSerializer.deserializeResponse(bytes)).toMatchObject({ partialSuccess });
    expect(JSON.parse(toExportResponse(some, LOGS, 'application/json').toString())).toEqual({
      partialSuccess: { rejectedLogRecords: '2', errorMessage: 'why' },
    });
  });

  it('is a google.rpc.Status for a problem', () => {
    expect(JSON.parse(toStatus(503, 'away', 'application/json').toString())).toEqual({
      code: 14,
      message: 'away',
    });
    const writer = new BinaryWriter();
    writer.tag(1, WireType.Varint).int32(16).tag(2, WireType.LengthDelimited).string('who');
    expect(toStatus(401, 'who', 'application/x-protobuf')).toEqual(Buffer.from(writer.finish()));
  });
});
