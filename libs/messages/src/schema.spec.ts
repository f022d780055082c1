import { describe, expect, it } from '@jest/globals';
import { canonicalForm, fingerprintOf, rabin, type AvroType } from './schema.js';

const field = (name: string, type: AvroType) => ({ name, type });

describe('rabin', () => {
  it.each([
    ['"null"', 7_195_948_357_588_979_594n],
    ['"boolean"', -6_970_731_678_124_411_036n],
    ['"int"', 8_247_732_601_305_521_295n],
    ['"long"', -3_434_872_931_120_570_953n],
    ['"float"', 5_583_340_709_985_441_680n],
    ['"double"', -8_181_574_048_448_539_266n],
    ['"bytes"', 5_746_618_253_357_095_269n],
    ['"string"', -8_142_146_995_180_207_161n],
    ['[]', -1_241_056_759_729_112_623n],
    ['["int","boolean"]', 5_392_556_393_470_105_090n],
  ])('gives the known fingerprint of %s', (text, fingerprint) => {
    expect(BigInt.asIntN(64, rabin(text))).toBe(fingerprint);
  });
});

describe('canonicalForm', () => {
  it.each<[string, AvroType, string, bigint]>([
    [
      'a record',
      { type: 'record', name: 'foo', fields: [] },
      '{"name":"foo","type":"record","fields":[]}',
      -4_824_392_279_771_201_922n,
    ],
    [
      'a namespace',
      { type: 'record', name: 'foo', namespace: 'x.y', fields: [] },
      '{"name":"x.y.foo","type":"record","fields":[]}',
      5_916_914_534_497_305_771n,
    ],
    [
      'a full name, which wins over the namespace',
      { type: 'record', name: 'a.b.foo', namespace: 'x.y', fields: [] },
      '{"name":"a.b.foo","type":"record","fields":[]}',
      -4_616_218_487_480_524_110n,
    ],
    [
      'fields without defaults and order',
      {
        type: 'record',
        name: 'foo',
        fields: [field('f1', 'boolean'), field('f2', { type: 'int' })],
      },
      '{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"},{"name":"f2","type":"int"}]}',
      -4_860_222_112_080_293_046n,
    ],
    [
      'a fixed',
      { type: 'fixed', name: 'foo', size: 15 },
      '{"name":"foo","type":"fixed","size":15}',
      1_756_455_273_707_447_556n,
    ],
    [
      'an enum',
      { type: 'enum', name: 'foo', symbols: ['A1'] },
      '{"name":"foo","type":"enum","symbols":["A1"]}',
      -6_342_190_197_741_309_591n,
    ],
    [
      'an array',
      { type: 'array', items: { type: 'null' } },
      '{"type":"array","items":"null"}',
      -589_620_603_366_471_059n,
    ],
    [
      'a map',
      { type: 'map', values: 'string' },
      '{"type":"map","values":"string"}',
      -8_732_877_298_790_414_990n,
    ],
  ])('of %s is as the test suite of Avro says', (...[, schema, form, fingerprint]) => {
    expect(canonicalForm(schema)).toBe(form);
    expect(fingerprintOf(schema).readBigInt64LE()).toBe(fingerprint);
  });

  it('names a type by its full name where it is used again', () => {
    const inner = { type: 'record', name: 'In', fields: [field('x', 'int')] };
    const outer = {
      type: 'record',
      name: 'Out',
      namespace: 'n',
      fields: [field('a', inner), field('b', 'In')],
    };
    expect(canonicalForm(outer)).toContain('{"name":"b","type":"n.In"}');
  });

  it('is of no type that Avro does not have', () => {
    expect(() => canonicalForm({ type: 'decimal' })).toThrow('no type of Avro');
    expect(() => canonicalForm({ type: 'record' })).toThrow('has no name');
  });
});
