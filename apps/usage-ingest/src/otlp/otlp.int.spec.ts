import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { until } from '@suanpan/platform-testing';
import { CHAT, logRecordsOf, spansOf } from '../../test/gen-ai-spans.js';
import { KafkaProxy } from '../../test/kafka-proxy.js';
import { countRecords, LogWatch } from '../../test/log-watch.js';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../../test/running-service.js';
import { sceneCalls } from '../../test/scene-calls.js';
import { SOURCE } from '../../test/usage-event.js';

const run = promisify(execFile);
const CLIENT = fileURLToPath(new URL('../../test/otlp-client.mjs', import.meta.url));
const END = new Date('2026-05-20T03:00:00.123Z');

let corner: Corner;
let service: ServiceProcess;
let proxy: KafkaProxy;
let recorded: LogWatch<'usage.recorded'>;
let refused: LogWatch<'usage.refused'>;

const MAPPING = {
  source: SOURCE,
  subjects: { shenzhen: { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen' } },
};

beforeAll(async () => {
  corner = await openCorner();
  proxy = new KafkaProxy(corner.env['KAFKA_BROKERS'] ?? '');
  await proxy.open();
  service = await corner.start({ LATE_LIMIT_DAYS: '90', KAFKA_BROKERS: proxy.brokers });
  recorded = new LogWatch(corner.stack, 'usage.recorded');
  refused = new LogWatch(corner.stack, 'usage.refused');
  await Promise.all([recorded.start(), refused.start()]);
  const body = JSON.stringify(MAPPING);
  const path = '/v1/centres/gz/mapping';
  const put = await service.ask(path, { method: 'PUT', key: corner.operatorKey, body });
  expect(put.status).toBe(200);
}, 180_000);
afterAll(async () => {
  await Promise.all([recorded.stop(), refused.stop()]);
  await corner.dispose();
  await proxy.shut();
}, 60_000);

const readBack = async (id: string) => {
  const [seen] = await recorded.find((value) => value.id === id);
  return seen?.value;
};

interface Exporter<T> {
  export(items: T, done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

const exported = async <T>(exporter: Exporter<T>, items: T): Promise<ExportResult> => {
  const result = await new Promise<ExportResult>((resolve) => exporter.export(items, resolve));
  await exporter.shutdown();
  return result;
};

const options = (signal: string, compression = CompressionAlgorithm.NONE) => ({
  url: `${service.url}/v1/${signal}`,
  headers: { Authorization: `Bearer ${corner.centreKey}` },
  compression,
});

const idOf = (span: ReadableSpan | undefined): string => {
  const { traceId, spanId } = span?.spanContext() ?? { traceId: '', spanId: '' };
  return `${traceId}-${spanId}`;
};

const KINDS = { input: 1_000n, cached_input: 9_000n, output: 300n, reasoning: 200n };

describe('an unchanged OpenTelemetry SDK', () => {
  it.each(['http/protobuf', 'http/json'])(
    'sends by %s with three variables of the environment; the agent’s sum is not counted again',
    async (protocol) => {
      const before = await countRecords(corner.stack, ['usage.recorded', 'usage.refused']);
      const { stdout } = await run(process.execPath, [CLIENT], {
        env: {
          PATH: process.env['PATH'] ?? '',
          CALL_END: END.toISOString(),
          OTEL_EXPORTER_OTLP_ENDPOINT: service.url,
          OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${corner.centreKey}`,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_METRICS_EXPORTER: 'none',
          OTEL_LOGS_EXPORTER: 'none',
        },
      });
      expect(await readBack(stdout)).toMatchObject({
        ...{ tenant: 'shantou', centre: 'gz', source: SOURCE, subject: 'shenzhen' },
        ...{ contract: 'contract-shenzhen', buyer: 'buyer-shenzhen', modelOrdered: 'm-chat' },
        time: BigInt(END.getTime()) * 1_000n,
        kinds: { input: 1_000n, cached_input: 9_000n, output: 500n },
        kindsIncomplete: null,
      });
      const after = await countRecords(corner.stack, ['usage.recorded', 'usage.refused']);
      expect(after['usage.recorded']).toBe((before['usage.recorded'] ?? 0) + 1);
      expect(after['usage.refused']).toBe(before['usage.refused']);
    },
    60_000,
  );

  it.each([
    ['protobuf', (gzip: CompressionAlgorithm) => new ProtobufTraces(options('traces', gzip))],
    ['JSON', (gzip: CompressionAlgorithm) => new JsonTraces(options('traces', gzip))],
  ])('exports spans in %s, gzip, and the record is what was said', async (_, exporter) => {
    const spans = spansOf([{ attributes: CHAT, end: END }]);
    const result = await exported(exporter(CompressionAlgorithm.GZIP), spans);
    expect(result.code).toBe(ExportResultCode.SUCCESS);
    expect(await readBack(idOf(spans[0]))).toMatchObject({
      ...{ modelOrdered: 'm-chat', modelServed: 'm-chat-0711', kinds: KINDS },
      ...{ latencyMs: 1_000n, metadata: { provider: 'deepseek' }, outcome: null },
    });
  });

  it.each([
    ['protobuf', () => new ProtobufLogs(options('logs'))],
    ['JSON', () => new JsonLogs(options('logs'))],
  ])(
    'exports log records in %s; without a span the id is the response’s',
    async (form, exporter) => {
      const id = `response-${form}`;
      const logs = logRecordsOf([{ attributes: { ...CHAT, 'gen_ai.response.id': id }, end: END }]);
      expect((await exported(exporter(), logs)).code).toBe(ExportResultCode.SUCCESS);
      expect(await readBack(id)).toMatchObject({ kinds: KINDS, upstreamRequestId: id });
    },
  );
});

const jsonSpan = (attributes: Readonly<Record<string, object>>, over: object = {}): object => ({
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  endTimeUnixNano: String(BigInt(END.getTime()) * 1_000_000n),
  attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })),
  ...over,
});

const text = (stringValue: string): object => ({ stringValue });
const int = (intValue: bigint | number): object => ({ intValue: String(intValue) });
const GOOD = {
  'gen_ai.operation.name': text('chat'),
  'gen_ai.request.model': text('m-chat'),
  'gen_ai.usage.input_tokens': int(5),
  'gen_ai.usage.output_tokens': int(5),
  'user.id': text('shenzhen'),
};

const post = (
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => service.ask('/v1/traces', { key: corner.centreKey, body, headers });
const send = (...spans: object[]): Promise<Answer> =>
  post(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
const PROTOBUF = { 'Content-Type': 'application/x-protobuf' };

describe('log records in the span of one request', () => {
  it('are two calls when they name two responses', async () => {
    const context = { traceId: '7c'.repeat(16), spanId: 'a1'.repeat(8) };
    const long = 'r'.repeat(300);
    const logRecords = ['one', 'two', long].map((response) => {
      const { endTimeUnixNano, ...log } = jsonSpan(
        { ...GOOD, 'gen_ai.response.id': text(response) },
        context,
      ) as { readonly endTimeUnixNano: string };
      return { ...log, timeUnixNano: endTimeUnixNano };
    });
    const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
    const answer = await service.ask('/v1/logs', { key: corner.centreKey, body });
    expect([answer.status, answer.body]).toEqual([200, {}]);
    const start = `${context.traceId}-${context.spanId}-`;
    expect(await readBack(`${start}one`)).toMatchObject({ upstreamRequestId: 'one' });
    expect(await readBack(`${start}two`)).toMatchObject({ upstreamRequestId: 'two' });
    const digest = createHash('sha256').update(long).digest('hex');
    expect(await readBack(`${start}${digest}`)).toMatchObject({ kinds: { input: 5n } });
  });
});

describe('A1 the rows of the scene', () => {
  it.each(sceneCalls)('$row has the same kinds as through every other door', async (call) => {
    const { row, time, usage, kinds } = call;
    const spanId = `00000000000000${row}`;
    const [seconds = '', fraction = ''] = time.replace('Z', '').split('.');
    const answer = await send(
      jsonSpan(
        {
          ...GOOD,
          'gen_ai.usage.input_tokens': int(usage.prompt_tokens),
          'gen_ai.usage.output_tokens': int(usage.completion_tokens),
          'gen_ai.usage.cache_read.input_tokens': int(usage.prompt_tokens_details.cached_tokens),
          'gen_ai.usage.reasoning.output_tokens': int(
            usage.completion_tokens_details.reasoning_tokens,
          ),
        },
        {
          spanId,
          endTimeUnixNano: `${Date.parse(`${seconds}Z`) / 1_000}${fraction.padEnd(9, '0')}`,
        },
      ),
    );
    expect(answer.status).toBe(200);
    if (kinds === 'INCONSISTENT_COUNTS') {
      expect(answer.body['partialSuccess']).toMatchObject({ rejectedSpans: '1' });
      expect(answer.text).toContain(kinds);
      return;
    }
    expect(answer.body).toEqual({});
    const value = await readBack(`5b8efff798038103d269b633813fc60c-${spanId}`);
    expect(value?.kinds).toEqual(kinds);
  });
});

interface BadRequest {
  readonly row: string;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
}

const GZIP = { 'Content-Encoding': 'gzip' };
const BAD_REQUESTS: readonly BadRequest[] = [
  { row: 'B01 no body', body: '', headers: {}, status: 400 },
  { row: 'B02 a cut text', body: '{"resourceSpans":', headers: {}, status: 400 },
  { row: 'B05 text/plain', body: '{}', headers: { 'Content-Type': 'text/plain' }, status: 415 },
  { row: 'B11 zstd', body: '{}', headers: { 'Content-Encoding': 'zstd' }, status: 415 },
  { row: 'B12 a cut gzip', body: gzipSync('{}').subarray(0, 12), headers: GZIP, status: 400 },
  { row: 'B19 a forbidden key', body: '{"__proto__":{}}', headers: {}, status: 400 },
];

describe('what is answered', () => {
  it('says how many of the spans with usage were refused; they are listed, sealed and repairable', async () => {
    const wrong = { ...GOOD, 'gen_ai.usage.input_tokens': int(-1) };
    const answer = await send(
      jsonSpan({}, { spanId: '0000000000000001' }),
      jsonSpan(GOOD, { spanId: '0000000000000002' }),
      jsonSpan(wrong, { spanId: '0000000000000003' }),
      jsonSpan({ ...GOOD, 'user.id': text('unknown') }, { spanId: '0000000000000004' }),
    );
    expect([answer.status, answer.body['partialSuccess']]).toEqual([
      200,
      { rejectedSpans: '2', errorMessage: expect.stringContaining('2 of 3 spans') },
    ]);
    expect(answer.text).toContain('NEGATIVE_QUANTITY');
    const id = '5b8efff798038103d269b633813fc60c-0000000000000003';
    const [record] = await refused.find((value) => value.id === id);
    expect(record?.value).toMatchObject({
      code: 'NEGATIVE_QUANTITY',
      path: '$.attributes["gen_ai.usage.input_tokens"]',
    });
    expect(record?.value.sealedRaw).not.toBeNull();
    await refused.find((value) => value.code === 'SUBJECT_UNKNOWN');
  });

  it('an exporter takes a partial success as done, and does not send again', async () => {
    const spans = spansOf([{ attributes: { ...CHAT, 'user.id': 'unknown' }, end: END }]);
    const result = await exported(new ProtobufTraces(options('traces')), spans);
    expect(result.code).toBe(ExportResultCode.SUCCESS);
  });

  it('counts what it passed over', async () => {
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(
      /suanpan_ingest_ignored_records_total\{signal="traces",reason="aggregate"\} [1-9]/,
    );
  });

  it.each(BAD_REQUESTS)('$row is a google.rpc.Status', async ({ body, headers, status }) => {
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    if (headers['Content-Type'] === undefined) expect(answer.body).toMatchObject({ code: 3 });
  });

  it('a problem comes in the encoding of the request: who does not show a key is told so in protobuf', async () => {
    const answer = await fetch(`${service.url}/v1/traces`, {
      method: 'POST',
      headers: PROTOBUF,
      body: 'x',
    });
    const reader = new BinaryReader(new Uint8Array(await answer.arrayBuffer()));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      401,
      'application/x-protobuf',
    ]);
    expect([reader.tag(), reader.int32()]).toEqual([[1, 0], 16]);
    expect([reader.tag(), reader.string()]).toEqual([
      [2, 2],
      expect.stringContaining('UNAUTHENTICATED'),
    ]);
  });

  it('D16 hostile protobuf is 400 at once, and the next request succeeds', async () => {
    const start = performance.now();
    const huge = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect((await post(huge, PROTOBUF)).status).toBe(400);
    expect((await post(Buffer.alloc(1_000_000, 0x0b), PROTOBUF)).status).toBe(400);
    expect(performance.now() - start).toBeLessThan(2_000);
    expect((await send(jsonSpan(GOOD, { spanId: '0000000000000005' }))).status).toBe(200);
    expect(service.alive).toBe(true);
  });
});

describe('B27 a centre over its rate', () => {
  it('is told when to come back, in a way that exporters follow', async () => {
    await corner.putCentre('shantou', 'slow', 'active');
    const limits = JSON.stringify({ eventsPerSecond: 1, burstSeconds: 1 });
    const put = { method: 'PUT', key: corner.operatorKey };
    await service.ask('/v1/centres/slow/limits', { ...put, body: limits });
    const body = JSON.stringify(MAPPING);
    await service.ask('/v1/centres/slow/mapping', { ...put, body });
    const key = await corner.keyOf('shantou', 'slow');
    const spans = ['1', '2', '3'].map((id) => jsonSpan(GOOD, { spanId: `00000000000001${id}0` }));
    const request = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    const answer = await until('the limit is met', async () => {
      const each = await service.ask('/v1/traces', { key, body: request });
      return each.status === 429 ? each : undefined;
    });
    expect(answer.body).toMatchObject({ code: 8 });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }, 60_000);
});

describe('litellm#38176 one event type for all surfaces', () => {
  it('the same call told by a span and by our own event is one record twice, of one type', async () => {
    const id = '5b8efff798038103d269b633813fc60c-0000000000000006';
    await send(jsonSpan(GOOD, { spanId: '0000000000000006' }));
    const span = await readBack(id);
    const own = {
      ...{ specversion: '1.0', type: 'suanpan.usage.v1', source: SOURCE, id },
      ...{ time: END.toISOString(), subject: 'shenzhen' },
      data: {
        ...{ contract: 'contract-shenzhen', buyer: 'buyer-shenzhen', centre: 'gz' },
        ...{ model: 'm-chat', tokens: { input: 5, output: 5 } },
      },
    };
    const body = JSON.stringify(own);
    expect((await service.ask('/v1/events', { key: corner.centreKey, body })).status).toBe(202);
    const [first, second] = await recorded.find((value) => value.id === id, 2);
    expect([second?.partition, second?.key]).toEqual([first?.partition, first?.key]);
    expect(second?.value).toEqual(span);
  });
});

describe('openmeter#5118 while the broker is away', () => {
  it('an exporter is told to come back, does so by itself, and the call is recorded', async () => {
    await proxy.shut();
    const answer = await send(jsonSpan(GOOD, { spanId: '0000000000000007' }));
    expect([answer.status, answer.body['code']]).toEqual([503, 14]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    const spans = spansOf([{ attributes: CHAT, end: END }]);
    const sending = exported(
      new JsonTraces({ ...options('traces'), timeoutMillis: 60_000 }),
      spans,
    );
    await proxy.open();
    await until(
      'accepted again',
      async () => {
        const again = await send(jsonSpan(GOOD, { spanId: '0000000000000007' }));
        return again.status === 200 ? true : undefined;
      },
      60_000,
    );
    expect((await sending).code).toBe(ExportResultCode.SUCCESS);
    expect(await readBack(idOf(spans[0]))).toMatchObject({ kinds: KINDS });
    expect(await readBack('5b8efff798038103d269b633813fc60c-0000000000000007')).toMatchObject({
      kinds: { input: 5n, output: 5n },
    });
  }, 120_000);
});
