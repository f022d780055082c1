import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { committedSchemas } from './generated/schemas.js';
import { topicName, topicOf, topics } from './topics.js';

describe('topics', () => {
  it('carry each message type once', () => {
    const carried = topics.flatMap(({ types }) => types).sort();
    expect(carried).toEqual([...new Set(committedSchemas.map(({ type }) => type))].sort());
    expect(topicOf('invoice.issued').name).toBe('invoice');
  });

  it('have the partitions of docs/architecture.md 4', () => {
    const partitions = Object.fromEntries(topics.map((topic) => [topic.name, topic.partitions]));
    expect(partitions).toMatchObject({ 'usage.recorded': 64, 'usage.rated': 16, 'chain.head': 1 });
    const rest = topics.filter(
      ({ name }) => !['usage.recorded', 'usage.rated', 'chain.head'].includes(name),
    );
    expect(rest.every((topic) => topic.partitions === 8)).toBe(true);
  });

  it.each(topics)('$name is kept for ever and stamped by the broker (D19, B69)', (topic) => {
    expect(topic.retentionMs).toBe(-1);
    expect(topic.config).toMatchObject({
      'retention.ms': '-1',
      'retention.bytes': '-1',
      'cleanup.policy': 'delete',
      'message.timestamp.type': 'LogAppendTime',
    });
  });

  it('B67 limit a record to what its messages may have', () => {
    const limit = (name: string) =>
      Number(topics.find((topic) => topic.name === name)?.config['max.message.bytes']);
    expect(limit('usage.recorded')).toBe(1_048_576 + 65_536);
    expect(limit('usage.rated')).toBe(8 * 1_048_576 + 65_536);
  });

  it('take a prefix in tests', () => {
    expect(topicName('t1-', 'invoice')).toBe('t1-invoice');
  });
});

interface Channel {
  readonly address: string;
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
  readonly bindings: {
    readonly kafka: {
      readonly partitions: number;
      readonly topicConfiguration: Readonly<Record<string, unknown>>;
    };
  };
}
interface AsyncApi {
  readonly asyncapi: string;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, { readonly channel: { readonly $ref: string } }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<
        string,
        { readonly name: string; readonly payload: { readonly schema: { readonly $ref: string } } }
      >
    >;
  };
}

describe('asyncapi.yaml', () => {
  const text = readFileSync(new URL('../asyncapi.yaml', import.meta.url), 'utf8');
  const api = parse(text) as AsyncApi;

  it('is of version 3 and describes exactly our topics', () => {
    expect(api.asyncapi).toMatch(/^3\./);
    expect(Object.values(api.channels).map(({ address }) => address)).toEqual(
      topics.map(({ name }) => name),
    );
  });

  it.each(topics)('says of $name what the code says', ({ name, partitions, types, config }) => {
    const [id, channel] =
      Object.entries(api.channels).find(([, { address }]) => address === name) ?? [];
    const refs = types.map((type) => ({ $ref: `#/components/messages/${type}` }));
    expect(Object.values(channel?.messages ?? {})).toEqual(refs);
    expect(channel?.bindings.kafka.partitions).toBe(partitions);
    expect(channel?.bindings.kafka.topicConfiguration).toEqual({
      'cleanup.policy': [config['cleanup.policy']],
      'retention.ms': Number(config['retention.ms']),
      'retention.bytes': Number(config['retention.bytes']),
      'max.message.bytes': Number(config['max.message.bytes']),
    });
    const sent = Object.values(api.operations).map(({ channel: { $ref } }) => $ref);
    expect(sent).toContain(`#/channels/${id}`);
  });

  it('shows the newest schema of every message', () => {
    for (const type of topics.flatMap((topic) => topic.types)) {
      const versions = committedSchemas.filter((schema) => schema.type === type);
      const file = `./schemas/${type}/v${versions.at(-1)?.version}.avsc`;
      expect(api.components.messages[type]).toMatchObject({
        name: type,
        payload: { schema: { $ref: file } },
      });
      expect(() => readFileSync(new URL(`../${file}`, import.meta.url))).not.toThrow();
    }
  });
});
