import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { Corner } from './corner.js';
import { ServiceProcess } from './process.js';
import type { Tokens } from './usage.js';
import { contractBody, p1Body, usage } from './usage.js';

let corner: Corner;

const call = (id: string, tokens: Tokens, model = 'm-chat') =>
  usage({ id, at: '2026-05-10T00:00:00Z', tokens, model });

const first = call('call-0', [1_000n, 10n, 5n, 1n]);

/** A batch with a duplicate, a conflict and an unpriced event, so that every table is touched. */
const batch = [
  first,
  ...Array.from({ length: 49 }, (_, index) =>
    call(`call-${index + 1}`, [1_001n + BigInt(index), 10n, 5n, 1n]),
  ),
  first,
  { ...first, kinds: { input: 9n } },
  call('unknown', [1n, 0n, 0n, 0n], 'm-none'),
];

const TABLES = ['call', 'bucket', 'unpriced', 'batch', 'event_count', 'quarantine', 'outbox'];

const rowCounts = async (): Promise<readonly string[]> => {
  const counts = TABLES.map((table) => `(select count(*) from ${table})`);
  const sql = `select array[${counts.join(', ')}, (select sum(next_offset) from consumer_offset)] as c`;
  const [row] = await corner.stack.asSuperuser<{ c: string[] }>(sql);
  return row?.c.map(String) ?? [];
};

const sumOfBuckets = async (): Promise<string> => {
  const [row] = await corner.stack.asSuperuser<{ sum: string }>(
    'select coalesce(sum(quantity), 0) as sum from bucket',
  );
  return row?.sum ?? '';
};

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
  await corner.call('PUT', '/v1/price-tables/retail/versions/P1', { body: p1Body });
  await corner.call('PUT', '/v1/contracts/C-1', { body: contractBody });
  await corner.stop();
}, 120_000);
afterAll(() => corner.close(), 60_000);

/** The group gives a dead worker's partitions away soon, so that the suite need not wait. */
const env = (): Readonly<Record<string, string>> => ({ ...corner.env, KAFKA_SESSION_MS: '6000' });

const killedAt = async (point: string): Promise<void> => {
  const process = await ServiceProcess.start({ ...env(), CRASH_AT: point });
  expect(await process.ended()).toBe('SIGKILL');
};

/** Lets a service run for the time of some work. */
const whileRunning = async (work: () => Promise<void>): Promise<void> => {
  const process = await ServiceProcess.start(env());
  try {
    await process.ready();
    corner.at(process.url);
    await work();
  } finally {
    await process.stop();
  }
};

const isWhole = async (): Promise<void> => {
  expect(await corner.settled(53)).toEqual({
    rated: 50,
    duplicate: 1,
    conflict: 1,
    unpriced: 1,
    quarantined: 0,
  });
  expect(await sumOfBuckets()).toBe(String(50 * (1_000 + 16) + (49 * 50) / 2));
  await until('the outbox is empty', async () => {
    const [row] = await corner.stack.asSuperuser<{ left: string }>(
      'select count(*) as left from outbox where sent_at is null',
    );
    return row?.left === '0' ? true : undefined;
  });
};

describe('F02 F06 openmeter#5118 kill -9 of pricing in the middle of a batch', () => {
  beforeAll(() => corner.record(batch));

  it.each([
    ['rating.after-offset'],
    ['rating.after-copy'],
    ['rating.after-insert'],
    ['rating.after-buckets'],
    ['rating.before-commit'],
  ])(
    'at %s leaves nothing of the batch',
    async (point) => {
      const before = await rowCounts();
      await killedAt(point);
      expect(await rowCounts()).toEqual(before);
    },
    120_000,
  );

  it('at rating.after-commit leaves what was committed', async () => {
    const before = await rowCounts();
    await killedAt('rating.after-commit');
    expect(await rowCounts()).not.toEqual(before);
  }, 120_000);

  it(
    'and the next start makes it whole: nothing lost, nothing doubled',
    () => whileRunning(isWhole),
    120_000,
  );
});

describe('F06 kill -9 of pricing in the middle of a close', () => {
  it.each([['close.before-commit'], ['close.after-commit']])(
    'at %s there is one close and one invoice',
    async (point) => {
      const period = point === 'close.before-commit' ? '2026-04' : '2026-05';
      const starting = await ServiceProcess.start({ ...env(), CRASH_AT: point });
      await starting.ready();
      corner.at(starting.url);
      await corner.call('POST', `/v1/periods/${period}/close`, {
        body: {},
        idempotencyKey: `crash-${point}`,
      });
      expect(await starting.ended()).toBe('SIGKILL');
      await whileRunning(async () => {
        const done = await corner.closePeriod(period);
        expect(done.contracts).toEqual([expect.objectContaining({ status: 'closed' })]);
      });
      const rows = await corner.stack.asSuperuser<{ type: string }>(
        `select type from event_store where body like $1 and type like 'P%Closed'`,
        [`%"period":"${period}"%`],
      );
      expect(rows).toHaveLength(1);
    },
    120_000,
  );
});
