import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { readConfig, replayPricing } from '../src/index.js';
import { Corner } from './corner.js';
import { boundaries } from './scene-a.js';
import { contractBody, p1Body, p2Body, usage } from './usage.js';

let corner: Corner;

const spread = (name: string, count: number, day: number) =>
  Array.from({ length: count }, (_, index) =>
    usage({
      id: `${name}-${index}`,
      at: `2026-05-${String(day).padStart(2, '0')}T0${index % 10}:1${index % 6}:00Z`,
      tokens: [1_000n + BigInt(index), BigInt(index), 10n, BigInt(index % 3)],
    }),
  );

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
  // Usage before its contract, prices in the middle, a close, late usage, poison: every kind of cut.
  await corner.record(spread('early', 60, 7));
  await corner.settled(60);
  await corner.call('PUT', '/v1/contracts/C-1', { body: contractBody });
  await corner.call('PUT', '/v1/price-tables/retail/versions/P1', { body: p1Body });
  await until('the early ones are rated', async () =>
    (await corner.counts()).rated === 60 ? true : undefined,
  );
  await corner.call('PUT', '/v1/price-tables/retail/versions/P2', { body: p2Body });
  await corner.record([...boundaries, ...spread('b', 80, 20)]);
  await corner.raw(Buffer.from('not an identity'), Buffer.from('not a message'), { partition: 5 });
  await corner.settled(149);
  await corner.closePeriod('2026-05');
  await corner.record([...spread('b', 10, 20), ...spread('late', 15, 21)]);
  await corner.settled(174);
  await corner.stop();
}, 180_000);
afterAll(() => corner.close(), 60_000);

describe('I6 I16 R2 replay into an empty schema', () => {
  it.each([[1], [17], [1_000]])(
    'gives the same hashes in batches of %i',
    async (batchMax) => {
      const config = readConfig(corner.env);
      const replayed = await replayPricing({ config, kafka: corner.stack.kafka, batchMax });
      expect(replayed.differences).toEqual([]);
      expect(replayed.tables.filter(({ equal }) => !equal)).toEqual([]);
      expect(replayed.equal).toBe(true);
      const rows = Object.fromEntries(replayed.tables.map(({ table, rows }) => [table, rows]));
      expect(rows).toMatchObject({ call: 60 + 6 + 80 + 15, unpriced: 61, invoice: 1, period: 1 });
    },
    120_000,
  );

  it('finds a changed bucket', async () => {
    await corner.stack.asSuperuser(
      `update bucket set quantity = quantity + 1
       where ctid = (select ctid from bucket order by dims, cell, quarter_hour, partition limit 1)`,
    );
    const config = readConfig(corner.env);
    const replayed = await replayPricing({ config, kafka: corner.stack.kafka });
    expect(replayed.equal).toBe(false);
    expect(replayed.tables.filter(({ equal }) => !equal).map(({ table }) => table)).toEqual([
      'bucket',
    ]);
  }, 120_000);
});
