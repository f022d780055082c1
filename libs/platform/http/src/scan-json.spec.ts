import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scanJson } from './scan-json.js';

const scan = (text: string) => scanJson(Buffer.from(text));

const countMembers = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, inner) => sum + countMembers(inner), own);
};

describe('scanJson', () => {
  it('cuts a root array into the bytes of its items', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 4 })), (items) => {
        const bytes = Buffer.from(JSON.stringify(items, null, 1));
        const { elements } = scanJson(bytes);
        const cut = elements.map(({ start, end }) => bytes.subarray(start, end).toString());
        expect(cut.map((text): unknown => JSON.parse(text))).toEqual(JSON.parse(bytes.toString()));
      }),
    );
  });

  it('counts the members that a parser finds', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(scan(JSON.stringify(value)).members).toBe(countMembers(value));
      }),
    );
  });

  it('D16 counts at least the values that a parser makes, and no more than twice as many', () => {
    const countValues = (value: unknown): number =>
      typeof value !== 'object' || value === null
        ? 1
        : Object.values(value).reduce<number>((sum, inner) => sum + countValues(inner), 1);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const made = countValues(value) - (Array.isArray(value) ? 1 : 0);
        const { values } = scan(JSON.stringify(value));
        expect(values).toBeGreaterThanOrEqual(made);
        expect(values).toBeLessThanOrEqual(2 * made + 1);
      }),
    );
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(scanJson(bytes).depth).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it.each([
    ['1.5', true],
    ['1e400', true],
    ['1E2', true],
    ['9007199254740993', true],
    ['-1234567890123456', true],
    ['0.99999999999999999999', true],
    ['999999999999999', false],
    ['-1', false],
    ['0', false],
    ['"1.5"', false],
    ['"2026-05-15T10:00:00.5Z"', false],
    ['"\\"1.5"', false],
  ])('says of the value %s whether a double could change it: %s', (value, inexact) => {
    expect(scan(`{"a":[${value}],"b":1}`).inexact).toBe(inexact);
  });

  it('says which item holds the number and the depth', () => {
    const { elements } = scan('[{"a":1},{"a":1.5},{"a":"\\"1.5"},{"a":{"b":[]}}]');
    expect(elements.map((one) => one.inexact)).toEqual([false, true, false, false]);
    expect(elements.map((one) => one.depth)).toEqual([1, 1, 1, 3]);
  });

  it('sees a byte order mark and a lone root', () => {
    const scanned = scan('\ufeff {"a":1}');
    expect(scanned.isArray).toBe(false);
    expect(scanned.elements).toHaveLength(1);
  });

  it('walks a million digits and a hundred thousand brackets without recursion', () => {
    expect(scan(`[${'9'.repeat(1_000_000)}]`).inexact).toBe(true);
    expect(scan('['.repeat(100_000) + ']'.repeat(100_000)).depth).toBe(100_000);
  });
});
