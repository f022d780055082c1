import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Unavailable } from '@suanpan/event-sourcing';
import { TcpProxy, testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { openDatabase } from './database.js';
import { isAway } from './errors.js';
import { fromRowInstant, toRowInstant } from './instants.js';

jest.setTimeout(60_000);

let stack: TestStack;
beforeAll(async () => {
  stack = await testStack();
  await stack.asSuperuser(`create table account (id int primary key, units int);
    insert into account values (1, 0), (2, 0); grant all on account to public`);
});
afterAll(() => stack.dispose());

const terminateOthers = () =>
  stack.asSuperuser(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`,
  );

describe('a transaction', () => {
  it('F18 runs again whole after a deadlock, and every unit counts once', async () => {
    const transfer = (first: number, second: number): Promise<unknown> =>
      stack.db.transaction(async (tx) => {
        await tx.query('update account set units = units + 1 where id = $1', [first]);
        await tx.query('select pg_sleep(0.02)');
        await tx.query('update account set units = units + 1 where id = $1', [second]);
      });
    await Promise.all([transfer(1, 2), transfer(2, 1)]);
    expect(await stack.asSuperuser('select units from account order by id')).toEqual([
      { units: 2 },
      { units: 2 },
    ]);
  }, 40_000);

  it('keeps nothing when the work throws', async () => {
    const work = stack.db.transaction(async (tx) => {
      await tx.query('update account set units = 99');
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await stack.asSuperuser('select 1 from account where units = 99')).toEqual([]);
  });

  it('F17 is Unavailable when its backend is terminated, and the next one works', async () => {
    const db = await openDatabase({
      url: stack.urls.app,
      schema: stack.schema,
      applicationName: 'victim',
      poolMax: 1,
    });
    const work = db.transaction((tx) => tx.query('select pg_sleep(20)'));
    const failed = work.then(
      () => undefined,
      (error: unknown) => error,
    );
    await until('the statement runs', async () => {
      const rows = await stack.asSuperuser(
        `select 1 from pg_stat_activity where application_name = 'victim' and query like '%sleep%'`,
      );
      return rows.length > 0 ? true : undefined;
    });
    await terminateOthers();
    expect(await failed).toBeInstanceOf(Unavailable);
    expect(await db.transaction((tx) => tx.query('select 1 as one'))).toEqual([{ one: 1 }]);
    await db.close();
  });

  it('F16 survives the end of an idle pooled connection', async () => {
    const db = await openDatabase({
      url: stack.urls.app,
      schema: stack.schema,
      applicationName: 'victim',
      poolMax: 1,
    });
    await db.transaction((tx) => tx.query('select 1'));
    await terminateOthers();
    await until('a new connection answers', async () =>
      db.transaction((tx) => tx.query('select 1')).catch(() => undefined),
    );
    await db.close();
  });

  it('F27 is Unavailable when the answer never comes, and that connection is used no more', async () => {
    const real = new URL(stack.urls.app);
    const proxy = new TcpProxy({ host: real.hostname, port: Number(real.port) });
    const url = new URL(stack.urls.app);
    url.port = String(await proxy.open());
    const db = await openDatabase({
      url: url.toString(),
      schema: stack.schema,
      applicationName: 'half-open',
      poolMax: 1,
      statementTimeoutMs: 500,
    });
    await db.transaction((tx) => tx.query('select 1'));
    proxy.frozen = true;
    const begun = performance.now();
    await expect(db.transaction((tx) => tx.query('select 1'))).rejects.toThrow(Unavailable);
    expect(performance.now() - begun).toBeLessThan(12_000);
    proxy.frozen = false;
    expect(await db.transaction((tx) => tx.query('select 1 as one'))).toEqual([{ one: 1 }]);
    await db.close();
    await proxy.close();
  });

  it('F19 is Unavailable when the pool is exhausted for too long', async () => {
    const db = await openDatabase({
      url: stack.urls.app,
      schema: stack.schema,
      applicationName: 'narrow',
      poolMax: 1,
    });
    let free = (): void => undefined;
    const holding = db.transaction(() => new Promise<void>((resolve) => (free = resolve)));
    await expect(db.transaction((tx) => tx.query('select 1'))).rejects.toThrow(Unavailable);
    free();
    await holding;
    await db.close();
  }, 40_000);

  it('is Unavailable when nothing listens at the address', async () => {
    const url = stack.urls.app.replace(/:\d+\//, ':1/');
    const opening = openDatabase({ url, schema: stack.schema, applicationName: 'nowhere' });
    await expect(opening).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it('sees only its own schema, in UTC, and keeps microseconds and long numbers', async () => {
    const at = 1_782_777_600_123_456n;
    const [row] = await stack.db.transaction((tx) =>
      tx.query<Record<string, string>>(
        `select current_schemas(false)::text as schemas, current_setting('timezone') as zone,
                $1::timestamptz as at, '2026-05-15'::date as day,
                9007199254740993::int8 as big, 0.10::numeric as amount`,
        [toRowInstant(at)],
      ),
    );
    expect(row).toMatchObject({
      schemas: `{${stack.schema}}`,
      zone: 'UTC',
      day: '2026-05-15',
      big: '9007199254740993',
      amount: '0.10',
    });
    expect(fromRowInstant(row?.['at'] ?? '')).toBe(at);
  });
});

describe('isAway', () => {
  it.each(['08006', '53300', '53100', '57P01', '57P03', '55P03', 'ECONNREFUSED', 'ECONNRESET'])(
    'D08 takes %s for the store’s fault',
    (code) => {
      expect(isAway(Object.assign(new Error('x'), { code }))).toBe(true);
    },
  );

  it.each(['22003', '22P05', '23505', '23514', '42P01', '42501', '40001'])(
    'D08 does not take %s for the store’s fault',
    (code) => {
      expect(isAway(Object.assign(new Error('x'), { code }))).toBe(false);
    },
  );
});
