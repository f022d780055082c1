import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '@suanpan/event-sourcing';
import fc from 'fast-check';
import { SendQueue } from './send-queue.js';
import type { LogRecord, Part } from './send-queue.js';

const record = (size: number): LogRecord => ({ key: Buffer.alloc(16), value: Buffer.alloc(size) });
const queueOf = (waitingBytesMax = 1_000_000, requestBytes = 10_000): SendQueue =>
  new SendQueue({ waitingBytesMax, requestBytes });

describe('the send queue', () => {
  it('hands out every record once, in order, in requests inside the limit', () => {
    const sends = fc.array(fc.array(fc.integer({ min: 0, max: 12_000 }), { minLength: 1 }));
    fc.assert(
      fc.property(sends, (sizes) => {
        const queue = queueOf(Number.MAX_SAFE_INTEGER);
        const records = sizes.map((send) => send.map(record));
        for (const send of records) queue.add('t', send);
        const requests: (readonly Part[])[] = [];
        while (!queue.empty) requests.push(queue.take());
        expect(requests.flat().flatMap((part) => part.records)).toEqual(records.flat());
        expect(queue.bytes).toBe(0);
        for (const parts of requests) {
          const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
          const count = parts.reduce((sum, part) => sum + part.records.length, 0);
          expect(bytes <= 10_000 || count === 1).toBe(true);
        }
      }),
    );
  });

  it('KAFKA_UNAVAILABLE beyond the bound, and nothing of that send is kept', () => {
    const queue = queueOf(1_000);
    queue.add('t', [record(700)]);
    expect(() => queue.add('t', [record(100), record(200)])).toThrow(Unavailable);
    expect(queue.take().flatMap((part) => part.records)).toHaveLength(1);
    expect(queue.empty).toBe(true);
  });

  it('lets a send that is larger than the bound pass when nothing else waits', () => {
    expect(() => queueOf(1_000).add('t', [record(5_000)])).not.toThrow();
  });

  it('drops the rest of a send that has failed, and keeps its neighbours', async () => {
    const queue = queueOf();
    const failing = queue.add('t', [record(9_000), record(9_000)]);
    queue.add('t', [record(1)]);
    expect(queue.take()).toHaveLength(1);
    failing.fail(new Error('no'));
    await expect(failing.done).rejects.toThrow('no');
    expect(queue.take().flatMap((part) => part.records)).toEqual([record(1)]);
  });
});
