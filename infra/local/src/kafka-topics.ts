/**
 * Makes the declared topics, and halts when one that exists has another number of partitions.
 *
 * Owns        creation and the check. Which topics there are is libs/messages/src/topics.ts.
 * Invariant   the partition count of a topic never changes: keys would meet other partitions.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';
import { replicationOf } from './kafka-properties.js';
import { StackProblem } from './problem.js';

const LED_MS = 30_000;
const LOOK_MS = 100;

export interface DeclaredTopic {
  readonly name: string;
  readonly partitions: number;
  /** −1 keeps for ever. */
  readonly retentionMs: number;
  readonly config: Readonly<Record<string, string>>;
}

const toKafka = (topic: DeclaredTopic, brokers: number): ITopicConfig => {
  const { replicas, minInSync } = replicationOf(brokers);
  const settings = {
    ...topic.config,
    'retention.ms': String(topic.retentionMs),
    // Two in-sync replicas need three brokers; the declaration cannot know how many there are.
    'min.insync.replicas': String(minInSync),
  };
  return {
    topic: topic.name,
    numPartitions: topic.partitions,
    replicationFactor: replicas,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
  };
};

/**
 * Waits until every partition's leader knows that it leads. A broker names it earlier, and a batch
 * that is sent meanwhile is refused for one partition and then sent again for all.
 */
const untilLed = async (admin: Admin, topic: string): Promise<void> => {
  const end = performance.now() + LED_MS;
  for (;;) {
    try {
      await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(LOOK_MS);
    }
  }
};

/** Creates what is missing; gives the names of the topics it made. */
export const ensureTopics = async (
  admin: Admin,
  topics: readonly DeclaredTopic[],
): Promise<readonly string[]> => {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) {
    const { brokers } = await admin.describeCluster();
    const wanted = missing.map((topic) => toKafka(topic, brokers.length));
    // kafkajs' own waiting gives up where a broker has not heard of the topic yet.
    await admin.createTopics({ topics: wanted, waitForLeaders: false, timeout: 30_000 });
    await Promise.all(wanted.map(({ topic }) => untilLed(admin, topic)));
  }
  const present = topics.map(({ name }) => name).filter((name) => existing.has(name));
  const { topics: found } =
    present.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: present });
  for (const { name, partitions } of found) {
    const wanted = topics.find((topic) => topic.name === name)?.partitions;
    if (wanted !== partitions.length) {
      throw new StackProblem(
        `Topic ${name} has ${partitions.length} partitions, not ${wanted}: its messages are keyed ` +
          'to that number for ever. Move them to a new topic, or use the code that fits it.',
      );
    }
  }
  return missing.map(({ name }) => name);
};
