/**
 * Reads topics from their first record up to given offsets, once.
 *
 * Units       milliseconds
 * Invariant   records of a partition come in order and each once; nothing from beyond its end does.
 * Rejections  none; Unavailable LOG_STALLED when the log gives nothing any more
 * Source      design ruling R2
 */
import { Unavailable } from '@suanpan/event-sourcing';
import { topicName } from '@suanpan/messages';
import type { EachBatchPayload, IHeaders, Kafka, KafkaMessage } from 'kafkajs';

export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where reading ends: one past the last record of a partition. */
export interface ReadEnd {
  readonly topic: string;
  readonly partition: number;
  readonly end: bigint;
}

interface ReadOptions {
  readonly kafka: Kafka;
  readonly prefix: string;
  /** A group that nobody else uses. */
  readonly groupId: string;
  readonly ends: readonly ReadEnd[];
  readonly apply: (records: readonly ReadRecord[]) => Promise<void>;
}

const STALLED_MS = 60_000;
const STEP_MS = 50;

const textOf = (value: IHeaders[string]): string => {
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined ? '' : first.toString();
};

const toRecord = (topic: string, partition: number, message: KafkaMessage): ReadRecord => ({
  topic,
  partition,
  offset: BigInt(message.offset),
  value: message.value,
  headers: Object.fromEntries(
    Object.entries(message.headers ?? {}).map(([name, value]) => [name, textOf(value)]),
  ),
});

class Reading {
  failure: unknown;
  activeAt = performance.now();
  private readonly next = new Map<string, bigint>();
  private readonly ends: ReadonlyMap<string, bigint>;

  constructor(private readonly options: ReadOptions) {
    this.ends = new Map(
      options.ends
        .filter(({ end }) => end > 0n)
        .map(({ topic, partition, end }) => [`${topic}/${partition}`, end]),
    );
  }

  get topics(): readonly string[] {
    return [...new Set([...this.ends.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))))];
  }

  isThere(): boolean {
    return [...this.ends].every(([key, end]) => (this.next.get(key) ?? 0n) >= end);
  }

  async take({ batch, resolveOffset, heartbeat, pause }: EachBatchPayload): Promise<void> {
    const topic = batch.topic.slice(this.options.prefix.length);
    const key = `${topic}/${batch.partition}`;
    const end = this.ends.get(key) ?? 0n;
    const next = this.next.get(key) ?? 0n;
    const records = batch.messages
      .map((message) => toRecord(topic, batch.partition, message))
      .filter(({ offset }) => offset >= next && offset < end);
    const last = records.at(-1);
    if (last !== undefined) {
      await this.options.apply(records);
      this.next.set(key, last.offset + 1n);
      resolveOffset(last.offset.toString());
      this.activeAt = performance.now();
    }
    if ((this.next.get(key) ?? 0n) >= end) pause();
    await heartbeat();
  }
}

const finished = async (reading: Reading): Promise<void> => {
  while (!reading.isThere()) {
    if (reading.failure !== undefined) throw reading.failure;
    if (performance.now() - reading.activeAt > STALLED_MS) {
      throw new Unavailable('LOG_STALLED', 'The log gives nothing any more.');
    }
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
};

/** Resolves when everything before the ends has been applied. */
export const readTopics = async (options: ReadOptions): Promise<void> => {
  const reading = new Reading(options);
  if (reading.isThere()) return;
  const consumer = options.kafka.consumer({ groupId: options.groupId });
  await consumer.connect();
  try {
    await consumer.subscribe({
      topics: reading.topics.map((topic) => topicName(options.prefix, topic)),
      fromBeginning: true,
    });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        if (reading.failure !== undefined) return;
        await reading.take(payload).catch((error: unknown) => {
          reading.failure = error;
        });
      },
    });
    await finished(reading);
  } finally {
    await consumer.disconnect();
  }
};
