import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const PROGRAM = join(import.meta.dirname, '../fixtures/leaving-service.mjs');
const REGISTER = ['--import', '@suanpan/platform-observability/register'];

/** Where spans go; `answers` false: a collector that takes them and never says so. */
const openCollector = async (answers: boolean) => {
  const names: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[];
      };
      const scopes = body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans);
      names.push(...scopes.flatMap(({ spans }) => spans.map(({ name }) => name)));
      if (answers) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { names, url: `http://127.0.0.1:${port}`, close };
};

/** Asks the service once, sends it away, and gives its exit code and how long it took. */
const askAndSendAway = async (collector: Readonly<Record<string, string>>) => {
  const child = fork(PROGRAM, {
    execArgv: REGISTER,
    // Spans would leave by themselves only after ten minutes.
    env: { ...process.env, ...collector, OTEL_BSP_SCHEDULE_DELAY: '600000' },
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  const begun = performance.now();
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, tookMs: performance.now() - begun };
};

describe('a service that leaves', () => {
  it.each(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])(
    'has sent its last spans (%s)',
    async (variable) => {
      const collector = await openCollector(true);
      const { code } = await askAndSendAway({ [variable]: collector.url });
      expect(code).toBe(0);
      expect(collector.names).toContain('GET');
      collector.close();
    },
    60_000,
  );

  it('does not wait for a collector that does not answer', async () => {
    const collector = await openCollector(false);
    const { code, tookMs } = await askAndSendAway({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(5_000);
    collector.close();
  }, 60_000);
});
