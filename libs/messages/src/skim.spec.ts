import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import { decodeBody } from './codec.js';
import { Cursor } from './cursor.js';
import { committedSchemas } from './generated/schemas.js';
import type { AvroField, AvroObject, AvroType } from './schema.js';
import { compileSkim } from './skim.js';
import { foreignVersion } from './versions.js';

const record = (name: string, ...fields: readonly AvroField[]): AvroObject => ({
  type: 'record',
  name,
  fields,
});
const list = (items: AvroType): AvroObject => ({ type: 'array', items });

describe('a schema that is not ours', () => {
  it.each<[string, AvroType]>([
    ['a list of nulls', list('null')],
    ['a list of empty records', list(record('E'))],
    ['a list of records of nulls', list(record('E', { name: 'n', type: 'null' }))],
    ['a list of fixeds of no bytes', list({ type: 'fixed', name: 'F', size: 0 })],
    ['recursion', record('R', { name: 'next', type: ['null', 'R'] })],
    ['recursion through a list', record('R', { name: 'next', type: list('R') })],
    ['a type without declaration', record('R', { name: 'x', type: 'Nowhere' })],
  ])('S48 is refused with %s before a byte is read', (_name, schema) => {
    expect(() => compileSkim(schema)).toThrow(expect.objectContaining({ code: 'UNSAFE_SCHEMA' }));
  });

  it('is accepted where a name is used twice, with fixed and enum', () => {
    const schema = record(
      'R',
      { name: 'a', type: { type: 'fixed', name: 'Hash', size: 4 } },
      { name: 'b', type: 'Hash' },
      { name: 'c', type: list({ type: 'enum', name: 'E', symbols: ['X', 'Y'] }) },
      { name: 'd', type: 'double' },
    );
    const value = { a: Buffer.from('abcd'), b: Buffer.from('efgh'), c: ['Y', 'X'], d: 1.5 };
    const bytes = avro.Type.forSchema(schema as unknown as avro.Schema).toBuffer(value);
    const cursor = new Cursor();
    cursor.open(bytes, 0);
    compileSkim(schema)(cursor);
    expect(cursor.left).toBe(0);
    cursor.open(bytes.subarray(0, -1), 0);
    expect(() => compileSkim(schema)(cursor)).toThrow('wanted with 7 left');
  });

  it('is refused at a branch or a symbol that it does not have', () => {
    const cursor = new Cursor();
    cursor.open(Buffer.from([4]), 0);
    expect(() => compileSkim(['null', 'int'])(cursor)).toThrow('no such branch');
  });
});

describe('B70 another version of a message', () => {
  const own = committedSchemas.find(
    ({ type }) => type === 'chain.head',
  ) as (typeof committedSchemas)[0];
  const { fields = [] } = own.schema;
  const versionWith = (...changed: readonly AvroField[]) =>
    foreignVersion({ ...own, version: 2, schema: { ...own.schema, fields: changed } });
  const written = (schema: readonly AvroField[], value: object) =>
    avro.Type.forSchema({ ...own.schema, fields: schema } as unknown as avro.Schema).toBuffer(
      value,
    );
  const value = { service: '算盘', seq: 7, hash: Buffer.from('abc'), exportedAt: 8 };
  const head = { service: '算盘', seq: 7n, hash: Buffer.from('abc'), exportedAt: 8n };

  it('with a field more is read, without that field', () => {
    const more = [...fields, { name: 'region', type: 'string' }];
    const bytes = written(more, { ...value, region: 'cn' });
    const message = decodeBody(versionWith(...more), bytes, 0);
    expect(message).toEqual({ type: 'chain.head', version: 2, value: head });
  });

  it('with an int that became a long is read', () => {
    const older = fields.map((field) => (field.name === 'seq' ? { ...field, type: 'int' } : field));
    expect(decodeBody(versionWith(...older), written(older, value), 0).value).toEqual(head);
  });

  it('without a field that we need is refused', () => {
    expect(() => versionWith(...fields.slice(1))).toThrow(
      expect.objectContaining({ code: 'SCHEMA_INCOMPATIBLE' }),
    );
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -1), 'DECODE_FAILED'],
    [
      'with a byte more',
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)]),
      'TRAILING_DATA',
    ],
  ])('%s is refused', (_name, change, code) => {
    const bytes = change(written(fields, value));
    expect(() => decodeBody(versionWith(...fields), bytes, 0)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
