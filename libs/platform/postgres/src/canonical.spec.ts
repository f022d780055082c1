import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { storedJson, hashFields } from './canonical.js';

describe('storedJson', () => {
  it('has one text for one value, whatever the order of its properties', () => {
    expect(storedJson({ b: [1, null, true], a: 'x', c: undefined })).toBe(
      '{"a":"x","b":[1,null,true]}',
    );
    expect(storedJson({ units: 9_007_199_254_740_993n })).toBe('{"units":"9007199254740993"}');
    expect(storedJson(-0)).toBe('0');
  });

  it('is read back by any JSON parser as the same value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean())),
        (value) => {
          expect(JSON.parse(storedJson(value))).toEqual({ ...value });
        },
      ),
    );
  });

  it.each([[0.5], [Number.NaN], [2 ** 53], [undefined], [new Map()], [() => 1], [Symbol('x')]])(
    'NOT_CANONICAL: %p',
    (value) => {
      expect(() => storedJson(value)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
    },
  );
});

describe('hashFields', () => {
  it('tells (b, c-d) from (b-c, d): no ambiguous joining (openmeter dedupe)', () => {
    expect(hashFields(['b', 'c-d'])).not.toEqual(hashFields(['b-c', 'd']));
    expect(hashFields(['ab', ''])).not.toEqual(hashFields(['a', 'b']));
  });

  it('has a fixed vector, so that another language can check the chain', () => {
    expect(hashFields(['a', Buffer.from([1])]).toString('hex')).toBe(
      'e828f56e79f447ca2531922c6206d5f8a26318426dd6b939387eba3f256f8736',
    );
  });
});
