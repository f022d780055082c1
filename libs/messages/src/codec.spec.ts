import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import fc from 'fast-check';
import { bigLong } from './big-long.js';
import { decode, decodeBody, encode, type MessageType } from './codec.js';
import { committedSchemas } from './generated/schemas.js';
import type { MessageMap, UsageRecorded } from './generated/types.js';
import { isObject, type AvroType } from './schema.js';
import { foreignVersion } from './versions.js';

const text = fc.string({
  unit: fc.constantFrom('a', 'é', '算', '🧮', ' ', '\u0000'),
  maxLength: 80,
});
const key = text.filter((value) => value !== '__proto__');
const simple: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: text,
  long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  int: fc.integer(),
  boolean: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  null: fc.constant(null),
};

/** Any value of a schema. */
const valueOf = (schema: AvroType): fc.Arbitrary<unknown> => {
  if (typeof schema === 'string') return simple[schema] as fc.Arbitrary<unknown>;
  if (!isObject(schema)) return fc.oneof(...schema.map(valueOf));
  if (schema.type === 'array') return fc.array(valueOf(schema.items ?? ''), { maxLength: 5 });
  if (schema.type === 'map') {
    return fc.dictionary(key, valueOf(schema.values ?? ''), { maxKeys: 5, noNullPrototype: true });
  }
  if (schema.type !== 'record') return valueOf(schema.type);
  return fc.record(
    Object.fromEntries((schema.fields ?? []).map((field) => [field.name, valueOf(field.type)])),
    { noNullPrototype: true },
  );
};

const avroType = (schema: AvroType): avro.Type =>
  avro.Type.forSchema(schema as unknown as avro.Schema, {
    typeHook: (inner) =>
      inner === 'long' || (typeof inner === 'object' && 'type' in inner && inner.type === 'long')
        ? bigLong
        : undefined,
    omitRecordMethods: true,
  });

const newest = committedSchemas.filter(
  ({ type, version }) =>
    !committedSchemas.some((other) => other.type === type && other.version > version),
);
const cases = newest.map(({ type, version, schema }) => ({
  type: type as MessageType,
  version,
  schema,
}));

describe('encode, then decode', () => {
  it.each(cases)('gives any $type back', ({ type, version, schema }) => {
    fc.assert(
      fc.property(valueOf(schema), (value) => {
        const back = decode(encode(type, value as MessageMap[typeof type]));
        expect(back).toEqual({ type, version, value });
      }),
      { numRuns: 50 },
    );
  });

  it.each(cases)('writes and reads $type byte for byte as avsc does', ({ type, schema }) => {
    const reference = avroType(schema);
    fc.assert(
      fc.property(valueOf(schema), (value) => {
        const ours = encode(type, value as MessageMap[typeof type]).subarray(10);
        expect(ours.equals(reference.toBuffer(value))).toBe(true);
        expect(decode(encode(type, reference.fromBuffer(ours) as never)).value).toEqual(value);
      }),
      { numRuns: 30 },
    );
  });

  it.each(cases)('reads $type by its own schema as an older version is read', (version) => {
    const foreign = foreignVersion(version);
    fc.assert(
      fc.property(valueOf(version.schema), (value) => {
        const body = encode(version.type, value as never).subarray(10);
        expect(decodeBody(foreign, body, 0)).toEqual(decode(encode(version.type, value as never)));
      }),
      { numRuns: 20 },
    );
  });

  const least = {
    tenant: 'shantou',
    source: 's',
    id: 'i',
    time: 0n,
    contract: 'c',
    buyer: 'b',
    centre: 'z',
    modelOrdered: 'm',
    kinds: { input: 1n },
  };

  it('fills in the defaults of what a sender leaves out', () => {
    const { value } = decode(encode('usage.recorded', least));
    expect(value).toMatchObject({ ...least, upstream: null, metadata: {}, extensions: {} });
    expect(Object.values(value)).not.toContain(undefined);
  });

  it.each([
    2n ** 53n + 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 52n,
    -(2n ** 52n),
    2n ** 49n - 1n,
    2n ** 48n,
    0n,
  ])('B65 keeps the long %s exactly', (time) => {
    const back = decode(encode('usage.recorded', { ...least, time })).value as UsageRecorded;
    expect(back.time).toBe(time);
  });

  it('shares nothing with the bytes that it was read from', () => {
    const head = { service: 'pricing', seq: 1n, hash: Buffer.from('abc'), exportedAt: 2n };
    const bytes = encode('chain.head', head);
    const { value } = decode(bytes);
    bytes.fill(0);
    expect(value).toEqual(head);
  });

  it.each<[string, object]>([
    ['a number as a long', { time: 1 }],
    ['a long over 64 bits', { time: 2n ** 63n }],
    ['a missing field', { tenant: undefined }],
    ['a number as a text', { tenant: 7 }],
    ['half a surrogate pair', { id: 'a\ud800' }],
    ['a list as a map', { metadata: null as never, kinds: 'x' as never }],
    ['a text as a flag', { kindsIncomplete: 'yes' }],
    ['a key that changes objects', { metadata: JSON.parse('{"__proto__":"x"}') as object }],
  ])('refuses to write %s: a defect of ours', (_name, change) => {
    expect(() => encode('usage.recorded', { ...least, ...change })).toThrow(
      expect.objectContaining({ name: 'Defect', code: 'ENCODE_FAILED' }),
    );
  });

  it.each<[string, object]>([
    ['an int over 32 bits', { version: 2 ** 31 }],
    ['a fraction', { version: 1.5 }],
    ['a text as a list', { contracts: 'all' }],
  ])('refuses to write %s', (_name, change) => {
    const agreement = {
      ...{ tenant: 't', agreement: 'a', version: 1, currency: 'CNY', effectiveFrom: 0n },
      ...{ contracts: [], steps: [] },
    };
    expect(encode('agreement.signed', agreement).length).toBeGreaterThan(10);
    expect(() => encode('agreement.signed', { ...agreement, ...change })).toThrow('Not a');
  });

  it('refuses to write more than a message may have, and writes what just fits', () => {
    const head = { service: '', seq: 0n, exportedAt: 0n };
    const rest = encode('chain.head', { ...head, hash: Buffer.alloc(0) }).length + 2;
    const fits = encode('chain.head', { ...head, hash: Buffer.alloc(1_048_576 - rest) });
    expect(fits.length).toBe(1_048_576);
    expect(decode(fits).type).toBe('chain.head');
    expect(() => encode('chain.head', { ...head, hash: Buffer.alloc(1_048_577 - rest) })).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }),
    );
  });
});
