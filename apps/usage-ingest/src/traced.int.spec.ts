import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCorner } from '../test/running-service.js';
import type { Corner } from '../test/running-service.js';
import { usageEvent } from '../test/usage-event.js';

interface Span {
  readonly traceId: string;
  readonly name: string;
}

let corner: Corner;
const spans: Span[] = [];
const names = new Set<string>();
const collector = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as {
      resourceSpans: {
        resource: { attributes: { key: string; value: { stringValue?: string } }[] };
        scopeSpans: { spans: Span[] }[];
      }[];
    };
    for (const { resource, scopeSpans } of resourceSpans) {
      for (const scope of scopeSpans) spans.push(...scope.spans);
      const name = resource.attributes.find(({ key }) => key === 'service.name');
      names.add(name?.value.stringValue ?? '');
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
});

beforeAll(async () => {
  corner = await openCorner();
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
}, 180_000);
afterAll(async () => {
  await corner.dispose();
  collector.close();
}, 60_000);

describe('usage-ingest as npm start runs it beside a collector', () => {
  it('puts request, query and send under one trace, and has sent them when it ends', async () => {
    const { port } = collector.address() as AddressInfo;
    const service = await corner.start({
      NODE_OPTIONS: '--import @suanpan/platform-observability/register',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_SERVICE_NAME: 'usage-ingest',
      OTEL_BSP_SCHEDULE_DELAY: '600000',
    });
    const body = JSON.stringify(usageEvent('traced'));
    const answer = await service.ask('/v1/events', { key: corner.centreKey, body });
    expect(answer.status).toBe(202);
    await service.stop();
    const send = spans.find(({ name }) => name === 'send usage.recorded');
    const beside = spans.filter(({ traceId }) => traceId === send?.traceId);
    expect(beside.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['POST', 'send usage.recorded', expect.stringMatching(/^pg\.query/)]),
    );
    expect([...names]).toEqual(['usage-ingest']);
  }, 120_000);
});
