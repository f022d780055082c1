import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { ERROR_HEAD, errorLines } from './error-lines.js';

const error = (column: string | null, detail: string) => ({
  ...{ row: 7, column, path: '$.data.x', code: 'NOT_INTEGER', detail },
});

describe('the file of what was refused', () => {
  it('has a line for each row, in the order of its header', () => {
    expect(ERROR_HEAD).toBe('\ufeffrow,column,path,code,detail\r\n');
    expect(errorLines([error('input', '"1,5" is no whole number.')])).toBe(
      '7,input,$.data.x,NOT_INTEGER,"""1,5"" is no whole number."\r\n',
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1'])(
    'B84 %j is no formula',
    (text) => {
      const [record] = parse(errorLines([error(text, text)])) as string[][];
      for (const at of [1, 4]) expect(record?.[at]).toMatch(/^['  ]/);
    },
  );

  it('is read back as so many cells, whatever stands in them', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (column, detail) => {
          const records = parse(errorLines([error(column, detail)])) as string[][];
          expect(records).toHaveLength(1);
          expect(records[0]).toHaveLength(5);
          for (const cell of records[0] ?? []) expect(cell).not.toMatch(/^[=+\-@\t\r\n]/);
        },
      ),
    );
  });
});
