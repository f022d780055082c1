import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Unavailable } from '@suanpan/event-sourcing';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import type { LogRecord } from './send-queue.js';
import { ThreadedProducer } from './threaded-producer.js';

jest.setTimeout(60_000);

const TOPIC = 'usage.recorded';
const PARTITIONS = 64;

let stack: TestStack;
beforeAll(async () => {
  stack = await testStack({ topics: [TOPIC] });
}, 60_000);
afterAll(async () => {
  await stack.dispose();
}, 60_000);

const deaths: string[] = [];

const producerOf = async (
  env: Readonly<Record<string, string | undefined>> = stack.env,
): Promise<ThreadedProducer> => {
  const { prefix } = stack;
  const names = { prefix, clientId: 'threaded', service: 'test' };
  const quiet = { ...env, LOG_LEVEL: 'fatal' };
  const died = (reason: string): void => void deaths.push(reason);
  const producer = new ThreadedProducer({ ...names, env: quiet, died });
  await producer.connect();
  return producer;
};

const note = (index: number): LogRecord => ({
  key: Buffer.from(`k${index}`),
  value: Buffer.from(`v${index}`),
  partition: index % PARTITIONS,
  headers: { credential: 'abc' },
});

const onTheLog = async (): Promise<number> => {
  const admin = stack.kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(`${stack.prefix}${TOPIC}`);
  await admin.disconnect();
  return ends.reduce((sum, { high }) => sum + Number(high), 0);
};

/** The first record of a partition, as it lies in the log. */
const firstOf = async (partition: number): Promise<Record<string, string>> => {
  const consumer = stack.kafka.consumer({ groupId: `${stack.prefix}first` });
  const found: Record<string, string>[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic: `${stack.prefix}${TOPIC}`, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ partition: at, message }) => {
      if (at === partition) {
        const { key, value, headers } = message;
        const credential = String(headers?.['credential']);
        found.push({ key: String(key), value: String(value), credential });
      }
      return Promise.resolve();
    },
  });
  const [first] = await until('the record', () => (found.length > 0 ? found : undefined), 30_000);
  await consumer.disconnect();
  return first ?? {};
};

describe('a producer in a thread of its own', () => {
  it('writes what it acknowledges, with keys, headers and partitions as given', async () => {
    const producer = await producerOf();
    const all = Array.from({ length: 2_000 }, (_, index) => note(index));
    await Promise.all(
      [0, 500, 1_000, 1_500].map((from) => producer.send(TOPIC, all.slice(from, from + 500))),
    );
    expect(await onTheLog()).toBe(2_000);
    expect(await firstOf(7)).toEqual({ key: 'k7', value: 'v7', credential: 'abc' });
    await producer.disconnect();
    expect(deaths).toEqual([]);
  });

  it('refuses what is open and what comes later when the thread dies, and says so', async () => {
    const producer = await producerOf();
    const worker = Reflect.get(Reflect.get(producer, 'thread') as object, 'worker') as {
      terminate: () => Promise<number>;
    };
    const open = producer.send(TOPIC, [note(3)]);
    const [outcome] = await Promise.all([
      open.then(
        () => 'written',
        (error: unknown) => (error as Unavailable).code,
      ),
      worker.terminate(),
    ]);
    expect(['written', 'KAFKA_UNAVAILABLE']).toContain(outcome);
    await expect(producer.send(TOPIC, [note(4)])).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
    });
    expect(deaths).toHaveLength(1);
  });
});
