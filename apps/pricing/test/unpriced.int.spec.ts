import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { Corner } from './corner.js';
import { contractBody, p1Body, usage } from './usage.js';

let corner: Corner;

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
}, 120_000);
afterAll(() => corner.close(), 60_000);

const at = '2026-05-10T00:00:00Z';
const events = Array.from({ length: 40 }, (_, index) =>
  usage({ id: `early-${index}`, at, tokens: [1_000n, 0n, 100n, 0n] }),
);

const codes = async (): Promise<ReadonlySet<unknown>> => {
  const { body } = await corner.call('GET', '/v1/unpriced');
  return new Set((body['data'] as readonly { code: string }[]).map(({ code }) => code));
};

describe('usage that comes before its contract and price', () => {
  it('B48 waits as unpriced, and claims its identity while it waits', async () => {
    await corner.record(events);
    await corner.settled(40);
    const [first] = events;
    if (first === undefined) throw new Error('There are events.');
    await corner.record([first, { ...first, kinds: { input: 1n } }]);
    expect(await corner.settled(42)).toMatchObject({ unpriced: 40, duplicate: 1, conflict: 1 });
    expect(await codes()).toEqual(new Set(['UNKNOWN_CONTRACT']));
  }, 90_000);

  it('says the new reason when the contract is there and the price is not', async () => {
    await corner.call('PUT', '/v1/contracts/C-1', { body: contractBody });
    await until('the reason is another one', async () =>
      (await codes()).has('NO_PRICE_AT_TIME') ? true : undefined,
    );
    expect((await corner.counts()).rated).toBe(0);
  }, 60_000);

  it('B48 is rated by the same rules when the price arrives', async () => {
    await corner.call('PUT', '/v1/price-tables/retail/versions/P1', { body: p1Body });
    const counts = await until('all are rated', async () => {
      const now = await corner.counts();
      return now.rated === 40 ? now : undefined;
    });
    expect(counts).toEqual({ rated: 40, duplicate: 1, conflict: 1, unpriced: 0, quarantined: 0 });
    const { body } = await corner.call('GET', '/v1/calls?source=gateway%2Fjakarta&id=early-7');
    expect(body).toMatchObject({ state: 'rated', amount: '0.00042', priceVersion: 'P1' });
  }, 60_000);

  it('tells the others in a stream of its own, whose ranges have no gap', async () => {
    const found = await corner.messages('usage.rated', (messages) => {
      const rated = messages
        .filter((m) => m.type === 'usage.rated')
        .map((m) => m.value.counts.rated);
      return rated.reduce((sum, each) => sum + each, 0n) === 40n;
    });
    const later = found
      .flatMap((message) => (message.type === 'usage.rated' ? [message.value] : []))
      .filter(({ sourceTopic }) => sourceTopic === 'unpriced');
    for (const { firstOffset, lastOffset, counts } of later) {
      expect(firstOffset).toBe(0n);
      expect(lastOffset - firstOffset + 1n).toBe(counts.rated);
      expect(counts.unpriced).toBe(-counts.rated);
    }
    const tokens = later
      .flatMap(({ deltas }) => deltas)
      .reduce((sum, { quantity }) => sum + BigInt(quantity), 0n);
    expect(tokens).toBe(40n * 1_100n);
  }, 60_000);

  it('a duplicate of what was rated later is still a duplicate', async () => {
    await corner.record(events.slice(1, 2));
    expect(await corner.settled(43)).toMatchObject({ rated: 40, duplicate: 2 });
  }, 60_000);

  it('B50 the database itself refuses two price versions at one instant', async () => {
    const twice = `insert into price_version
      select id + 1, tenant, price_table, 'P1b', currency, during, source, catalogue_version
      from price_version`;
    await expect(corner.stack.asSuperuser(twice)).rejects.toThrow(/exclusion constraint/);
    const apart = `insert into price_version select id + 1, tenant, price_table, 'P0', currency,
      tstzrange(null, lower(during)), source, catalogue_version from price_version`;
    await expect(corner.stack.asSuperuser(apart)).resolves.toEqual([]);
    await corner.stack.asSuperuser(`delete from price_version where version = 'P0'`);
  });
});
