/** Faults that users of other systems have paid for, named after their threads. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { until } from '@suanpan/platform-testing';
import { Corner } from './corner.js';
import { contractBody, p1Body, p2Body, TENANT, usage } from './usage.js';
import type { Usage } from './usage.js';

let corner: Corner;
let sent = 0;

const at = '2026-05-10T03:00:00Z';
const call = (id: string, more: Partial<Usage> = {}): Usage => ({
  ...usage({ id, at, tokens: [1_000n, 0n, 0n, 0n] }),
  ...more,
});

/** Records and waits until everything that was ever sent has ended somewhere. */
const settle = async (events: readonly Usage[]) => {
  await corner.record(events);
  sent += events.length;
  return corner.settled(sent);
};

const flushRedis = async (): Promise<void> => {
  const redis = new Redis(corner.env['REDIS_URL'] ?? '');
  await redis.flushall();
  await redis.quit();
};

/** Calls and tokens of all buckets of the ids that begin so. */
const bucketsOf = async (start: string) => {
  const [row] = await corner.stack.asSuperuser<{ calls: string; quantity: string }>(
    `select coalesce(sum(b.calls), 0)::text as calls, coalesce(sum(b.quantity), 0)::text as quantity
     from bucket b where b.dims in (select dims from call where id like $1)`,
    [`${start}%`],
  );
  return row;
};

interface Stated {
  readonly state: string;
}

/** Where an event has ended: in its own place, or set aside. */
const state = async (source: string, id: string): Promise<unknown> => {
  const query = `source=${encodeURIComponent(source)}&id=${encodeURIComponent(id)}`;
  const { body } = await corner.call('GET', `/v1/events?${query}`);
  const { call: own, setAside } = body as { call: Stated | null; setAside: readonly Stated[] };
  return own?.state ?? setAside[0]?.state;
};

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
  await corner.call('PUT', '/v1/price-tables/retail/versions/P1', { body: p1Body });
  await corner.call('PUT', '/v1/price-tables/retail/versions/P2', { body: p2Body });
  await corner.call('PUT', '/v1/contracts/C-1', { body: contractBody });
}, 120_000);
afterAll(() => corner.close(), 60_000);

describe('a repeat is known by the store of record alone', () => {
  it('openmeter#4902 openmeter#4485 a flushed Redis makes nothing new and nothing lost', async () => {
    const route = 'redis';
    await settle([call('redis-1', { route }), call('redis-2', { route })]);
    await flushRedis();
    const counts = await settle([call('redis-1', { route }), call('redis-3', { route })]);
    await flushRedis();
    expect(await settle([call('redis-2', { route })])).toMatchObject({
      rated: counts.rated,
      duplicate: counts.duplicate + 1,
    });
    expect(await bucketsOf('redis-')).toEqual({ calls: '3', quantity: '3000' });
  }, 60_000);

  it('flexprice#2184 works the same without any Redis', async () => {
    await corner.stop();
    // Nobody listens there.
    await corner.start({ REDIS_URL: 'redis://127.0.0.1:1' });
    const before = await corner.counts();
    const one = call('no-redis', { route: 'no-redis' });
    const counts = await settle([one, one, one, { ...one, kinds: { input: 9n } }]);
    expect(counts).toEqual({
      ...before,
      rated: before.rated + 1,
      duplicate: before.duplicate + 2,
      conflict: before.conflict + 1,
    });
    await corner.stop();
    await corner.start();
  }, 90_000);

  it('openmeter#5118 no identity is claimed by an event that was not stored', async () => {
    const claims = `select count(*) as n from call where source = 'b'`;
    const locked = call('claimed', { source: 'b', route: 'claimed' });
    // The bucket cannot be written: the transaction that claims the identity fails with it.
    await corner.stack.asSuperuser(
      'alter table bucket add constraint shut check (calls < 0) not valid',
    );
    await corner.record([locked]);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const [none] = await corner.stack.asSuperuser<{ n: string }>(claims);
    expect(none?.n).toBe('0');
    await corner.stack.asSuperuser('alter table bucket drop constraint shut');
    await corner.stop();
    await corner.start();
    sent += 1;
    await corner.settled(sent);
    const before = await corner.counts();
    expect(await settle([locked])).toMatchObject({ duplicate: before.duplicate + 1 });
    expect(await bucketsOf('claimed')).toEqual({ calls: '1', quantity: '1000' });
  }, 120_000);
});

describe('a repeat is dropped before anything is summed', () => {
  it('lago-api#5359 in batches of its own, at the edge of a bucket, counts in one bucket once', async () => {
    const time = usage({
      id: 'x',
      at: '2026-05-10T03:14:59.999999Z',
      tokens: [0n, 0n, 0n, 0n],
    }).time;
    const edge = call('edge', { time, route: 'edge' });
    for (let round = 0; round < 4; round += 1) await settle([edge]);
    await settle([edge, { ...edge, time: time + 1n }]);
    const rows = await corner.stack.asSuperuser(
      `select to_char(quarter_hour at time zone 'UTC', 'HH24:MI') as quarter, calls::text from bucket
       where dims in (select dims from call where id = 'edge')`,
    );
    expect(rows).toEqual([{ quarter: '03:00', calls: '1' }]);
    const { body } = await corner.call('GET', '/v1/conflicts');
    expect(body['data']).toMatchObject([{ eventId: 'no-redis' }, { eventId: 'edge' }]);
  }, 60_000);

  it('lago-api#5416 ledger#1552 is never to be merged away later: sums are right at once', async () => {
    const events = Array.from({ length: 1_000 }, () => call('thousand', { route: 'thousand' }));
    await settle(events);
    expect(await bucketsOf('thousand')).toEqual({ calls: '1', quantity: '1000' });
    const rows = await corner.stack.asSuperuser(`select id from call where id = 'thousand'`);
    expect(rows).toHaveLength(1);
  }, 60_000);
});

describe('an event has one name', () => {
  it('lago-api#4163 lago-api#4586 lago-api#6209 a name finds one event; source and tenant are part of it', async () => {
    const theirs = { source: 'gateway/surabaya', kinds: { input: 7n } };
    // What another tenant has is not in our counts.
    await corner.record([call('named', { tenant: 'other' })]);
    await settle([call('named'), call('named', theirs)]);
    const found = async (source: string) => {
      const query = `source=${encodeURIComponent(source)}&id=named`;
      return (await corner.call('GET', `/v1/calls?${query}`)).body;
    };
    expect(await found('gateway/jakarta')).toMatchObject({ kinds: [{ quantity: '1000' }] });
    expect(await found('gateway/surabaya')).toMatchObject({ kinds: [{ quantity: '7' }] });
    expect(await found('gateway')).toMatchObject({ code: 'NOT_FOUND' });
    const operator = await corner.key('other', 'operator', null);
    const theirsToo = await until('the other tenant’s is read', async () => {
      const { body } = await corner.call('GET', '/v1/unpriced', { key: operator });
      const data = body['data'] as readonly object[];
      return data.length > 0 ? data : undefined;
    });
    expect(theirsToo).toMatchObject([{ id: 'named', code: 'UNKNOWN_CONTRACT' }]);
  }, 60_000);
});

describe('what was accepted ends somewhere, and says where', () => {
  it('lago#637 lago#538 litellm#36426 none is dropped for something it lacks', async () => {
    const before = await corner.counts();
    const counts = await settle([
      call('ends-rated'),
      call('ends-no-contract', { contract: 'C-unknown' }),
      call('ends-no-model', { modelOrdered: 'm-unknown' }),
      call('ends-no-price', { kinds: { image_input: 5n } }),
      call('ends-negative', { kinds: { input: -5n } }),
      call('ends-old', { time: 0n }),
      call('ends-rated'),
    ]);
    const delta = Object.fromEntries(
      Object.entries(counts).map(([place, n]) => [place, n - before[place as keyof typeof before]]),
    );
    expect(delta).toEqual({ rated: 1, duplicate: 1, conflict: 0, unpriced: 4, quarantined: 1 });
    const names = ['rated', 'no-contract', 'no-model', 'no-price', 'negative', 'old'];
    const states = [];
    for (const name of names) states.push(await state('gateway/jakarta', `ends-${name}`));
    expect(states).toEqual([
      'rated',
      'unpriced',
      'unpriced',
      'unpriced',
      'quarantined',
      'unpriced',
    ]);
  }, 60_000);
});

describe('killbill#1987 a price that changes at midnight of the contract’s zone', () => {
  it('gives each side its own line, and no call to both', async () => {
    const second = (id: string, time: string) =>
      call(id, { time: usage({ id, at: time, tokens: [0n, 0n, 0n, 0n] }).time, route: 'midnight' });
    await settle([
      second('midnight-1', '2026-05-15T16:59:59.999999Z'),
      second('midnight-2', '2026-05-15T17:00:00Z'),
    ]);
    const rows = await corner.stack.asSuperuser(
      `select c.id, v.version from call c join price_version v on v.id = c.price_version
       where c.tenant = $1 and c.id like 'midnight%' order by c.id`,
      [TENANT],
    );
    expect(rows).toEqual([
      { id: 'midnight-1', version: 'P1' },
      { id: 'midnight-2', version: 'P2' },
    ]);
    expect(await bucketsOf('midnight')).toEqual({ calls: '2', quantity: '2000' });
  }, 60_000);
});
