import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Malformed } from '@suanpan/event-sourcing';
import avro from 'avsc';
import fc from 'fast-check';
import { readAvroCloudEvent } from './cloud-event.js';
import { centreUser, submittedSpec, submittedTopic } from './submitted.js';

/** The schema as CloudEvents publishes it, read by a library that shares nothing with ours. */
const schema = readFileSync(
  new URL('../../../test/fixtures/cloudevents/cloudevents.avsc', import.meta.url),
  'utf8',
);
const type = avro.Type.forSchema(JSON.parse(schema) as avro.Schema, { wrapUnions: true });
const attribute = (value: unknown): object => {
  if (typeof value === 'string') return { string: value };
  return typeof value === 'number' ? { int: value } : { boolean: value };
};
const written = (attributes: Readonly<Record<string, unknown>>, data: unknown): Buffer =>
  type.toBuffer({
    attribute: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, attribute(value)]),
    ),
    data,
  });
const codeOf = (bytes: Buffer): string => {
  try {
    readAvroCloudEvent(bytes);
    return 'read';
  } catch (error) {
    if (error instanceof Malformed) return error.code;
    throw error;
  }
};

const attributes = { specversion: '1.0', id: 'a', sampled: true, weight: -7 };
const data = Buffer.from('{"tokens":{"input":9007199254740993}}');
const whole = written(attributes, { bytes: data });

describe('a CloudEvent in Avro', () => {
  it('is read as another library has written it, its data byte for byte', () => {
    expect(readAvroCloudEvent(whole)).toEqual({ attributes, data });
    const asText = written(attributes, { string: data.toString() });
    expect(readAvroCloudEvent(asText).data).toEqual(data);
    expect(readAvroCloudEvent(written({ id: 'b' }, null))).toEqual({
      ...{ attributes: { id: 'b' }, data: null },
    });
  });

  it('any attributes and data come back', () => {
    const values = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    );
    const names = fc.stringMatching(/^[a-z0-9]{1,20}$/);
    fc.assert(
      fc.property(fc.dictionary(names, values), fc.uint8Array(), (given, bytes) => {
        const read = readAvroCloudEvent(written(given, { bytes: Buffer.from(bytes) }));
        expect({ ...read.attributes }).toEqual({ ...given });
        expect(read.data).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it.each([
    ['B61 no byte', 'DECODE_FAILED', Buffer.alloc(0)],
    ['B61 JSON', 'DECODE_FAILED', Buffer.from('{"specversion":"1.0"}')],
    ['B61 one that is cut off', 'DECODE_FAILED', whole.subarray(0, -1)],
    ['B64 a byte behind it', 'TRAILING_DATA', Buffer.concat([whole, Buffer.from([0])])],
    ['data as doubles', 'DATA_NOT_READ', written({ id: 'a' }, { double: 1.5 })],
    ['a million attributes in four bytes', 'DECODE_FAILED', Buffer.from([0x80, 0x89, 0x7a, 0])],
  ])('%s is %s', (_name, code, bytes) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it('of any bytes is read or refused, soon', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof codeOf(Buffer.from(bytes))).toBe('string');
      }),
      { numRuns: 10_000 },
    );
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        expect(typeof codeOf(changed)).toBe('string');
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('the topic of a centre', () => {
  it('names the tenant and the centre', () => {
    const whose = { tenant: 'shantou', centre: 'eastern-guangdong' };
    expect(submittedTopic(whose)).toBe('usage.submitted.shantou.eastern-guangdong');
    expect(centreUser(whose)).toBe('centre.shantou.eastern-guangdong');
  });

  it('R21 is written in gzip by the broker, which stamps it', () => {
    const { config } = submittedSpec({ tenant: 'a', centre: 'b' });
    expect(config).toMatchObject({
      'compression.type': 'gzip',
      'message.timestamp.type': 'LogAppendTime',
    });
  });

  it.each(['', 'a b', '../x', 'a'.repeat(65), '*'])('is none for a centre %j', (centre) => {
    expect(() => submittedTopic({ tenant: 'shantou', centre })).toThrow(Malformed);
  });
});
