import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encode } from '@suanpan/messages';
import { HaltPartition } from '@suanpan/platform-kafka';
import { renderMetrics } from '@suanpan/platform-observability';
import { claimPartitions, StaleEpoch } from '@suanpan/platform-postgres';
import type { Claim } from '@suanpan/platform-postgres';
import type { TestStack } from '@suanpan/platform-testing';
import { testStack } from '@suanpan/platform-testing';
import { pricingMigrations, RatingThreads } from '../src/index.js';
import { identityOfUsage, usage } from './usage.js';

let stack: TestStack;
let threads: RatingThreads;
const deaths: string[] = [];

const claimOne = async (partition: number): Promise<Claim> => {
  const [claim] = await claimPartitions(stack.pipelineDb, {
    ...{ group: 'pricing', topic: 'usage.recorded', partitions: [partition], clusterId: 'test' },
  });
  if (claim === undefined) throw new Error('The partition is not claimed.');
  return claim;
};

/** Events of several tenants on one partition, whose time is none. */
const defects = (partition: number, count: number): { key: Buffer; value: Buffer }[] => {
  const found: { key: Buffer; value: Buffer }[] = [];
  for (let index = 0; found.length < count; index += 1) {
    const event = usage({
      id: `bad-${index}`,
      at: '2026-05-10T00:00:00Z',
      tokens: [1n, 0n, 0n, 0n],
    });
    const bad = { ...event, tenant: `t${index % 3}`, time: -1n };
    const key = identityOfUsage(bad);
    if ((key[0] ?? 0) >> 2 === partition) found.push({ key, value: encode('usage.recorded', bad) });
  }
  return found;
};

const rate = (claim: Claim, first: number, records: readonly { key: Buffer; value: Buffer }[]) =>
  threads.rate([
    {
      ...{ topic: 'usage.recorded', partition: claim.partition, claim },
      firstOffset: BigInt(first),
      lastOffset: BigInt(first + records.length - 1),
      messages: records.map((record, index) => ({
        ...{ ...record, offset: BigInt(first + index), headers: {} },
        timestamp: 1_782_000_000_000_000n,
      })),
    },
  ]);

const asideCount = async (): Promise<number> =>
  (await stack.asSuperuser<{ c: number }>('select count(*)::int as c from quarantine'))[0]?.c ?? -1;

beforeAll(async () => {
  stack = await testStack({ service: 'pricing', migrations: pricingMigrations });
  threads = new RatingThreads({
    env: { ...stack.env, LOG_LEVEL: 'fatal' },
    settings: { url: stack.urls.pipeline, schema: stack.schema, vaultKey: stack.vaultKey },
    died: (reason) => deaths.push(reason),
  });
  await threads.open();
}, 120_000);
afterAll(async () => {
  await threads.close();
  await stack.dispose();
}, 60_000);

describe('rating in threads', () => {
  it('B72 counts a partition’s defects in a row, whichever thread rates its groups', async () => {
    const claim = await claimOne(5);
    const all = defects(5, 101);
    for (let from = 0; from < 90; from += 30) await rate(claim, from, all.slice(from, from + 30));
    const halted = await rate(claim, 90, all.slice(90)).catch((error: unknown) => error);
    expect(halted).toBeInstanceOf(HaltPartition);
    expect(halted).toMatchObject({ code: 'BREAKER', topic: 'usage.recorded', partition: 5 });
    expect(await asideCount()).toBe(90);
    const { body } = await renderMetrics();
    const counted = 'suanpan_quarantined_total{topic="usage.recorded",reason="INVALID_TIME"} 90';
    expect(body).toContain(counted);
  }, 60_000);

  it('D02 an older claim stores nothing, and the error says what it is', async () => {
    const old = await claimOne(6);
    await claimOne(6);
    const before = await asideCount();
    await expect(rate(old, 0, defects(6, 1))).rejects.toThrow(StaleEpoch);
    expect(await asideCount()).toBe(before);
  }, 60_000);

  it('refuses all work once a thread is gone, and tells the process', async () => {
    const claim = await claimOne(7);
    const own = Reflect.get(threads, 'threads') as readonly object[];
    const workers = own.map(
      (one) => Reflect.get(one, 'worker') as { terminate(): Promise<number> },
    );
    await Promise.all(workers.map((worker) => worker.terminate()));
    await expect(rate(claim, 0, defects(7, 1))).rejects.toMatchObject({
      code: 'RATING_UNAVAILABLE',
    });
    expect(deaths).toHaveLength(workers.length);
    await threads.close();
    await threads.close();
  }, 60_000);
});
