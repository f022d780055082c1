import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packRecords, unpackRecords } from './packed-records.js';
import type { LogRecord } from './send-queue.js';

const bytes = fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array));
const anyRecord: fc.Arbitrary<LogRecord> = fc
  .tuple(
    bytes,
    bytes,
    fc.option(fc.nat({ max: 63 })),
    fc.option(fc.dictionary(fc.string(), fc.string())),
  )
  .map(([key, value, partition, headers]) => ({
    key,
    value,
    ...(partition !== null && { partition }),
    ...(headers !== null && { headers }),
  }));

describe('packed records', () => {
  it('are the records that were packed', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), (records) => {
        expect(unpackRecords(packRecords(records))).toEqual(records);
      }),
    );
  });

  it('carry headers that many share once', () => {
    const headers = { credential: 'abcdefghij' };
    const record = { key: Buffer.from('k'), value: Buffer.from('v'), headers };
    expect(packRecords(Array.from({ length: 100 }, () => record)).headers).toEqual([null, headers]);
  });
});
