import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TcpProxy } from '@suanpan/platform-testing';
import { LineClient } from '../../test/line-client.js';
import { countRecords } from '../../test/log-watch.js';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../../test/running-service.js';
import { usageEvent, withData } from '../../test/usage-event.js';

let corner: Corner;
let nodes: readonly [ServiceProcess, ServiceProcess];
let proxy: TcpProxy;
/** A process whose Redis can be taken away. */
let lonely: ServiceProcess;

beforeAll(async () => {
  corner = await openCorner();
  const redis = new URL(corner.stack.redisUrl);
  proxy = new TcpProxy({ host: redis.hostname, port: Number(redis.port) });
  redis.port = String(await proxy.open());
  const [one, two, three] = await Promise.all([
    corner.start({ STREAM_SILENCE_MS: '4000' }),
    corner.start(),
    corner.start({ REDIS_URL: redis.toString() }),
  ]);
  nodes = [one, two];
  lonely = three;
}, 180_000);
afterAll(async () => {
  await corner.dispose();
  await proxy.close();
}, 60_000);

const keyOf = async (centre: string, limits?: object): Promise<string> => {
  await corner.putCentre('shantou', centre, 'active');
  if (limits !== undefined) {
    const answer = await nodes[0].ask(`/v1/centres/${centre}/limits`, {
      ...{ method: 'PUT', key: corner.operatorKey, body: JSON.stringify(limits) },
    });
    expect(answer.status).toBe(200);
  }
  return corner.keyOf('shantou', centre);
};
const batch = (centre: string, count: number, name = 'b') =>
  Array.from({ length: count }, (_, index) => withData(`${name}-${index}`, { centre }));
const send = (node: ServiceProcess, key: string, body: unknown): Promise<Answer> =>
  node.ask('/v1/events', { key, body: JSON.stringify(body) });
const recorded = async (): Promise<number> => {
  const counts = await countRecords(corner.stack, ['usage.recorded', 'usage.refused']);
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
};
/** Sends after the time that it was told, and after a second one where it is told so again. */
const obeying = async (seconds: number, again: () => Promise<Answer>): Promise<Answer> => {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const answer = await again();
  const more = Number(answer.headers.get('retry-after') ?? 0);
  if (answer.status !== 429 || more > 2) return answer;
  await new Promise((resolve) => setTimeout(resolve, more * 1_000));
  return again();
};
const codeOf = ({ status, body }: Answer) => [status, body['code']];

describe('B27 a centre over its rate', () => {
  it('is 429 with Retry-After, nothing of it is written, and it passes after that time', async () => {
    const key = await keyOf('slow', { eventsPerSecond: 10, burstSeconds: 2 });
    const first = await send(nodes[0], key, batch('slow', 20));
    expect(first.status).toBe(202);
    expect(first.headers.get('ratelimit-policy')).toBe('"events";q=20;w=2');
    expect(first.headers.get('ratelimit')).toMatch(/^"events";r=\d+;t=\d+$/);
    const before = await recorded();
    const refused = await send(nodes[0], key, batch('slow', 15));
    expect(codeOf(refused)).toEqual([429, 'RATE_LIMITED']);
    const wait = Number(refused.headers.get('retry-after'));
    expect([1, 2]).toContain(wait);
    expect(await recorded()).toBe(before);
    // The shared bucket was drawn from a moment later than the process' own: it may ask once more.
    const passed = await obeying(wait, () => send(nodes[0], key, batch('slow', 15)));
    expect(passed.status).toBe(202);
    expect(await recorded()).toBe(before + 15);
  }, 40_000);

  it('counts bytes as well as events', async () => {
    const key = await keyOf('heavy', { bytesPerSecond: 10_000, burstSeconds: 1 });
    expect((await send(nodes[0], key, batch('heavy', 100))).status).toBe(202);
    expect(codeOf(await send(nodes[0], key, batch('heavy', 1)))).toEqual([429, 'RATE_LIMITED']);
  });

  it('spends one budget on all nodes', async () => {
    const key = await keyOf('shared', { eventsPerSecond: 5, burstSeconds: 10 });
    expect((await send(nodes[0], key, batch('shared', 50))).status).toBe(202);
    expect(codeOf(await send(nodes[1], key, batch('shared', 20)))).toEqual([429, 'RATE_LIMITED']);
  });

  it('sends no more than its events of the day, on all nodes together', async () => {
    const key = await keyOf('daily', { eventsPerDay: 30 });
    expect((await send(nodes[0], key, batch('daily', 20))).status).toBe(202);
    const over = await send(nodes[1], key, batch('daily', 11));
    expect(codeOf(over)).toEqual([429, 'QUOTA_EXCEEDED']);
    expect(Number(over.headers.get('retry-after'))).toBeLessThanOrEqual(86_400);
    expect((await send(nodes[1], key, batch('daily', 10))).status).toBe(202);
    expect(codeOf(await send(nodes[0], key, batch('daily', 1)))).toEqual([429, 'QUOTA_EXCEEDED']);
  });
});

describe('the limits of a centre', () => {
  it('are the usual ones until an operator sets others, which each node obeys in a second', async () => {
    const key = await keyOf('changing');
    const path = '/v1/centres/changing/limits';
    const ask = (body?: object) =>
      nodes[0].ask(path, {
        ...{ method: body === undefined ? 'GET' : 'PUT', key: corner.operatorKey },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const usual = { eventsPerSecond: 100_000, burstSeconds: 2, bytesPerSecond: 134_217_728 };
    const none = { eventsPerSecond: null, burstSeconds: null, bytesPerSecond: null };
    expect((await ask()).body).toEqual({
      ...{ centre: 'changing', own: { ...none, eventsPerDay: null } },
      limits: { ...usual, eventsPerDay: null },
    });
    expect((await ask({ eventsPerSecond: 1, burstSeconds: 1 })).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await send(nodes[1], key, batch('changing', 5))).status).toBe(202);
    expect((await send(nodes[1], key, batch('changing', 5))).status).toBe(429);
    expect((await ask({ eventsPerSecond: 0 })).status).toBe(422);
    const absent = await nodes[0].ask('/v1/centres/nowhere/limits', {
      ...{ method: 'PUT', key: corner.operatorKey, body: '{}' },
    });
    expect(absent.status).toBe(404);
    const own = await nodes[0].ask(path, { method: 'PUT', key, body: '{}' });
    expect(own.status).toBe(403);
  });
});

describe('a stream over its rate', () => {
  it('is slowed, and every line of it is taken', async () => {
    const key = await keyOf('stream', { eventsPerSecond: 50, burstSeconds: 1 });
    const client = new LineClient(nodes[0].url, key);
    const began = performance.now();
    await client.send(...batch('stream', 250, 'line'));
    const { lines } = await client.end();
    expect(lines).toEqual([{ accepted: 250, refused: 0, lastLine: 250, retryFrom: null }]);
    expect(performance.now() - began).toBeGreaterThan(3_500);
  });

  it('is told where to go on when the wait would be longer than its silence', async () => {
    const key = await keyOf('quota', { eventsPerDay: 10 });
    const client = new LineClient(nodes[0].url, key);
    await client.send(...batch('quota', 10, 'in'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await client.send(...batch('quota', 5, 'over'));
    const { lines } = await client.end();
    expect(lines).toEqual([
      expect.objectContaining({
        ...{ accepted: 10, refused: 0, lastLine: 10, retryFrom: 11, code: 'QUOTA_EXCEEDED' },
      }),
    ]);
  });
});

describe('without Redis', () => {
  const timed = async (key: string, centre: string): Promise<readonly [number, number]> => {
    const began = performance.now();
    const { status } = await send(lonely, key, batch(centre, 1));
    return [status, performance.now() - began];
  };

  it('a process counts alone: nothing is refused for the lack of it, and its own limit holds', async () => {
    const key = await keyOf('alone', { eventsPerSecond: 10, burstSeconds: 1 });
    proxy.cut(true);
    expect((await send(lonely, key, batch('alone', 10))).status).toBe(202);
    expect(codeOf(await send(lonely, key, batch('alone', 10)))).toEqual([429, 'RATE_LIMITED']);
    proxy.cut(false);
  });

  it('that is frozen, nobody waits for it', async () => {
    const key = await keyOf('frozen');
    await timed(key, 'frozen');
    proxy.frozen = true;
    const answers: (readonly [number, number])[] = [];
    for (let round = 0; round < 20; round += 1) answers.push(await timed(key, 'frozen'));
    proxy.frozen = false;
    proxy.cut(false);
    expect(new Set(answers.map(([status]) => status))).toEqual(new Set([202]));
    const slow = answers.filter(([, ms]) => ms > 1_000);
    expect(slow).toEqual([]);
  });
});

describe('S50 one centre at a hundred times its rate', () => {
  it('is told 429, and another one is answered as before', async () => {
    const loud = await keyOf('loud', { eventsPerSecond: 100, burstSeconds: 1 });
    const calm = await keyOf('calm');
    const seen = { loud: new Map<number, number>(), calm: [] as number[], calmMs: [] as number[] };
    const end = performance.now() + 5_000;
    const body = JSON.stringify(batch('loud', 100));
    const flood = async (): Promise<void> => {
      while (performance.now() < end) {
        const { status } = await nodes[0].ask('/v1/events', { key: loud, body });
        seen.loud.set(status, (seen.loud.get(status) ?? 0) + 1);
      }
    };
    const steady = async (): Promise<void> => {
      while (performance.now() < end) {
        const began = performance.now();
        const { status } = await send(nodes[0], calm, batch('calm', 10));
        seen.calm.push(status);
        seen.calmMs.push(performance.now() - began);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await Promise.all([...Array.from({ length: 10 }, flood), steady()]);
    expect(new Set(seen.calm)).toEqual(new Set([202]));
    expect(seen.calm.length).toBeGreaterThan(10);
    expect([...seen.loud.keys()].sort()).toEqual([202, 429]);
    // 100 at rest and 100 a second: a handful of its batches in five seconds.
    expect(seen.loud.get(202)).toBeLessThanOrEqual(7);
    expect(seen.loud.get(429)).toBeGreaterThan(100);
    const median = seen.calmMs.sort((a, b) => a - b)[seen.calmMs.length >> 1];
    expect(median).toBeLessThan(500);
  }, 60_000);

  it('does not fill the memory of bodies that all share', async () => {
    const loud = await keyOf('filler');
    const calm = await keyOf('mover');
    // Four bodies of 16 MiB are more than one centre may have under way.
    const large = JSON.stringify(batch('filler', 9_000)).padEnd(15_900_000, ' ');
    const asked = Array.from({ length: 8 }, () =>
      nodes[0].ask('/v1/events', { key: loud, body: large }),
    );
    const answers = await Promise.all(asked);
    const others = await send(nodes[0], calm, usageEvent('moving', {}));
    expect(others.status).toBe(202);
    expect(answers.map(({ status }) => status)).not.toContain(503);
    const told = new Set(
      answers
        .filter(({ status }) => status === 429)
        .map(codeOf)
        .flat(),
    );
    expect([...told]).toEqual(expect.arrayContaining([429, 'TOO_MUCH_IN_FLIGHT']));
  }, 60_000);
});
