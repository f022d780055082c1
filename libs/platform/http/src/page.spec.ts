import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor, pageQuery, toPage } from './page.js';

describe('a page', () => {
  const rows = ['a', 'b', 'c'];

  it('ends without a cursor when there is no further row', () => {
    expect(toPage(rows, 3, (row) => [row])).toEqual({ data: rows, nextCursor: null });
  });

  it('leads to the row after its last one', () => {
    const page = toPage(rows, 2, (row) => [row]);
    expect(page.data).toEqual(['a', 'b']);
    expect(decodeCursor(page.nextCursor ?? undefined, ['text'])).toEqual(['b']);
  });

  it('begins at the first row without a cursor', () => {
    expect(decodeCursor(undefined, ['text'])).toBeNull();
  });

  it.each(['%%%', 'bm9uZQ', encodeCursor(['a', 'b'])])(
    'INVALID_QUERY for the cursor %s',
    (cursor) => {
      expect(() => decodeCursor(cursor, ['text'])).toThrow('none of ours');
    },
  );

  it.each([
    ['instant', 'yesterday'],
    ['integer', '9223372036854775808'],
    ['integer', '1e3'],
    ['text', '\0'],
  ] as const)('INVALID_QUERY for the %s %j, which PostgreSQL would not read', (part, value) => {
    expect(() => decodeCursor(encodeCursor([value]), [part])).toThrow('none of ours');
  });

  it('takes back what it has given', () => {
    const key = ['2026-05-01 00:00:00.123456+00', '9223372036854775807', '-1', 'a b'];
    const parts = ['instant', 'integer', 'integer', 'text'] as const;
    expect(decodeCursor(encodeCursor(key), parts)).toEqual(key);
  });

  it.each([
    [{}, true],
    [{ limit: '1' }, true],
    [{ limit: '1000' }, true],
    [{ limit: '1001' }, false],
    [{ limit: '0' }, false],
    [{ limit: '-1' }, false],
    [{ limit: '1e9' }, false],
    [{ limit: ['1', '9'] }, false],
    [{ 'limit[]': '1' }, false],
  ])('B20 the query %j is taken: %s', (query, taken) => {
    expect(pageQuery.safeParse(query).success).toBe(taken);
  });
});
