/**
 * Refuses to work with topics that differ from the one list. A service may not make topics: the
 * launcher does (infra/local/src/kafka-topics.ts).
 *
 * Invariant   partitions of a topic are fixed for ever; the broker's clock stamps records.
 * Rejections  none; Defect TOPIC_MISSING, TOPIC_PARTITIONS, TOPIC_TIMESTAMPS
 * Source      design 3.2, openmeter#5005, reliability D19
 */
import { Defect } from '@suanpan/event-sourcing';
import { topicName, topics } from '@suanpan/messages';
import type { TopicSpec } from '@suanpan/messages';
import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';

const TIMESTAMPS = 'message.timestamp.type';

const requireAll = async (
  admin: Admin,
  prefix: string,
  specs: readonly TopicSpec[],
): Promise<void> => {
  const present = new Set(await admin.listTopics());
  const missing = specs.find((spec) => !present.has(topicName(prefix, spec.name)));
  if (missing !== undefined) {
    throw new Defect('TOPIC_MISSING', `Topic ${missing.name} does not exist.`);
  }
};

const checkPartitions = async (
  admin: Admin,
  prefix: string,
  specs: readonly TopicSpec[],
): Promise<void> => {
  const { topics: found } = await admin.fetchTopicMetadata({
    topics: specs.map((spec) => topicName(prefix, spec.name)),
  });
  const counts = new Map(found.map((topic) => [topic.name, topic.partitions.length]));
  for (const spec of specs) {
    const count = counts.get(topicName(prefix, spec.name)) ?? 0;
    if (count !== spec.partitions) {
      throw new Defect(
        'TOPIC_PARTITIONS',
        `Topic ${spec.name} has ${count} partitions, not ${spec.partitions}.`,
      );
    }
  }
};

const checkTimestamps = async (
  admin: Admin,
  prefix: string,
  specs: readonly TopicSpec[],
): Promise<void> => {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: specs.map((spec) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: topicName(prefix, spec.name),
      configNames: [TIMESTAMPS],
    })),
  });
  for (const { resourceName, configEntries } of resources) {
    const value = configEntries.find((entry) => entry.configName === TIMESTAMPS)?.configValue;
    if (value !== 'LogAppendTime') {
      throw new Defect('TOPIC_TIMESTAMPS', `Topic ${resourceName} is stamped by ${value}.`);
    }
  }
};

/** Halts a start on topics that are missing or differ from the list. */
export const checkTopics = async (
  admin: Admin,
  prefix: string,
  specs: readonly TopicSpec[] = topics,
): Promise<void> => {
  await requireAll(admin, prefix, specs);
  await checkPartitions(admin, prefix, specs);
  await checkTimestamps(admin, prefix, specs);
};
