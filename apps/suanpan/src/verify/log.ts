import { randomUUID } from 'node:crypto';

import { type Consumer, Kafka, logLevel } from 'kafkajs';

/**
 * Reads the raw topics, whole, with a reader of its own: no service's consumer, offset or codec is in the way.
 *
 * Units       offsets: bigint. Instants: microseconds. Time-outs: milliseconds.
 * Invariant   every record between a partition's start and its end at the moment of asking is read once, in order.
 */
export interface LogRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** When the log took it, in microseconds. */
  readonly timestamp: bigint;
}

export interface PartitionLog {
  readonly low: bigint;
  readonly high: bigint;
  readonly records: readonly LogRecord[];
}

export type TopicLog = ReadonlyMap<number, PartitionLog>;

export interface KafkaAccess {
  readonly brokers: readonly string[];
  readonly username: string | null;
  readonly password: string | null;
  readonly prefix: string;
}

const STALLED_MS = 60_000;
const LOOK_MS = 50;
const MICROS_PER_MILLI = 1_000n;
const FETCH_BYTES = 16 * 1_024 * 1_024;

/** A client under the auditor's name. */
export const auditorKafka = (access: KafkaAccess): Kafka =>
  new Kafka({
    clientId: 'suanpan-auditor',
    brokers: [...access.brokers],
    logLevel: logLevel.NOTHING,
    ...(access.username === null
      ? {}
      : {
          sasl: {
            mechanism: 'scram-sha-512' as const,
            username: access.username,
            password: access.password ?? '',
          },
        }),
  });

interface Growing {
  readonly low: bigint;
  readonly high: bigint;
  readonly records: LogRecord[];
}

const headersOf = (
  headers: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));

type Growth = Map<string, Map<number, Growing>>;

const offsetsOf = async (kafka: Kafka, topics: readonly string[]): Promise<Growth> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const known = new Set(await admin.listTopics());
    const growth: Growth = new Map();
    for (const topic of topics.filter((name) => known.has(name))) {
      const partitions = new Map<number, Growing>();
      const offsets = await admin.fetchTopicOffsets(topic);
      for (const { partition, low, high } of offsets.sort((a, b) => a.partition - b.partition)) {
        partitions.set(partition, { low: BigInt(low), high: BigInt(high), records: [] });
      }
      growth.set(topic, partitions);
    }
    return growth;
  } finally {
    await admin.disconnect();
  }
};

const isWhole = (growth: Growth): boolean =>
  [...growth.values()].every((partitions) =>
    [...partitions.values()].every(
      ({ low, high, records }) => low === high || (records.at(-1)?.offset ?? -1n) >= high - 1n,
    ),
  );

/** Starts the reading; resolves `done` when the last wanted record is there. */
const collect = async (consumer: Consumer, growth: Growth): Promise<void> => {
  let lastGrowth = Date.now();
  let failure: Error | null = null;
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    failure = payload.error;
  });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: true,
    eachBatch: ({ batch }) => {
      const into = growth.get(batch.topic)?.get(batch.partition);
      lastGrowth = Date.now();
      for (const { offset, key, value, headers, timestamp } of batch.messages) {
        const at = BigInt(offset);
        // A rebalance may hand out a batch again; each record is kept once.
        if (into === undefined || at >= into.high) continue;
        if (at <= (into.records.at(-1)?.offset ?? -1n)) continue;
        into.records.push({
          partition: batch.partition,
          offset: at,
          key,
          value,
          headers: headersOf(headers),
          timestamp: BigInt(timestamp) * MICROS_PER_MILLI,
        });
      }
      return Promise.resolve();
    },
  });
  while (!isWhole(growth)) {
    if (failure !== null) throw new Error('The log could not be read.', { cause: failure });
    if (Date.now() - lastGrowth > STALLED_MS) throw new Error('The log stopped before its end.');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};

/** All records of the named topics, up to their ends now; a topic that does not exist is left out. */
export const readTopics = async (
  access: KafkaAccess,
  names: readonly string[],
): Promise<ReadonlyMap<string, TopicLog>> => {
  const kafka = auditorKafka(access);
  const growth = await offsetsOf(
    kafka,
    names.map((name) => `${access.prefix}${name}`),
  );
  const topics = [...growth]
    .filter(([, partitions]) => [...partitions.values()].some(({ low, high }) => low < high))
    .map(([topic]) => topic);
  if (topics.length > 0) {
    const consumer = kafka.consumer({
      groupId: `auditor-${randomUUID()}`,
      maxBytesPerPartition: FETCH_BYTES,
      maxWaitTimeInMs: 100,
    });
    await consumer.connect();
    try {
      await consumer.subscribe({ topics, fromBeginning: true });
      await collect(consumer, growth);
    } finally {
      await consumer.disconnect();
    }
  }
  return new Map([...growth].map(([topic, log]) => [topic.slice(access.prefix.length), log]));
};

/** The records of a topic in the order of (partition, offset). */
export const recordsOf = (log: TopicLog | undefined): readonly LogRecord[] =>
  log === undefined ? [] : [...log.values()].flatMap(({ records }) => records);
