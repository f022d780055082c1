/**
 * What kafkajs and the broker can do with the same records, and nothing else around them.
 *
 * Shape       the producer's and the consumer's settings are those of libs/platform/kafka.
 */
import { ensureTopics, StackProblem, withAdmin } from '@suanpan/local-stack';
import { topics } from '@suanpan/messages';
import kafkajs, { type Consumer, type Producer } from 'kafkajs';

import type { Bench } from './bench.js';
import { type Figure, perSecond } from './figures.js';
import { eventAt, type LogEntry, toRecord } from './workload.js';

export const USAGE_TOPIC = 'usage.recorded';
const LIMIT_TOPIC = 'bench.limit';
const IN_FLIGHT = 5;
const SEND_RECORDS = 1_000;
const WARM_UP_MAX = 10_000;
const MIB = 1_048_576;
const PATIENCE_MS = 120_000;
const ACKS_ALL = -1;

/** Records of events `from` to `end`, encoded beforehand. */
export const recordsOf = (from: number, end: number, round: number): readonly LogEntry[] =>
  Array.from({ length: end - from }, (_, index) => toRecord(eventAt(from + index, round)));

const sendAll = async (
  producer: Producer,
  topic: string,
  records: readonly LogEntry[],
): Promise<number> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < records.length) {
      const messages = records.slice(next, next + SEND_RECORDS);
      next += SEND_RECORDS;
      await producer.sendBatch({
        acks: ACKS_ALL,
        topicMessages: [{ topic, messages: messages.map((one) => ({ ...one, headers: {} })) }],
      });
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return (performance.now() - begun) / 1_000;
};

const withProducer = async <T>(
  { kafka }: Bench,
  work: (producer: Producer) => Promise<T>,
): Promise<T> => {
  const producer = kafka.producer({
    idempotent: false,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  try {
    return await work(producer);
  } finally {
    await producer.disconnect();
  }
};

/** Puts records on the real topic without the door: for rounds that only rate. */
export const fillLog = (bench: Bench, records: readonly LogEntry[]): Promise<number> =>
  withProducer(bench, (producer) => sendAll(producer, USAGE_TOPIC, records));

const makeTopic = async ({ stack }: Bench): Promise<void> => {
  const usage = topics.find(({ name }) => name === USAGE_TOPIC);
  if (usage === undefined) throw new StackProblem(`${USAGE_TOPIC} is not declared.`);
  await withAdmin(stack.kafka, (admin) => ensureTopics(admin, [{ ...usage, name: LIMIT_TOPIC }]));
};

/** Acknowledged records a second. */
export const measureProduce = async (
  bench: Bench,
  records: readonly LogEntry[],
): Promise<Figure> => {
  await makeTopic(bench);
  return withProducer(bench, async (producer) => {
    await sendAll(producer, LIMIT_TOPIC, records.slice(0, WARM_UP_MAX));
    return perSecond(records.length, await sendAll(producer, LIMIT_TOPIC, records));
  });
};

interface Seen {
  count: number;
  /** The consumer has its partitions: the first fetch is in the window. */
  joined: number | null;
  last: number;
}

const readAll = async (consumer: Consumer, count: number): Promise<Seen> => {
  const seen: Seen = { count: 0, joined: null, last: 0 };
  consumer.on(consumer.events.GROUP_JOIN, () => {
    seen.joined ??= performance.now();
  });
  await consumer.connect();
  await consumer.subscribe({ topic: LIMIT_TOPIC, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('The log is not read.')), PATIENCE_MS);
    const run = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 64,
      eachBatch: ({ batch, resolveOffset }) => {
        seen.count += batch.messages.length;
        seen.last = performance.now();
        resolveOffset(batch.lastOffset());
        if (seen.count >= count) {
          clearTimeout(late);
          resolve();
        }
        return Promise.resolve();
      },
    });
    run.catch(reject);
  });
  return seen;
};

/** Records a second through an empty eachBatch, from the assignment to the last batch. */
export const measureConsume = async (bench: Bench, produced: number): Promise<Figure> => {
  const consumer = bench.kafka.consumer({
    groupId: 'bench-limit',
    maxBytesPerPartition: MIB,
    maxBytes: 16 * MIB,
    minBytes: 1,
    maxWaitTimeInMs: 250,
    allowAutoTopicCreation: false,
  });
  try {
    const { count, joined, last } = await readAll(consumer, produced);
    return joined === null ? null : perSecond(count, (last - joined) / 1_000);
  } finally {
    await consumer.disconnect();
  }
};

/** How many records `measureProduce` leaves for `measureConsume`. */
export const producedFor = (events: number): number => events + Math.min(events, WARM_UP_MAX);
