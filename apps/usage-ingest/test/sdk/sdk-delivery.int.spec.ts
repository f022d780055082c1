import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TcpProxy, until } from '@suanpan/platform-testing';
import { openMeter } from '@suanpan/sdk';
import type { Meter, MeterOptions, RefusedEvent, Retry } from '@suanpan/sdk';
import { KafkaProxy } from '../kafka-proxy.js';
import { LogWatch } from '../log-watch.js';
import { openCorner } from '../running-service.js';
import type { Corner, ServiceProcess } from '../running-service.js';
import { SendingProcess } from './sending-process.js';

let corner: Corner;
let broker: KafkaProxy;
let service: ServiceProcess;
let watch: LogWatch<'usage.recorded'>;
let folder: string;
let meter: Meter | undefined;

beforeAll(async () => {
  corner = await openCorner();
  broker = new KafkaProxy(corner.env['KAFKA_BROKERS'] ?? '');
  await broker.open();
  // Calls are served now, so the service's clock is the real one.
  service = await corner.start({ KAFKA_BROKERS: broker.brokers, SIMULATED_NOW: '' });
  watch = new LogWatch(corner.stack, 'usage.recorded');
  await watch.start();
}, 180_000);
afterAll(async () => {
  await watch.stop();
  await corner.dispose();
  await broker.shut();
}, 60_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suanpan-sdk-'));
});
afterEach(async () => {
  await meter?.close();
  meter = undefined;
  await rm(folder, { recursive: true, force: true });
});

const defaults = { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen', centre: 'gz' };

const open = async (over: Partial<MeterOptions> = {}): Promise<Meter> => {
  meter = await openMeter({
    ...{ url: service.url, apiKey: corner.centreKey, journal: join(folder, 'journal') },
    ...{
      source: 'gz/vllm-1',
      defaults,
      retry: { baseMs: 50, maxMs: 500 },
      closeMs: 2_000,
    },
    ...over,
  });
  return meter;
};

const call = (id: string, input: number | bigint = 5) => ({
  id,
  model: 'm-chat',
  tokens: { input, output: 1 },
});

/** The distinct ids on the log that begin so. */
const distinct = async (prefix: string, count: number): Promise<ReadonlySet<string>> => {
  const found = () =>
    new Set(watch.seen.map((r) => r.value.id).filter((i) => i.startsWith(prefix)));
  await until(`${count} distinct ids ${prefix}`, () => (found().size >= count ? true : undefined));
  return found();
};

describe('a sending process that is killed with kill -9', () => {
  it('loses nothing and counts nothing twice: the next one goes on from the journal', async () => {
    const time = new Date().toISOString();
    const to = 600;
    const options = { url: service.url, apiKey: corner.centreKey, journal: folder, to, time };
    let from = 0;
    for (const killAt of [150, 400]) {
      const doomed = new SendingProcess({ ...options, from });
      await doomed.untilNumber(killAt);
      await doomed.kill('SIGKILL');
      from = doomed.lastNumber + 1;
      expect(from).toBeLessThan(to);
    }
    const last = new SendingProcess({ ...options, from });
    expect(await last.end()).toBe(0);
    expect(JSON.parse(last.lines.at(-1) ?? '')).toEqual({ left: 0 });
    const ids = await distinct('call-', to);
    expect([...ids].sort()).toEqual(Array.from({ length: to }, (_, n) => `call-${n}`).sort());
    const contents = new Map<string, Set<string>>();
    for (const { value } of watch.seen) {
      const { id, time: at, kinds } = value;
      const text = JSON.stringify([String(at), Object.entries(kinds).map(String)]);
      contents.set(id, (contents.get(id) ?? new Set()).add(text));
    }
    // A repeated event is the same event: pricing drops it, and no conflict arises.
    for (const id of ids) expect(contents.get(id)?.size).toBe(1);
  }, 120_000);

  it('while a stream runs: the call is recorded as cut', async () => {
    const options = { url: service.url, apiKey: corner.centreKey, journal: folder };
    const doomed = new SendingProcess({ ...options, then: 'stream' });
    await doomed.said('chunk');
    // The beginning of the call is written beside the first chunk; it must have reached the disk.
    const begun = async () =>
      (await readFile(join(folder, 'journal'), 'utf8')).includes('running-call') || undefined;
    await until('the call is in the journal', begun);
    await doomed.kill('SIGKILL');
    expect(await new SendingProcess(options).end()).toBe(0);
    const [seen] = await watch.find(({ id }) => id === 'running-call');
    expect(seen?.value).toMatchObject({
      modelOrdered: 'm-chat',
      outcome: 'cut',
      finality: 'provisional',
      kindsIncomplete: true,
    });
  }, 60_000);
});

describe('a process that ends', () => {
  it('by itself sends what it has recorded first, though nobody closed the meter', async () => {
    const options = { url: service.url, apiKey: corner.centreKey, journal: folder };
    const ending = new SendingProcess({ ...options, from: 1_000, to: 1_003, then: 'end' });
    expect([await ending.end(), ending.errors]).toEqual([0, '']);
    await distinct('call-100', 3);
  }, 60_000);

  it('by a signal that it asked to hear flushes and ends by that signal', async () => {
    const options = { url: service.url, apiKey: corner.centreKey, journal: folder };
    const order = { from: 2_000, to: 2_003, then: 'wait', signals: ['SIGTERM'] } as const;
    const ending = new SendingProcess({ ...options, ...order });
    await ending.untilNumber(2_002);
    await ending.kill('SIGTERM');
    expect(await ending.end()).toBe('SIGTERM');
    await distinct('call-200', 3);
    expect((await readFile(join(folder, 'journal'))).length).toBe(0);
  }, 60_000);

  it('does not share its journal with another', async () => {
    const options = { url: service.url, apiKey: corner.centreKey, journal: folder };
    const holder = new SendingProcess({ ...options, then: 'wait' });
    await holder.said('open');
    const other = new SendingProcess({ ...options, lockMs: 300 });
    expect(await other.end()).toBe(1);
    expect(other.errors).toMatch(/JOURNAL_LOCKED.*Give each process a folder of its own/s);
    await holder.kill('SIGKILL');
    // What a crashed process holds is free after a few seconds.
    expect(await new SendingProcess(options).end()).toBe(0);
  }, 60_000);
});

describe('F08 while the broker is away', () => {
  it('is retried until it is back; memory is bounded: record() waits', async () => {
    const retries: Retry[] = [];
    const sending = await open({ onRetry: (retry) => retries.push(retry), buffer: { events: 5 } });
    await broker.shut();
    let away = true;
    try {
      const recorded = Array.from({ length: 8 }, (_, at) => sending.record(call(`away-${at}`)));
      const all = Promise.all(recorded);
      await Promise.all(recorded.slice(0, 5));
      // The service itself waits ten seconds for the log.
      const met = () => retries.find(({ code }) => code === 'KAFKA_UNAVAILABLE');
      const retry = await until('a 503 was met', met, 60_000);
      // Retry-After of the service is 5 s.
      expect(retry.inMs).toBeGreaterThan(4_900);
      expect(sending.waiting).toBe(5);
      const waits = await Promise.race([all, new Promise((go) => setTimeout(go, 100, 'waits'))]);
      expect(waits).toBe('waits');
      await broker.open();
      away = false;
      await all;
    } finally {
      if (away) await broker.open();
    }
    await sending.flush();
    expect(sending.waiting).toBe(0);
    await distinct('away-', 8);
  }, 180_000);
});

describe('while the way to the service breaks', () => {
  it('connections that are cut, frozen or refused are tried again under the same ids', async () => {
    const { port } = new URL(service.url);
    const proxy = new TcpProxy({ host: '127.0.0.1', port: Number(port) });
    const url = `http://127.0.0.1:${await proxy.open()}`;
    const sending = await open({ url, timeoutMs: 500, batch: { events: 3, lingerMs: 1 } });
    const send = async (from: number, to: number): Promise<void> => {
      for (let at = from; at < to; at += 1) await sending.record(call(`cut-${at}`));
    };
    await send(0, 10);
    proxy.cut(false);
    await send(10, 20);
    proxy.frozen = true;
    await send(20, 30);
    await new Promise((resolve) => setTimeout(resolve, 700));
    proxy.frozen = false;
    proxy.cut(true);
    await send(30, 40);
    await new Promise((resolve) => setTimeout(resolve, 300));
    proxy.cut(false);
    await sending.flush();
    await sending.close();
    await proxy.close();
    expect((await distinct('cut-', 40)).size).toBe(40);
  }, 60_000);
});

describe('a refused event', () => {
  it('is told, kept in a file, and holds up no other', async () => {
    const refused: RefusedEvent[] = [];
    const sending = await open({ onRefused: (one) => refused.push(one) });
    await Promise.all([
      sending.record(call('good-1')),
      sending.record(call('bad', -1)),
      sending.record(call('good-2', 9_007_199_254_740_993n)),
    ]);
    await sending.flush();
    expect(refused).toMatchObject([
      { id: 'bad', source: 'gz/vllm-1', code: 'NEGATIVE_QUANTITY', path: '$.data.tokens.input' },
    ]);
    const lines = (await readFile(sending.refusedFile, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { code: 'NEGATIVE_QUANTITY', event: { id: 'bad', data: { tokens: { input: -1 } } } },
    ]);
    await sending.close();
    const again = await open();
    expect(again.waiting).toBe(0);
    await distinct('good-', 2);
  }, 60_000);

  it('that the service cannot even read with its batch is found, and the others go on', async () => {
    const refused: RefusedEvent[] = [];
    const sending = await open({ onRefused: (one) => refused.push(one) });
    const metadata = JSON.parse('{"__proto__": "x"}') as Record<string, string>;
    const ids = Array.from({ length: 9 }, (_, at) => `among-${at}`);
    await Promise.all([
      ...ids.map((id) => sending.record(call(id))),
      sending.record({ ...call('forbidden'), metadata }),
    ]);
    await sending.flush();
    expect(refused).toMatchObject([{ id: 'forbidden', code: 'FORBIDDEN_KEY' }]);
    await distinct('among-', 9);
  }, 60_000);
});

describe('a correction', () => {
  it('and a void are recorded with the name of their call', async () => {
    const sending = await open();
    const { id: correctsId } = await sending.record(call('wrong-1'));
    await sending.record({ ...call('fix-1', 7), correctsId, revision: 1, finality: 'final' });
    await sending.voidCall({ id: 'void-1', correctsId, revision: 2 });
    await sending.flush();
    expect(sending.waiting).toBe(0);
    const [fix] = await watch.find(({ id }) => id === 'fix-1');
    expect(fix?.value).toMatchObject({ correction: 'correct', correctsId, revision: 1n });
    const [taken] = await watch.find(({ id }) => id === 'void-1');
    expect(taken?.value).toMatchObject({ correction: 'void', correctsId, revision: 2n });
  }, 60_000);
});

describe('a key that is not accepted', () => {
  it('stops with an error that says what to do; with another key everything is sent', async () => {
    const errors: Error[] = [];
    const sending = await open({ apiKey: 'sp_unknown', onError: (error) => errors.push(error) });
    await sending.record(call('key-1'));
    await expect(sending.flush()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(sending.flush()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(/Ask the operator for a new key.*1 events wait in/s);
    // What happens meanwhile is still kept.
    await sending.record(call('key-2'));
    sending.useKey(corner.centreKey);
    await sending.flush();
    await distinct('key-', 2);
  }, 60_000);

  it('leaves everything in the journal for the next start', async () => {
    const sending = await open({ apiKey: 'sp_unknown', onError: () => undefined });
    await sending.record(call('later-1'));
    expect(await sending.close()).toEqual({ left: 1 });
    await expect(sending.record(call('later-2'))).rejects.toMatchObject({ code: 'CLOSED' });
    await (await open()).flush();
    await distinct('later-', 1);
  }, 60_000);

  it('an address that is not the door’s stops too', async () => {
    const sending = await open({ url: `${service.url}/elsewhere`, onError: () => undefined });
    await sending.record(call('nowhere'));
    const stopped: unknown = await sending.flush().catch((error: unknown) => error);
    expect(stopped).toMatchObject({ code: 'WRONG_ADDRESS' });
    expect(String(stopped)).toMatch(/Check openMeter/);
  }, 60_000);
});
