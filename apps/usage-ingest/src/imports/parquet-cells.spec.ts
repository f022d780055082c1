import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import type { SchemaElement } from 'hyparquet';
import { cellOf, columnsOf, exactParsers } from './parquet-cells.js';

const root: SchemaElement = { name: 'root', num_children: 1 };
const utc = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } as const;

describe('the columns of a Parquet file', () => {
  it('are those of a flat table', () => {
    const columns: SchemaElement[] = [
      { name: 'id', type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' },
      { name: 'time', type: 'INT64', repetition_type: 'OPTIONAL', logical_type: utc },
      { name: 'input', type: 'FIXED_LEN_BYTE_ARRAY', converted_type: 'DECIMAL', scale: 0 },
    ];
    expect(columnsOf([root, ...columns])).toEqual(['id', 'time', 'input']);
  });

  it.each<readonly [string, SchemaElement]>([
    ['a struct', { name: 'tokens', num_children: 2 }],
    ['a list', { name: 'tokens', type: 'INT64', repetition_type: 'REPEATED' }],
    ['decimals', { name: 'input', type: 'INT64', converted_type: 'DECIMAL', scale: 2 }],
    [
      'a time without a zone',
      { name: 'time', type: 'INT64', logical_type: { ...utc, isAdjustedToUTC: false } },
    ],
  ])('are not read when one is %s', (_name, column) => {
    expect(() => columnsOf([root, column])).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_COLUMN' }),
    );
  });
});

describe('a value of a Parquet file', () => {
  it('keeps its microsecond', () => {
    const micros = 1_781_517_600_123_456n;
    expect(exactParsers.timestampFromMicroseconds?.(micros)).toBe('2026-06-15T10:00:00.123456Z');
    expect(exactParsers.timestampFromNanoseconds?.(micros * 1_000n)).toBe(
      '2026-06-15T10:00:00.123456Z',
    );
    expect(exactParsers.timestampFromMilliseconds?.(micros / 1_000n)).toMatch(/^2026.*\.123/);
  });

  it('B43 that cannot be a time is no time, and costs its row only', () => {
    expect(exactParsers.timestampFromNanoseconds?.(1n)).toBe('1 ns');
    const latest = exactParsers.timestampFromMicroseconds?.(2n ** 63n - 1n) as string;
    expect(() => parseInstant(latest)).toThrow(expect.objectContaining({ code: 'INVALID_TIME' }));
    expect(() => parseInstant('1 ns')).toThrow(expect.objectContaining({ code: 'INVALID_TIME' }));
  });

  it('that is not UTF-8 or no plain value is no text', () => {
    expect(exactParsers.stringFromBytes?.(Uint8Array.of(0xff))).toBe('\ud800');
    expect(exactParsers.jsonFromBytes?.(Buffer.from('{"a":1}'))).toBe('{"a":1}');
    expect(cellOf({ a: 1 })).toBe('\ud800');
    expect([cellOf(5n), cellOf(undefined), cellOf(true)]).toEqual([5n, null, true]);
  });
});
