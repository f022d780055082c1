import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';

jest.setTimeout(120_000);

const PROGRAM = join(import.meta.dirname, '../fixtures/traced-service.mjs');

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

let stack: TestStack;
beforeAll(async () => {
  stack = await testStack({ topics: ['payment'] });
  await stack.asSuperuser('create table traced (note text); grant all on traced to public');
});
afterAll(() => stack.dispose());

/** Where spans go: what an OTLP collector would get, kept. */
const openSink = async () => {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      expect(request.url).toBe('/v1/traces');
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
      };
      for (const { scopeSpans } of body.resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { spans, url: `http://127.0.0.1:${port}`, close: () => server.close() };
};

const startService = async (collector: string) => {
  const child = fork(PROGRAM, {
    execArgv: ['--import', '@suanpan/platform-observability/register'],
    env: {
      ...process.env,
      ...stack.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector,
      OTEL_SERVICE_NAME: 'traced-service',
      OTEL_BSP_SCHEDULE_DELAY: '200',
    },
  });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const port = await new Promise<number>((resolve, reject) => {
    child.on('message', (message) => resolve((message as { port: number }).port));
    void exited.then((code) => reject(new Error(`The service ended with ${code}.`)));
  });
  return { port, stop: () => (child.kill('SIGTERM'), exited) };
};

const called = (spans: readonly Span[], name: RegExp, traceId?: string): Span | undefined =>
  spans.find((span) => name.test(span.name) && (traceId ?? span.traceId) === span.traceId);

describe('tracing in an ESM process', () => {
  it('joins HTTP, log and PostgreSQL under one trace id', async () => {
    const sink = await openSink();
    const service = await startService(sink.url);
    const response = await fetch(`http://127.0.0.1:${service.port}/`, { method: 'POST' });
    expect(response.status).toBe(202);
    const insert = await until('the span of the insert', () =>
      called(sink.spans, /^pg.query:INSERT/i),
    );
    // A span is told of when it ends: the outer ones come last.
    for (const name of [/^POST/, /^process payment/]) {
      await until(`the span ${name.source}`, () => called(sink.spans, name, insert.traceId));
    }
    const chain = [/^POST/, /^send payment/, /^process payment/].map((name) =>
      called(sink.spans, name, insert.traceId),
    );
    expect(chain.map((span) => span?.name)).toEqual(['POST', 'send payment', 'process payment']);
    expect(chain[1]?.parentSpanId).toBe(chain[0]?.spanId);
    expect(chain[2]?.parentSpanId).toBe(chain[1]?.spanId);
    expect(await service.stop()).toBe(0);
    sink.close();
  });

  it('is off, and nothing is sent, without a collector’s address', async () => {
    const service = await startService('');
    const response = await fetch(`http://127.0.0.1:${service.port}/`, { method: 'POST' });
    expect(response.status).toBe(202);
    expect(await service.stop()).toBe(0);
  });
});
