/** Reads a topic of the suite as it grows. */
import { randomBytes } from 'node:crypto';
import { decode } from '@suanpan/messages';
import type { MessageOf, MessageType } from '@suanpan/messages';
import { createAdmin } from '@suanpan/platform-kafka';
import { until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import type { Admin, Consumer } from 'kafkajs';

export interface Seen<T extends MessageType> {
  readonly partition: number;
  readonly key: string;
  readonly value: MessageOf<T>;
}

export class LogWatch<T extends MessageType> {
  readonly seen: Seen<T>[] = [];
  private readonly consumer: Consumer;

  constructor(
    private readonly stack: TestStack,
    private readonly topic: T,
  ) {
    const groupId = `${stack.prefix}watch-${randomBytes(4).toString('hex')}`;
    this.consumer = stack.kafka.consumer({ groupId });
  }

  async start(): Promise<void> {
    await this.consumer.connect();
    const topic = `${this.stack.prefix}${this.topic}`;
    await this.consumer.subscribe({ topics: [topic], fromBeginning: true });
    await this.consumer.run({
      eachMessage: ({ partition, message }) => {
        const { value } = decode(message.value);
        const key = message.key?.toString('hex') ?? '';
        this.seen.push({ partition, key, value: value as MessageOf<T> });
        return Promise.resolve();
      },
    });
  }

  /** Waits until `count` records match. */
  async find(match: (value: MessageOf<T>) => boolean, count = 1): Promise<readonly Seen<T>[]> {
    return until(`${count} records on ${this.topic}`, () => {
      const found = this.seen.filter(({ value }) => match(value));
      return found.length >= count ? found : undefined;
    });
  }

  async stop(): Promise<void> {
    await this.consumer.disconnect();
  }
}

const admins = new WeakMap<TestStack, Promise<Admin>>();

const adminOf = (stack: TestStack): Promise<Admin> => {
  const known = admins.get(stack) ?? createAdmin(stack.kafka);
  admins.set(stack, known);
  return known;
};

/** How many records lie in each topic. */
export const countRecords = async (
  stack: TestStack,
  topics: readonly string[],
): Promise<Readonly<Record<string, number>>> => {
  const admin = await adminOf(stack);
  const counted = topics.map(async (topic): Promise<[string, number]> => {
    const offsets = await admin.fetchTopicOffsets(`${stack.prefix}${topic}`);
    return [topic, offsets.reduce((sum, { high }) => sum + Number(high), 0)];
  });
  return Object.fromEntries(await Promise.all(counted));
};

/** Ends what `countRecords` has opened. */
export const endCounting = async (stack: TestStack): Promise<void> => {
  await (await admins.get(stack))?.disconnect();
};
