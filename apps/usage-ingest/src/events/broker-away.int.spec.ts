import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TcpProxy, until } from '@suanpan/platform-testing';
import { KafkaProxy } from '../../test/kafka-proxy.js';
import { LineClient } from '../../test/line-client.js';
import { countRecords, LogWatch } from '../../test/log-watch.js';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../../test/running-service.js';
import { usageEvent, withData } from '../../test/usage-event.js';

let corner: Corner;
let proxy: KafkaProxy;
let database: TcpProxy;
let service: ServiceProcess;

beforeAll(async () => {
  corner = await openCorner();
  proxy = new KafkaProxy(corner.env['KAFKA_BROKERS'] ?? '');
  await proxy.open();
  const stores = new URL(corner.env['DATABASE_URL'] ?? '');
  database = new TcpProxy({ host: stores.hostname, port: Number(stores.port) });
  stores.port = String(await database.open());
  service = await corner.start({ KAFKA_BROKERS: proxy.brokers, DATABASE_URL: stores.href });
}, 180_000);
afterAll(async () => {
  await corner.dispose();
  await proxy.shut();
  await database.close();
}, 60_000);

const send = (id: string): Promise<Answer> =>
  service.ask('/v1/events', { key: corner.centreKey, body: JSON.stringify(usageEvent(id)) });

const accepted = async (id: string): Promise<true | undefined> =>
  (await send(id)).status === 202 ? true : undefined;

describe('F08 while the broker is away', () => {
  it('B26 a request is 503 with Retry-After and never 202', async () => {
    expect((await send('before')).status).toBe(202);
    await proxy.shut();
    const answer = await send('during');
    expect([answer.status, answer.body['code']]).toEqual([503, 'KAFKA_UNAVAILABLE']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.text).not.toContain('127.0.0.1');
    await proxy.open();
    await until('accepted again', () => accepted('after'), 50_000);
    expect(service.alive).toBe(true);
  }, 90_000);

  it('B27 what was not written costs a centre nothing of its day', async () => {
    await corner.putCentre('shantou', 'saving', 'active');
    const put = await service.ask('/v1/centres/saving/limits', {
      method: 'PUT',
      key: corner.operatorKey,
      body: JSON.stringify({ eventsPerDay: 30 }),
    });
    expect(put.status).toBe(200);
    const key = await corner.keyOf('shantou', 'saving');
    const batch = (name: string, count: number) =>
      JSON.stringify(
        Array.from({ length: count }, (_, n) => withData(`${name}-${n}`, { centre: 'saving' })),
      );
    await proxy.shut();
    const away = await service.ask('/v1/events', { key, body: batch('away', 20) });
    expect([away.status, away.body['code']]).toEqual([503, 'KAFKA_UNAVAILABLE']);
    await proxy.open();
    await until('accepted again', () => accepted('after-saving'), 50_000);
    expect((await service.ask('/v1/events', { key, body: batch('there', 30) })).status).toBe(202);
    const over = await service.ask('/v1/events', { key, body: batch('over', 1) });
    expect([over.status, over.body['code']]).toEqual([429, 'QUOTA_EXCEEDED']);
  }, 90_000);

  it('a stream that has not begun is 503', async () => {
    await proxy.shut();
    const client = new LineClient(service.url, corner.centreKey);
    await client.send(usageEvent('stream-none'));
    const { status } = await client.end();
    expect(status).toBe(503);
    await proxy.open();
    await until('accepted again', () => accepted('after-none'), 50_000);
  }, 90_000);

  it('a stream that has begun gets retry lines and the line to go on from', async () => {
    const watch = new LogWatch(corner.stack, 'usage.recorded');
    await watch.start();
    const client = new LineClient(service.url, corner.centreKey);
    await client.send(usageEvent('cut-1'));
    await watch.find(({ id }) => id === 'cut-1');
    await proxy.shut();
    await client.send(usageEvent('cut-2'), usageEvent('cut-3'));
    const { status, lines } = await client.answer;
    expect(status).toBe(202);
    expect(lines).toEqual([
      { line: 2, id: 'cut-2', status: 'retry', code: 'KAFKA_UNAVAILABLE' },
      { line: 3, id: 'cut-3', status: 'retry', code: 'KAFKA_UNAVAILABLE' },
      expect.objectContaining({ accepted: 1, lastLine: 1, retryFrom: 2 }),
    ]);
    await proxy.open();
    await until('accepted again', () => accepted('after-cut'), 50_000);
    await watch.stop();
  }, 90_000);

  it('and the database goes too: a stream with chunks on their way is told where to go on', async () => {
    const watch = new LogWatch(corner.stack, 'usage.recorded');
    await watch.start();
    const client = new LineClient(service.url, corner.centreKey);
    await client.send(usageEvent('both-0'));
    await watch.find(({ id }) => id === 'both-0');
    await proxy.shut();
    const more = Array.from({ length: 2_500 }, (_, index) => usageEvent(`both-${index + 1}`));
    await client.send(...more);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    database.cut(true);
    const { status, lines } = await client.answer;
    expect(status).toBe(202);
    expect(lines.at(-1)).toMatchObject({ accepted: 1, retryFrom: 2, code: 'KAFKA_UNAVAILABLE' });
    expect(lines.slice(0, -1).every((line) => line['status'] === 'retry')).toBe(true);
    database.cut(false);
    await proxy.open();
    await until('accepted again', () => accepted('after-both'), 50_000);
    expect(service.alive).toBe(true);
    await watch.stop();
  }, 90_000);

  it('the process that starts then opens its door, is not ready, and needs no second start', async () => {
    await proxy.shut();
    const starting = corner.start({ KAFKA_BROKERS: proxy.brokers });
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await proxy.open();
    const late = await starting;
    const body = JSON.stringify(usageEvent('late'));
    await until(
      'accepted by the late one',
      async () => {
        const answer = await late.ask('/v1/events', { key: corner.centreKey, body });
        return answer.status === 202 ? true : undefined;
      },
      50_000,
    );
    await late.stop();
  }, 120_000);
});

describe('F01 a process that is killed', () => {
  it.each([
    ['before it produces', 'ingest.before-produce', 0],
    ['between the log and its answer', 'ingest.after-produce', 1],
  ])(
    '%s answers nothing, and sending again is harmless',
    async (_name, point, written) => {
      const before = await countRecords(corner.stack, ['usage.recorded']);
      const doomed = await corner.start({ CRASH_AT: point });
      const body = JSON.stringify(usageEvent(`killed ${point}`));
      const request = doomed.ask('/v1/events', { key: corner.centreKey, body });
      await expect(request).rejects.toThrow();
      const after = await countRecords(corner.stack, ['usage.recorded']);
      expect((after['usage.recorded'] ?? 0) - (before['usage.recorded'] ?? 0)).toBe(written);
      const again = await service.ask('/v1/events', { key: corner.centreKey, body });
      expect(again.body['accepted']).toBe(1);
    },
    120_000,
  );
});

describe('F07 a process that is asked to leave', () => {
  it('finishes what it has begun, within 10 s', async () => {
    const leaving = await corner.start();
    const client = new LineClient(leaving.url, corner.centreKey);
    await client.send(usageEvent('leaving-1'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const start = performance.now();
    const stopped = leaving.stop();
    await client.send(usageEvent('leaving-2'));
    expect((await client.end()).lines).toEqual([
      { accepted: 2, refused: 0, lastLine: 2, retryFrom: null },
    ]);
    await stopped;
    expect(performance.now() - start).toBeLessThan(10_000);
  }, 120_000);
});
