import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testStack } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import fc from 'fast-check';
import { BinaryRows } from './binary-rows.js';
import { copyRows } from './copy.js';

let stack: TestStack;
beforeAll(async () => {
  stack = await testStack();
}, 60_000);
afterAll(() => stack.dispose(), 60_000);

/** What PostgreSQL has read of one column, as its own text. */
const readBack = (
  type: string,
  values: number,
  write: (rows: BinaryRows) => void,
): Promise<readonly (string | null)[]> =>
  stack.db.transaction(async (tx) => {
    await tx.query(`create temp table probe (n serial, v ${type}) on commit drop`);
    const rows = new BinaryRows();
    write(rows);
    await copyRows(tx, 'copy probe (v) from stdin with (format binary)', rows.take());
    const found = await tx.query<{ v: string | null }>('select v::text as v from probe order by n');
    expect(found).toHaveLength(values);
    return found.map(({ v }) => v);
  });

const plain = (mantissa: bigint, scale: number): string => {
  const digits = (mantissa < 0n ? -mantissa : mantissa).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  const sign = mantissa < 0n ? '-' : '';
  return `${sign}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
};

describe('rows in the binary format', () => {
  it('keep every digit of a numeric', async () => {
    const long = fc.bigInt({ min: -(10n ** 90n), max: 10n ** 90n });
    const short = fc.bigInt({ min: 0n, max: 2n * 10n ** 13n });
    const anySize = fc
      .integer({ min: 0, max: 13 })
      .chain((digits) => fc.bigInt({ min: 0n, max: 10n ** BigInt(digits) }));
    const numeric = fc.record({
      mantissa: fc.oneof(long, short, anySize),
      scale: fc.integer({ min: 0, max: 60 }),
    });
    const edges = [
      { mantissa: 0n, scale: 0 },
      { mantissa: 0n, scale: 7 },
      { mantissa: 10_000n, scale: 0 },
      { mantissa: 1n, scale: 4 },
      { mantissa: -1n, scale: 5 },
      { mantissa: 117n, scale: 5 },
      // The last short one and the first long one.
      ...[0, 1, 2, 3, 4, 5, 57, 58, 59, 60].flatMap((scale) =>
        [9_007_199_254_738n, 9_007_199_254_739n, 9_007_199_254_740n].map((mantissa) => ({
          mantissa,
          scale,
        })),
      ),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(numeric, { minLength: 1, maxLength: 200 }), async (random) => {
        const all = [...edges, ...random];
        const texts = await readBack('numeric', all.length, (rows) => {
          for (const { mantissa, scale } of all) {
            rows.row(1);
            rows.numeric(mantissa, scale);
          }
        });
        expect(texts).toEqual(all.map(({ mantissa, scale }) => plain(mantissa, scale)));
      }),
      { numRuns: 10 },
    );
  });

  it('keep integers, instants, bytes, JSON and nothing', async () => {
    const one = (type: string, write: (rows: BinaryRows) => void) =>
      readBack(type, 1, (rows) => {
        rows.row(1);
        write(rows);
      });
    expect(await one('int8', (rows) => rows.int8(-(2n ** 63n)))).toEqual(['-9223372036854775808']);
    expect(await one('int8', (rows) => rows.bytes('\xff'.repeat(8), 'latin1'))).toEqual(['-1']);
    expect(await one('int2', (rows) => rows.int2(-7))).toEqual(['-7']);
    expect(await one('bytea', (rows) => rows.bytes('00ff10', 'hex'))).toEqual(['\\x00ff10']);
    expect(await one('jsonb', (rows) => rows.jsonb('{"a":"算"}'))).toEqual(['{"a": "算"}']);
    expect(await one('text', (rows) => rows.null())).toEqual([null]);
    expect(
      await one(`text`, (rows) => {
        rows.text(`a\tb\n\\N"',;=cmd|算盘🧮`);
      }),
    ).toEqual([`a\tb\n\\N"',;=cmd|算盘🧮`]);
    const instant = 1_746_835_200_123_456n;
    expect(
      await one('timestamptz', (rows) => {
        rows.timestamptz(instant);
      }),
    ).toEqual(['2025-05-10 00:00:00.123456+00']);
  });

  it('grow beyond their first megabyte', async () => {
    const long = '算'.repeat(100_000);
    const texts = await readBack('text', 12, (rows) => {
      for (let row = 0; row < 12; row += 1) {
        rows.row(1);
        rows.text(long);
      }
    });
    expect(texts.every((text) => text === long)).toBe(true);
  });
});
