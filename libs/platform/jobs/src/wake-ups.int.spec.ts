import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@suanpan/platform-observability';
import { TcpProxy, testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { Queue } from 'bullmq';
import { createWakeUps } from './wake-ups.js';
import type { WakeUps } from './wake-ups.js';

jest.setTimeout(60_000);

const logger = createLogger({ service: 'test', level: 'silent' });
const LONG_MS = 600_000;

let stack: TestStack;
let open: WakeUps[] = [];
beforeAll(async () => {
  stack = await testStack();
  await stack.asSuperuser(`create table due (id text primary key, done boolean default false);
    grant all on due to public`);
});
afterEach(async () => {
  await Promise.all(open.map((wakeUps) => wakeUps.close()));
  open = [];
}, 60_000);
afterAll(() => stack.dispose());

const wakeUpsOver = (redisUrl: string | undefined): WakeUps => {
  const wakeUps = createWakeUps({ redisUrl, prefix: stack.prefix, db: stack.db, logger });
  open.push(wakeUps);
  return wakeUps;
};

/** Does everything that the database says is due. */
const doDue = async (): Promise<void> => {
  await stack.db.transaction((tx) => tx.query('update due set done = true where not done'));
};
const owe = (id: string) => stack.asSuperuser('insert into due (id) values ($1)', [id]);
const isDone = (id: string) =>
  until(`${id} is done`, async () => {
    const rows = await stack.asSuperuser('select 1 from due where id = $1 and done', [id]);
    return rows.length > 0 ? true : undefined;
  });

const inQueue = async <T>(name: string, work: (queue: Queue) => Promise<T>): Promise<T> => {
  const queue = new Queue(`wake-${name}`, {
    prefix: `suanpan-${stack.prefix}`,
    connection: { url: stack.redisUrl, maxRetriesPerRequest: null },
  });
  const result = await work(queue);
  await queue.close();
  return result;
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

describe('a wake-up', () => {
  it('has another process’s duty run at once, long before the reconciler', async () => {
    const ids: (string | null)[] = [];
    wakeUpsOver(stack.redisUrl).register('close', {
      everyMs: LONG_MS,
      run: async (id) => {
        ids.push(id);
        await doDue();
      },
    });
    await until('the run at the start', () => (ids.length > 0 ? true : undefined));
    await owe('period:2026-05');
    await wakeUpsOver(stack.redisUrl).wake('close', 'period:2026-05');
    await isDone('period:2026-05');
    expect(ids).toEqual([null, 'period:2026-05']);
  });

  it('is never silently ignored because the same id was used before (BullMQ)', async () => {
    let runs = 0;
    const wakeUps = wakeUpsOver(stack.redisUrl);
    wakeUps.register('again', {
      everyMs: LONG_MS,
      run: () => {
        runs += 1;
        return Promise.resolve();
      },
    });
    for (let wanted = 2; wanted <= 4; wanted += 1) {
      await wakeUps.wake('again', 'same');
      await until(`run ${wanted}`, () => (runs >= wanted ? true : undefined));
    }
  });

  it('during a run makes the duty run once more, never twice at a time', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const wakeUps = wakeUpsOver(undefined);
    wakeUps.register('slow', {
      everyMs: LONG_MS,
      run: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 100));
        running -= 1;
        runs += 1;
      },
    });
    await Promise.all(Array.from({ length: 50 }, (_, index) => wakeUps.wake('slow', `${index}`)));
    await until('the runs', () => (runs >= 2 ? true : undefined));
    expect(most).toBe(1);
    expect(runs).toBe(2);
  });

  it('S36 leaves nothing but the id in Redis, and no job behind', async () => {
    await until('an empty queue', async () => {
      const counts = await inQueue('again', (queue) => queue.getJobCounts());
      return Object.values(counts).every((count) => count === 0) ? true : undefined;
    });
  });
});

describe('without Redis', () => {
  it('F20 the reconciler does what is due', async () => {
    const nowhere = `redis://127.0.0.1:${await freePort()}`;
    wakeUpsOver(nowhere).register('reconciled', { everyMs: 200, run: doDue });
    await owe('without-redis');
    await isDone('without-redis');
  });

  it('a wake-up still reaches this process, and does not wait for Redis for long', async () => {
    const nowhere = `redis://127.0.0.1:${await freePort()}`;
    const wakeUps = wakeUpsOver(nowhere);
    wakeUps.register('local', { everyMs: LONG_MS, run: doDue });
    await owe('local');
    const begun = performance.now();
    await wakeUps.wake('local', 'local');
    expect(performance.now() - begun).toBeLessThan(3_000);
    await isDone('local');
  });

  it('F20, F21 its end, its return and a flush lose nothing, and wake-ups work again', async () => {
    const real = new URL(stack.redisUrl);
    const proxy = new TcpProxy({ host: real.hostname, port: Number(real.port) });
    const url = new URL(stack.redisUrl);
    url.port = String(await proxy.open());
    const ids: (string | null)[] = [];
    const wakeUps = wakeUpsOver(url.toString());
    wakeUps.register('flushed', {
      everyMs: 500,
      run: async (id) => {
        ids.push(id);
        await doDue();
      },
    });
    const heard = (id: string) =>
      until(id, async () => {
        await wakeUps.wake('flushed', id);
        return ids.includes(id) ? true : undefined;
      });
    await heard('before');
    proxy.cut(true);
    await owe('while-dead');
    await isDone('while-dead');
    proxy.cut(false);
    await heard('after-return');
    await inQueue('flushed', (queue) => queue.obliterate({ force: true }));
    await owe('after-flush');
    await heard('after-flush');
    await isDone('after-flush');
    await wakeUps.close();
    await proxy.close();
  }, 60_000);
});

describe('a failing duty', () => {
  it('comes again with the reconciler and never ends the process', async () => {
    let tries = 0;
    wakeUpsOver(undefined).register('failing', {
      everyMs: 100,
      run: () => {
        tries += 1;
        return tries < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
      },
    });
    await until('three tries', () => (tries >= 3 ? true : undefined));
  });

  it('is not begun while the database is away', async () => {
    const db = await stack.open(stack.urls.app, 1);
    await db.close();
    let tries = 0;
    const wakeUps = createWakeUps({ prefix: stack.prefix, db, logger });
    open.push(wakeUps);
    wakeUps.register('early', {
      everyMs: 50,
      run: () => {
        tries += 1;
        return Promise.resolve();
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(tries).toBe(0);
  });
});
