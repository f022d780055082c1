import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Defect } from '@suanpan/event-sourcing';
import { topics } from '@suanpan/messages';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { createKafka } from './client.js';
import { LogProducer } from './log-producer.js';
import { KafkaProxy } from './proxy-harness.js';
import type { LogRecord } from './send-queue.js';
import { checkTopics } from './topic-setup.js';

jest.setTimeout(60_000);

const TOPIC = 'usage.recorded';

let stack: TestStack;
let proxy: KafkaProxy;
beforeAll(async () => {
  stack = await testStack({ topics: [TOPIC, 'usage.refused'] });
  proxy = new KafkaProxy();
  await proxy.open();
}, 60_000);
afterAll(async () => {
  await proxy.close();
  await stack.dispose();
}, 60_000);

const throughProxy = () => proxy.through(stack.env);

const producerOf = async (kafka = stack.kafka, waitingBytesMax?: number): Promise<LogProducer> => {
  const producer = new LogProducer({
    kafka,
    prefix: stack.prefix,
    ...(waitingBytesMax === undefined ? {} : { waitingBytesMax }),
  });
  await producer.connect();
  return producer;
};

const note = (text: string, partition?: number): LogRecord => ({
  key: Buffer.from(text),
  value: Buffer.from(text),
  ...(partition === undefined ? {} : { partition }),
});

/** Reads a topic from its first to its last record. */
const readAll = async (topic: string): Promise<Map<number, string[]>> => {
  const name = `${stack.prefix}${topic}`;
  const admin = stack.kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(name);
  await admin.disconnect();
  const total = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const consumer = stack.kafka.consumer({ groupId: `${stack.prefix}read-${Math.trunc(total)}` });
  const read = new Map<number, string[]>();
  let count = 0;
  await consumer.connect();
  await consumer.subscribe({ topic: name, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ partition, message }) => {
      read.set(partition, [...(read.get(partition) ?? []), message.value?.toString() ?? '']);
      count += 1;
      return Promise.resolve();
    },
  });
  await until('the whole topic', () => (count >= total ? true : undefined));
  await consumer.disconnect();
  return read;
};

describe('the producer', () => {
  it('writes what it acknowledges, to the given partition or the key’s', async () => {
    const producer = await producerOf();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        producer.send(TOPIC, [note(`a${index}`, index % 64)]),
      ),
    );
    await producer.send(
      TOPIC,
      Array.from({ length: 5_000 }, (_, index) => note(`b${index}`)),
    );
    await producer.disconnect();
    const read = await readAll(TOPIC);
    expect(read.get(7)).toContain('a7');
    // A topic that is seconds old may answer "not the leader yet": a few are then written twice.
    expect(new Set([...read.values()].flat()).size).toBe(5_050);
  }, 60_000);

  it('acked but lost is 0: swallowed responses make duplicates, never losses (reliability 1)', async () => {
    const producer = await producerOf(throughProxy());
    const acked: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      proxy.swallow = 1;
      const sends = Array.from({ length: 20 }, async (_, index) => {
        const text = `lost-${round}-${index}`;
        await producer.send('usage.refused', [note(text, 0)]);
        acked.push(text);
      });
      await Promise.allSettled(sends);
    }
    await producer.disconnect();
    expect(proxy.swallowed).toBe(5);
    const log = (await readAll('usage.refused')).get(0) ?? [];
    expect(acked.length).toBe(100);
    expect(acked.filter((text) => !log.includes(text))).toEqual([]);
    expect(log.length).toBeGreaterThan(acked.length);
  }, 90_000);

  it('F10, F11 is Unavailable within about 10 s when the broker answers nothing', async () => {
    const producer = await producerOf(throughProxy());
    proxy.frozen = true;
    const begun = performance.now();
    // More than fit into the requests on their way: those that wait for a place are told as well.
    const many = Array.from({ length: 20 }, (_, index) =>
      producer.send(TOPIC, [{ ...note(`frozen-${index}`), value: Buffer.alloc(900_000) }]),
    );
    for (const send of await Promise.allSettled(many)) {
      expect(send).toMatchObject({ status: 'rejected', reason: { code: 'KAFKA_UNAVAILABLE' } });
    }
    expect(performance.now() - begun).toBeLessThan(13_000);
    proxy.frozen = false;
    await until('the broker answers again', () =>
      producer.send(TOPIC, [note('thawed')]).then(
        () => true,
        () => undefined,
      ),
    );
    await producer.disconnect();
  }, 60_000);

  it('is Unavailable at once when too much already waits', async () => {
    const producer = await producerOf(throughProxy(), 1_000_000);
    proxy.frozen = true;
    const big = (index: number): LogRecord => ({
      ...note(`${index}`),
      value: Buffer.alloc(200_000),
    });
    const sends = Array.from({ length: 20 }, (_, index) => producer.send(TOPIC, [big(index)]));
    const begun = performance.now();
    const first = await Promise.race(sends.map((send) => send.catch((error: unknown) => error)));
    expect(first).toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    expect(performance.now() - begun).toBeLessThan(1_000);
    await Promise.allSettled(sends);
    proxy.frozen = false;
    await producer.disconnect();
  }, 60_000);

  it('is Unavailable when no broker is there', async () => {
    const kafka = createKafka({ KAFKA_BROKERS: '127.0.0.1:1' });
    await expect(producerOf(kafka)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
  }, 60_000);

  it('writes what was sent before it is disconnected, also what still waits for a place', async () => {
    const producer = await producerOf();
    const sends = Array.from({ length: 12 }, (_, index) =>
      producer.send('usage.refused', [
        { ...note(`last-${index}`, 1), value: Buffer.alloc(900_000, `last-${index}.`) },
      ]),
    );
    await producer.disconnect();
    const outcomes = await Promise.allSettled(sends);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['fulfilled']));
  }, 60_000);

  it('is a Defect when the log refuses a record whatever is tried, and the next send works', async () => {
    const producer = await producerOf();
    const huge = { ...note('huge'), value: Buffer.alloc(3_000_000) };
    await expect(producer.send('usage.refused', [huge])).rejects.toThrow(Defect);
    await producer.send('usage.refused', [note('after')]);
    await producer.disconnect();
  }, 60_000);
});

const codeOfDefect = (error: unknown): string | undefined =>
  error instanceof Defect ? error.code : undefined;

describe('checkTopics', () => {
  it('halts on a topic that is missing, and on another number of partitions', async () => {
    const admin = stack.kafka.admin();
    await admin.connect();
    await expect(checkTopics(admin, stack.prefix)).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    await admin.createTopics({
      topics: [{ topic: `${stack.prefix}quota`, numPartitions: 3 }],
    });
    const quota = topics.filter(({ name }) => name === 'quota');
    await expect(checkTopics(admin, stack.prefix, quota)).rejects.toMatchObject({
      code: 'TOPIC_PARTITIONS',
    });
    await admin.disconnect();
  }, 60_000);

  it('openmeter#5005 halts on a topic that senders’ clocks stamp', async () => {
    const admin = stack.kafka.admin();
    await admin.connect();
    const spec = {
      name: 'stamped',
      partitions: 1,
      retentionMs: -1,
      key: '',
      writer: '',
      types: [],
      config: {},
    };
    await admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic: `${stack.prefix}stamped`,
          numPartitions: 1,
          configEntries: [{ name: 'message.timestamp.type', value: 'CreateTime' }],
        },
      ],
    });
    const code = await until('the topic is there and refused', async () => {
      const found = await checkTopics(admin, stack.prefix, [spec]).catch(codeOfDefect);
      return typeof found === 'string' && found !== 'TOPIC_MISSING' ? found : undefined;
    });
    expect(code).toBe('TOPIC_TIMESTAMPS');
    await admin.disconnect();
  }, 60_000);
});

const ROOT = join(import.meta.dirname, '../../../..');

const sources = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return ['node_modules', 'dist'].includes(entry.name) ? [] : sources(path);
    }
    return /(?<!\.spec)\.ts$/.test(entry.name) ? [path] : [];
  });

describe('every source of ours', () => {
  it('D04, D05 never asks kafkajs for its idempotent mode or for transactions', () => {
    const all = ['libs', 'apps', 'infra'].flatMap(sources);
    expect(all.length).toBeGreaterThan(50);
    const guilty = all.filter((path) =>
      /idempotent:\s*true|transactionalId\s*:|allowAutoTopicCreation:\s*true|autoCommit:\s*true/.test(
        readFileSync(join(ROOT, path), 'utf8'),
      ),
    );
    expect(guilty).toEqual([]);
  });
});
