import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { includeUsage, openMeter } from '@suanpan/sdk';
import type { Meter } from '@suanpan/sdk';
import OpenAI from 'openai';
import { LogWatch } from '../log-watch.js';
import { openCorner } from '../running-service.js';
import type { Corner, ServiceProcess } from '../running-service.js';
import { OpenAiStub } from './openai-stub.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

let corner: Corner;
let service: ServiceProcess;
let watch: LogWatch<'usage.recorded'>;
let folder: string;
let meter: Meter;
let client: OpenAI;
const stub = new OpenAiStub();

beforeAll(async () => {
  corner = await openCorner();
  service = await corner.start({ SIMULATED_NOW: '' });
  watch = new LogWatch(corner.stack, 'usage.recorded');
  await watch.start();
  folder = await mkdtemp(join(tmpdir(), 'suanpan-sdk-'));
  meter = await openMeter({
    ...{ url: service.url, apiKey: corner.centreKey, journal: join(folder, 'journal') },
    ...{ source: 'gz/vllm-1', batch: { lingerMs: 5 } },
    defaults: { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen', centre: 'gz' },
  });
  client = new OpenAI({ baseURL: await stub.open(), apiKey: 'none', maxRetries: 0 });
}, 180_000);
afterAll(async () => {
  await meter.close();
  await stub.close();
  await watch.stop();
  await corner.dispose();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const messages = [{ role: 'user' as const, content: 'Good day?' }];

/** Begins a stream of the real client at the stub. */
const begin = (model: string, signal?: AbortSignal) =>
  client.chat.completions.create(includeUsage({ model, messages }), {
    ...(signal !== undefined && { signal }),
  });

const recordOf = async (wanted: string) => {
  await meter.flush();
  const [seen] = await watch.find(({ id }) => id === wanted);
  return seen?.value;
};

const kinds = { input: 400n, cached_input: 800n, output: 180n, reasoning: 120n };
const unknown = { outcome: 'cut', finality: 'provisional', kindsIncomplete: true };

describe('the openai package with a meter', () => {
  it('a whole response is metered by its usage, made disjoint', async () => {
    const response = await client.chat.completions.create({ model: 'm-whole', messages });
    const { id } = await meter.openai(response, { model: 'm-whole' });
    expect(await recordOf(id)).toMatchObject({
      modelOrdered: 'm-whole',
      modelServed: 'm-whole-2026-05-01',
      upstreamRequestId: 'chatcmpl-m-whole',
      kinds,
      outcome: 'complete',
      finality: 'final',
    });
  });

  it('a stream is read by its consumer as it is, and metered at its end', async () => {
    const plain: unknown[] = [];
    for await (const chunk of await begin('m-stream')) plain.push(chunk);
    const chunks: unknown[] = [];
    const stream = meter.openaiStream(await begin('m-stream'), { model: 'm-stream' });
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks).toEqual(plain);
    const { id } = await stream.recorded;
    expect(await recordOf(id)).toMatchObject({ kinds, outcome: 'complete', finality: 'final' });
  });
});

describe('known fault 24, new-api#5288: a stream that is cut', () => {
  it('by the upstream is recorded as failed, provisional, with what is known', async () => {
    const stream = meter.openaiStream(await begin('m-cut'), { model: 'm-cut' });
    const read = async (): Promise<void> => {
      for await (const _chunk of stream) continue;
    };
    await expect(read()).rejects.toThrow();
    const { id } = await stream.recorded;
    expect(await recordOf(id)).toMatchObject({
      ...unknown,
      outcome: 'failed',
      upstreamRequestId: 'chatcmpl-m-cut',
      metadata: { 'sdk.chunks': '2', 'sdk.characters': '8' },
    });
  });
});

describe('known fault 25, sub2api#2168: a client that leaves before the end event', () => {
  it('and breaks its loop is recorded as cut', async () => {
    const stream = meter.openaiStream(await begin('m-slow'), { model: 'm-slow' });
    for await (const _chunk of stream) break;
    expect(await recordOf((await stream.recorded).id)).toMatchObject(unknown);
  });

  it('and breaks at the last word pays for the whole answer', async () => {
    const stream = meter.openaiStream(await begin('m-last'), { model: 'm-last' });
    for await (const chunk of stream) if (chunk.choices[0]?.finish_reason === 'stop') break;
    const record = await recordOf((await stream.recorded).id);
    expect(record).toMatchObject({ kinds, outcome: 'complete', finality: 'final' });
  });

  it('and aborts by the client’s own signal is recorded as cut', async () => {
    const controller = new AbortController();
    const upstream = await begin('m-slow', controller.signal);
    const stream = meter.openaiStream(upstream, { model: 'm-slow' });
    await stream.next();
    controller.abort();
    for await (const _chunk of stream) continue;
    expect(await recordOf((await stream.recorded).id)).toMatchObject(unknown);
  });

  it('and aborts by the meter’s signal is recorded as cut', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const stream = meter.openaiStream(await begin('m-slow'), { model: 'm-slow', signal });
    await stream.next();
    await stream.next();
    const next = stream.next();
    controller.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    expect(await recordOf((await stream.recorded).id)).toMatchObject(unknown);
  });

  it('and is still reading when the meter closes is recorded as cut', async () => {
    const own = await openMeter({
      ...{ url: service.url, apiKey: corner.centreKey, journal: join(folder, 'closing') },
      ...{ source: 'gz/vllm-1' },
      defaults: { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen', centre: 'gz' },
    });
    const stream = own.openaiStream(await begin('m-slow'), { id: 'closed-call', model: 'm-slow' });
    await stream.next();
    expect(await own.close()).toEqual({ left: 0 });
    expect(await recordOf('closed-call')).toMatchObject(unknown);
  });
});

/** The package as npm would install it: only the files that are published. */
const install = async (into: string): Promise<void> => {
  const packed = join(ROOT, 'libs/sdk');
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: packed,
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: readonly { path: string }[] }];
  const target = join(into, 'node_modules/@suanpan/sdk');
  for (const { path } of files) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    await cp(join(packed, path), join(target, path));
  }
  for (const name of ['uuid', 'proper-lockfile']) {
    await symlink(join(ROOT, 'node_modules', name), join(into, 'node_modules', name));
  }
};

describe('the first example of the README', () => {
  it('works as typed, with nothing but the published package', async () => {
    const project = await mkdtemp(join(tmpdir(), 'suanpan-example-'));
    await install(project);
    const readme = await readFile(join(ROOT, 'libs/sdk/README.md'), 'utf8');
    const [, example = ''] = /```js\n(.*?)```/s.exec(readme) ?? [];
    await writeFile(join(project, 'first.mjs'), example);
    await corner.putCentre('shantou', 'eastern-guangdong', 'active');
    const issued = await service.ask('/v1/api-keys', {
      key: corner.operatorKey,
      headers: { 'Idempotency-Key': 'readme' },
      body: JSON.stringify({
        role: 'centre',
        party: 'eastern-guangdong',
        sources: ['/centres/eastern-guangdong/gateway-1'],
      }),
    });
    const { stdout } = await run(process.execPath, ['first.mjs'], {
      cwd: project,
      env: {
        PATH: process.env['PATH'],
        SUANPAN_URL: service.url,
        SUANPAN_KEY: String(issued.body['apiKey']),
      },
    });
    const [, id = ''] = /([0-9a-f-]{36})/.exec(stdout) ?? [];
    const [seen] = await watch.find((value) => value.id === id);
    expect(seen?.value).toMatchObject({ centre: 'eastern-guangdong', outcome: null });
    await rm(project, { recursive: true, force: true });
  }, 60_000);
});
