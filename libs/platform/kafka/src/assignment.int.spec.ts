import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@suanpan/platform-observability';
import { advanceOffset } from '@suanpan/platform-postgres';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import { HaltPartition } from './breaker.js';
import { createAdmin } from './client.js';
import type { LogBatchHandle } from './handlers.js';
import { KafkaProxy } from './proxy-harness.js';
import { listen, record, write } from './transport-harness.js';
import type { Harness } from './transport-harness.js';
import { KafkaLogTransport } from './transport.js';

jest.setTimeout(60_000);

const TOPIC = 'usage.rated';

let stack: TestStack;
let running: Harness[] = [];
beforeAll(async () => {
  stack = await testStack({ topics: [TOPIC] });
}, 60_000);
afterEach(async () => {
  await Promise.all(running.map(({ transport }) => transport.close()));
  running = [];
}, 60_000);
afterAll(() => stack.dispose(), 60_000);

const start = async (options: Parameters<typeof listen>[1]): Promise<Harness> => {
  const harness = await listen(stack, options);
  running.push(harness);
  return harness;
};

/** Moves the offsets on and notes what it was given. */
const heard = () => {
  const notes: string[] = [];
  const batch: LogBatchHandle = async (batches) => {
    await stack.db.transaction(async (tx) => {
      for (const { claim, firstOffset, lastOffset } of batches) {
        await advanceOffset(tx, claim, firstOffset, lastOffset + 1n);
      }
    });
    const records = batches.flatMap(({ messages }) => messages);
    notes.push(...records.map(({ value }) => value?.toString() ?? ''));
  };
  return { notes, batch };
};

const withAdmin = async <T>(ask: (admin: Admin) => Promise<T>): Promise<T> => {
  const admin = await createAdmin(stack.kafka);
  return ask(admin).finally(() => admin.disconnect());
};

describe('an assignment', () => {
  it('D01, D02 reads an idle partition from the stored offset, though Kafka’s own is ahead', async () => {
    const group = 'ahead';
    const before = heard();
    const first = await start({ topic: TOPIC, group, batch: before.batch });
    await write(stack, TOPIC, [record(3, 'stored')]);
    await until('the first', () => (before.notes.includes('stored') ? true : undefined));
    await first.transport.close();
    await write(stack, TOPIC, [record(3, 'between-1'), record(3, 'between-2')]);
    await withAdmin((admin) =>
      admin.setOffsets({
        groupId: `${stack.prefix}${group}`,
        topic: `${stack.prefix}${TOPIC}`,
        partitions: [{ partition: 3, offset: '3' }],
      }),
    );
    const after = heard();
    await start({ topic: TOPIC, group, batch: after.batch });
    await until('what lies between', () => (after.notes.length >= 2 ? true : undefined));
    expect(after.notes).toEqual(['between-1', 'between-2']);
  });

  it('begins all the same when the stored offsets cannot be read', async () => {
    let failures = 1;
    const db = Object.create(stack.db, {
      transaction: {
        value: (...args: Parameters<typeof stack.db.transaction>) => {
          failures -= 1;
          if (failures >= 0) return Promise.reject(new Error('away'));
          return stack.db.transaction(...args);
        },
      },
    }) as typeof stack.db;
    const { notes, batch } = heard();
    const harness = await start({ topic: TOPIC, group: 'unread', db, batch });
    await write(stack, TOPIC, [record(5, 'all-the-same')]);
    await until('the record', () => (notes.includes('all-the-same') ? true : undefined));
    expect(failures).toBeLessThan(0);
    expect(harness.health.snapshot().ready).toBe(true);
  });

  it('leaves a halted partition paused when the consumer has crashed and joins again', async () => {
    const group = 'paused';
    const proxy = new KafkaProxy();
    await proxy.open();
    const harness = await start({
      topic: TOPIC,
      group,
      kafka: proxy.through(stack.env),
      batch: (batches) => {
        if (batches.every(({ partition }) => partition !== 7)) return heard().batch(batches);
        throw new HaltPartition('BREAKER', 'too many', { topic: TOPIC, partition: 7 });
      },
    });
    await write(stack, TOPIC, [record(7, 'halting')]);
    await until('halt', () => harness.health.snapshot().parts[`log ${TOPIC}/7`]);
    const consumer = harness.transport.unwrap<Consumer>();
    const told: string[] = [];
    consumer.on(consumer.events.CRASH, () => told.push('crash'));
    consumer.on(consumer.events.GROUP_JOIN, () => told.push('join'));
    proxy.cut(true);
    await until('the crash', () => (told.includes('crash') ? true : undefined), 40_000);
    expect(consumer.paused()).toEqual([]);
    proxy.cut(false);
    await until('the group', () => (told.at(-1) === 'join' ? true : undefined), 40_000);
    expect(consumer.paused()).toEqual([{ topic: `${stack.prefix}${TOPIC}`, partitions: [7] }]);
    await harness.transport.close();
    running = [];
    await proxy.close();
  }, 120_000);
});

describe('close', () => {
  const membersOf = (group: string): Promise<number> =>
    withAdmin(async (admin) => {
      const { groups } = await admin.describeGroups([`${stack.prefix}${group}`]);
      return groups[0]?.members.length ?? 0;
    });

  const transportOf = (group: string): KafkaLogTransport => {
    const { kafka, db, prefix } = stack;
    const logger = createLogger({ service: 'test', level: 'silent' });
    const transport = new KafkaLogTransport({ kafka, db, group, prefix, logger });
    transport.addHandler(TOPIC, heard().batch as never, true, { kind: 'batch' });
    return transport;
  };

  it('while the consumer joins its group leaves nobody behind in it', async () => {
    const group = 'joining';
    await start({ topic: TOPIC, group, batch: heard().batch });
    // The group's answer waits for the first member, which hears of the second at its heartbeat.
    const second = transportOf(group);
    const listening = new Promise<void>((resolve) => second.listen(() => resolve()));
    await until('two members', async () => ((await membersOf(group)) === 2 ? true : undefined));
    await second.close();
    await listening;
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await membersOf(group)).toBe(1);
  });

  it('before the transport has a session begins nothing', async () => {
    const group = 'never';
    const transport = transportOf(group);
    const listening = new Promise<void>((resolve) => transport.listen(() => resolve()));
    await transport.close();
    await listening;
    expect(transport.unwrap()).toBeUndefined();
    expect(await membersOf(group)).toBe(0);
  });
});

describe('listen', () => {
  it('leaves no admin client behind when the cluster does not say its name', async () => {
    let disconnected = 0;
    const kafka = Object.create(stack.kafka, {
      admin: {
        value: () => ({
          connect: () => Promise.resolve(),
          describeCluster: () => Promise.reject(new Error('no answer')),
          disconnect: () => {
            disconnected += 1;
            return Promise.resolve();
          },
        }),
      },
    }) as Kafka;
    await expect(listen(stack, { topic: TOPIC, kafka, batch: heard().batch })).rejects.toThrow(
      'no answer',
    );
    expect(disconnected).toBe(1);
  });
});
