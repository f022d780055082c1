import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { ensureTopics, withAdmin, attachStack } from '@suanpan/local-stack';
import { submittedSpec } from '@suanpan/messages';
import kafkajs from 'kafkajs';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { WITHHELD_HEADER } from './withheld-records.js';

let stack: TestStack;
let topic: string;

beforeAll(async () => {
  stack = await testStack({ topics: ['usage.refused'] });
  const spec = submittedSpec({ tenant: 'shantou', centre: 'gz' });
  topic = `${stack.prefix}${spec.name}`;
  const { kafka } = await attachStack();
  await withAdmin(kafka, (admin) => ensureTopics(admin, [{ ...spec, name: topic, partitions: 1 }]));
}, 120_000);
afterAll(() => stack.dispose());

interface Sent {
  readonly value: string;
  readonly headers?: IHeaders;
}

/** One batch of the log. */
const write = async (messages: readonly Sent[]): Promise<void> => {
  const producer = stack.kafka.producer({ idempotent: false });
  await producer.connect();
  await producer.send({
    topic,
    compression: kafkajs.CompressionTypes.GZIP,
    messages: messages.map((message) => ({ ...message, partition: 0 })),
  });
  await producer.disconnect();
};

const readAll = async (count: number): Promise<readonly KafkaMessage[]> => {
  const seen: KafkaMessage[] = [];
  const consumer = stack.kafka.consumer({ groupId: `${stack.prefix}bounded-${count}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      seen.push(message);
      return Promise.resolve();
    },
  });
  await until(`${count} records`, () => (seen.length >= count ? seen : undefined), 40_000);
  await consumer.disconnect();
  return seen;
};

const withheldOf = ({ headers }: KafkaMessage): string | undefined =>
  headers?.[WITHHELD_HEADER]?.toString();

describe('B67 a compressed batch that would fill the memory', () => {
  it('is withheld record by record, its offsets stay whole, and what follows is read', async () => {
    await write([{ value: 'before' }]);
    const bomb = '0'.repeat(12_000_000);
    await write([{ value: bomb }, { value: bomb }, { value: 'small' }]);
    await write([{ value: 'after' }]);
    const before = process.memoryUsage.rss();
    const seen = await readAll(5);
    expect(seen.map(({ offset }) => offset)).toEqual(['0', '1', '2', '3', '4']);
    expect(seen.map(withheldOf)).toEqual([
      ...[undefined, 'INFLATED_LIMIT', 'INFLATED_LIMIT', 'INFLATED_LIMIT', undefined],
    ]);
    expect(seen[0]?.value?.toString()).toBe('before');
    expect(seen[4]?.value?.toString()).toBe('after');
    // What was sent is kept, as it was sent.
    expect(seen[1]?.value?.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(process.memoryUsage.rss() - before).toBeLessThan(120 * 1_048_576);
  }, 60_000);

  it('a record of thousands of headers is withheld alone', async () => {
    const headers = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`h${index}`, 'x']),
    );
    await write([
      { value: 'a' },
      { value: 'flood', headers },
      { value: 'b', headers: { one: '1' } },
    ]);
    const began = performance.now();
    const seen = (await readAll(8)).slice(5);
    expect(seen.map(withheldOf)).toEqual([undefined, 'HEADER_LIMIT', undefined]);
    expect(seen[0]?.value?.toString()).toBe('a');
    expect(seen[2]?.headers?.['one']?.toString()).toBe('1');
    expect(performance.now() - began).toBeLessThan(20_000);
  }, 60_000);
});
