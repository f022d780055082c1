import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { replayProfitShare } from '../src/index.js';
import { Corner } from './corner.js';
import { ServiceProcess } from './process.js';
import {
  AGREEMENTS,
  EARLY,
  INVOICE,
  LATE,
  PERIOD,
  TENANT,
  contractSigned,
  periodClosed,
  ratedBatch,
} from './scene-b2.js';

let corner: Corner;
let operator: string;
let service: ServiceProcess | undefined;
let attempt = 0;

const start = async (crashAt?: string): Promise<ServiceProcess> => {
  // An empty name is no crash point.
  service = await ServiceProcess.start({ ...corner.env, CRASH_AT: crashAt ?? '' });
  corner.url = service.url;
  return service;
};

/** Issues; undefined when the process died over it. */
const issue = async () => {
  attempt += 1;
  return corner
    .call('POST', '/v1/statements/issue', {
      key: operator,
      body: { period: PERIOD, issueDate: '2026-05-31' },
      idempotencyKey: `issue-${attempt}`,
    })
    .catch(() => undefined);
};

const count = async (sql: string): Promise<number> => {
  const [row] = await corner.stack.asSuperuser<{ n: string }>(`select count(*) as n from ${sql}`);
  return Number(row?.n);
};

const tellScene = async (): Promise<void> => {
  const told = (streamId: string) => ({ tenant: TENANT, streamId, version: 1n });
  await corner.tell('contract.signed', contractSigned('C-1'), told('C-1'));
  await corner.tell('period.closed', periodClosed('C-1'), told('C-1:2026-05'));
  await corner.tell('invoice.issued', INVOICE, told(INVOICE.invoice));
  const all = { tenant: '*', version: 1n };
  await corner.tell('usage.rated', ratedBatch(3, 0n, EARLY), { ...all, streamId: 'usage/3' });
  await corner.tell('usage.rated', ratedBatch(40, 0n, LATE), { ...all, streamId: 'usage/40' });
};

beforeAll(async () => {
  corner = await Corner.empty();
  operator = await corner.key(TENANT);
  const first = await start();
  for (const { version, body } of AGREEMENTS) {
    const path = `/v1/agreements/AG-2/versions/${version}`;
    await corner.call('PUT', path, { key: operator, body });
  }
  // A member that leaves while it joins keeps its place in the group for half a minute.
  await first.ready();
  await first.stop();
}, 180_000);
afterAll(async () => {
  await service?.stop();
  await corner.close();
}, 60_000);

describe('F06 kill -9 at every named point', () => {
  it('profit-share:accrued-before-commit: nothing was accrued', async () => {
    const dying = await start('profit-share:accrued-before-commit');
    await tellScene();
    expect(await dying.ended()).toBe('SIGKILL');
    expect([await count('accrual'), await count('rated_progress')]).toEqual([0, 0]);
  }, 150_000);

  it.each(['profit-share:distribution-appended', 'profit-share:distributed-before-commit'])(
    '%s: nothing was divided',
    async (point) => {
      const dying = await start(point);
      expect(await dying.ended()).toBe('SIGKILL');
      expect(await count('accrual')).toBeGreaterThan(0);
      expect([
        await count(`event_store where stream_id like 'distribution:%'`),
        await count('distribution'),
        await count(`invoice where status = 'waiting'`),
      ]).toEqual([0, 0, 1]);
    },
    150_000,
  );

  it.each(['profit-share:statement-issued', 'profit-share:statements-before-commit'])(
    '%s: no statement, no number',
    async (point) => {
      const dying = await start(point);
      await until('the process died over the order', async () => {
        await issue();
        return dying.alive ? undefined : true;
      });
      expect(await dying.ended()).toBe('SIGKILL');
      expect([
        await count('statement'),
        await count('statement_series'),
        await count('distribution where statement is not null'),
        await count(`outbox where topic = 'statement'`),
      ]).toEqual([0, 0, 0, 0]);
    },
    150_000,
  );

  it('outbox:published-before-mark: sent again, and heard once by its version', async () => {
    const dying = await start('outbox:published-before-mark');
    await until('the process died over its outbox', async () => {
      await issue();
      return dying.alive ? undefined : true;
    });
    expect(await count(`outbox where topic = 'statement' and sent_at is null`)).toBeGreaterThan(0);
  }, 150_000);

  it('I4 I10 afterwards: the figures of the scene, each statement once, no gap', async () => {
    await start();
    await until('everything is sent', async () =>
      (await count('outbox where sent_at is null')) === 0 ? true : undefined,
    );
    expect((await issue())?.body['issued']).toEqual([]);
    const { body } = await corner.call('GET', '/v1/statements', { key: operator });
    const found = (body['statements'] as Record<string, string>[]).map(
      ({ number, partner, total }) => [number, partner, total],
    );
    expect(found).toEqual([
      ['ST-000001', 'eastern-guangdong', '247.20'],
      ['ST-000002', 'guangdong-mobile', '93.05'],
      ['ST-000003', 'shantou-operator', '125.02'],
    ]);
    expect(await count('distribution')).toBe(6);
  }, 150_000);

  it('F6 and replay gives the same', async () => {
    const { tables, equal } = await replayProfitShare(corner.env);
    expect(tables.filter((table) => !table.equal)).toEqual([]);
    expect(equal).toBe(true);
  }, 150_000);
});

describe('many orders at once', () => {
  it('I10 issue nothing twice', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => issue()));
    expect(answers.map((answer) => answer?.status)).toEqual(answers.map(() => 202));
    expect(await count('statement')).toBe(3);
  }, 60_000);
});
