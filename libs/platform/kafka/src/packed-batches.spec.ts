import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LogBatch, LoggedRecord } from './handlers.js';
import { packBatches, unpackBatches } from './packed-batches.js';

const bytes = fc.option(fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array)));
const int8 = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const anyRecord: fc.Arbitrary<LoggedRecord> = fc.record({
  offset: int8,
  key: bytes,
  value: bytes,
  headers: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
  timestamp: int8,
});
const anyBatch: fc.Arbitrary<LogBatch> = fc.record({
  topic: fc.string(),
  partition: fc.nat({ max: 63 }),
  claim: fc.record({
    ...{ group: fc.string(), topic: fc.string(), partition: fc.nat({ max: 63 }) },
    ...{ epoch: int8, nextOffset: int8 },
  }),
  ...{ firstOffset: int8, lastOffset: int8, messages: fc.array(anyRecord) },
});

describe('packed batches', () => {
  it('are the batches that were packed, also after a clone', () => {
    fc.assert(
      fc.property(fc.array(anyBatch), (batches) => {
        expect(unpackBatches(structuredClone(packBatches(batches)))).toEqual(batches);
      }),
    );
  });
});
