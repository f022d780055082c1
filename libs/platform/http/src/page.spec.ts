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
    expect(decodeCursor(page.nextCursor ?? undefined, 1)).toEqual(['b']);
  });

  it('begins at the first row without a cursor', () => {
    expect(decodeCursor(undefined, 1)).toBeNull();
  });

  it.each(['%%%', 'bm9uZQ', encodeCursor(['a', 'b'])])(
    'INVALID_QUERY for the cursor %s',
    (cursor) => {
      expect(() => decodeCursor(cursor, 1)).toThrow('none of ours');
    },
  );

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
