import { describe, expect, it } from '@jest/globals';
import { checkColumns, columnAt, rowEvent } from './row-event.js';

const NEEDED = ['id', 'source', 'time', 'contract', 'buyer', 'centre', 'model', 'input'];

const codeOf = (columns: readonly string[]): string | null => {
  try {
    checkColumns(columns);
    return null;
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
};

describe('B84 the header of a table', () => {
  it('with what every event needs and any field of it is taken', () => {
    expect(codeOf(NEEDED)).toBeNull();
    const more = ['output', 'reasoning', 'endUserCountry', 'metadata.team', 'metadata.团队'];
    expect(codeOf([...NEEDED, ...more])).toBeNull();
  });

  it.each(NEEDED)('without %s is refused', (column) => {
    expect(codeOf(NEEDED.filter((one) => one !== column))).toBe('MISSING_COLUMN');
  });

  it.each(['', 'Model Name', '=1+1', 'tokens', 'usage', 'metadata', 'metadata.', '__proto__'])(
    'with the column %j is refused',
    (column) => {
      expect(codeOf([...NEEDED, column])).toBe('UNKNOWN_COLUMN');
    },
  );

  it.each(['constructor', 'metadata.__proto__', 'metadata.constructor'])(
    'with %s, which could change every object, is refused',
    (column) => {
      expect(codeOf([...NEEDED, column])).toBe('UNKNOWN_COLUMN');
    },
  );

  it('with a column twice is refused', () => {
    expect(codeOf([...NEEDED, 'input'])).toBe('DUPLICATE_COLUMN');
  });

  it('with thousands of columns is refused', () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `metadata.m${at}`);
    expect(codeOf([...NEEDED, ...many])).toBe('UNKNOWN_COLUMN');
  });
});

describe('a row', () => {
  const columns = [...NEEDED, 'cached_input', 'images', 'kindsIncomplete', 'metadata.team'];
  const cells = ['call-1', 'gz/vllm-1', '2026-06-15T10:00:00Z', 'c', 'b', 'gz', 'm', '5'];

  it('is the event that it stands for; an empty cell is an absent field', () => {
    expect(rowEvent(columns, [...cells, '', '2', 'TRUE', 'red'])).toEqual({
      specversion: '1.0',
      type: 'suanpan.usage.v1',
      id: 'call-1',
      source: 'gz/vllm-1',
      time: '2026-06-15T10:00:00Z',
      data: {
        ...{ contract: 'c', buyer: 'b', centre: 'gz', model: 'm', images: '2' },
        kindsIncomplete: true,
        tokens: { input: '5' },
        metadata: { team: 'red' },
      },
    });
  });

  it('may be a void, which has no counts', () => {
    const event = rowEvent(
      ['id', 'type', 'correctsId', 'revision', 'input'],
      [...['v-1', 'suanpan.usage.void.v1', 'call-1', '2', '']],
    );
    expect(event).toEqual({
      specversion: '1.0',
      type: 'suanpan.usage.void.v1',
      id: 'v-1',
      data: { correctsId: 'call-1', revision: '2' },
    });
  });

  it('without an id gets none', () => {
    expect(rowEvent(columns, ['', ...cells.slice(1)])).not.toHaveProperty('id');
  });

  it('is not trimmed, and its big counts are not rounded', () => {
    const [, ...others] = cells;
    const event = rowEvent(columns, [' call ', ...others.slice(0, -1), 9_007_199_254_740_993n]);
    expect(event).toMatchObject({ id: ' call ', data: { tokens: { input: '9007199254740993' } } });
  });
});

describe('a path into the event', () => {
  it.each([
    ['$.id', 'id'],
    ['$.data.model', 'model'],
    ['$.data.tokens.cached_input', 'cached_input'],
    ['$.data.metadata.team', 'metadata.team'],
    ['$.data.tokens', null],
    ['$', null],
  ])('%s is the column %j', (path, column) => {
    expect(columnAt(path)).toBe(column);
  });
});
