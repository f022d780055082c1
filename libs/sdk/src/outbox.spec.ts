import { describe, expect, it } from '@jest/globals';
import { Outbox } from './outbox.js';
import type { Entry } from './outbox.js';

const entry = (number: number, bytes = 10): Entry => ({ number, text: '{}', bytes, since: 0 });

const filled = async (count: number, bounds = { events: 3, bytes: 1_000 }): Promise<Outbox> => {
  const outbox = new Outbox(bounds);
  for (let number = 1; number <= count; number += 1) {
    await outbox.enter(10);
    outbox.add(entry(number));
  }
  return outbox;
};

/** Whether the promise has settled after a turn. */
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let over = false;
  const mark = (): void => void (over = true);
  promise.then(mark, mark);
  await new Promise((resolve) => setImmediate(resolve));
  return over;
};

describe('the outbox', () => {
  it('lets a recorder wait while it is full, and enter in the order of asking', async () => {
    const outbox = await filled(3);
    const entered: string[] = [];
    const first = outbox.enter(10).then(() => entered.push('first'));
    const second = outbox.enter(10).then(() => entered.push('second'));
    expect(await settled(first)).toBe(false);
    outbox.done(outbox.take({ events: 1, bytes: 1_000 }));
    await first;
    expect(await settled(second)).toBe(false);
    outbox.done(outbox.take({ events: 1, bytes: 1_000 }));
    await second;
    expect(entered).toEqual(['first', 'second']);
  });

  it('is bounded by bytes too, and takes one event of any size when it is empty', async () => {
    const outbox = new Outbox({ events: 100, bytes: 50 });
    await outbox.enter(80);
    expect(await settled(outbox.enter(1))).toBe(false);
  });

  it('gives room back that was taken for nothing', async () => {
    const outbox = await filled(3);
    const waiting = outbox.enter(10);
    outbox.leave(10);
    await expect(waiting).resolves.toBeUndefined();
  });

  it('takes batches by count and by bytes, the oldest first, and at least one', async () => {
    const outbox = await filled(5, { events: 10, bytes: 1_000 });
    const numbers = (batch: { events: number; bytes: number }) =>
      outbox.take(batch).map(({ number }) => number);
    expect(numbers({ events: 2, bytes: 1_000 })).toEqual([1, 2]);
    expect(numbers({ events: 9, bytes: 5 })).toEqual([3]);
    expect(numbers({ events: 9, bytes: 20 })).toEqual([4, 5]);
    expect(outbox.pending).toMatchObject({ events: 0, bytes: 0 });
  });

  it('sends first what came back', async () => {
    const outbox = await filled(3);
    outbox.putBack(outbox.take({ events: 2, bytes: 1_000 }));
    expect(outbox.take({ events: 9, bytes: 1_000 }).map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('is settled when all that it held then is done, whatever came later', async () => {
    const outbox = await filled(2);
    const done = outbox.settled();
    await outbox.enter(10);
    outbox.add(entry(3));
    outbox.done([entry(2)]);
    expect(await settled(done)).toBe(false);
    outbox.done([entry(1)]);
    await expect(done).resolves.toBeUndefined();
    expect(outbox.size).toBe(1);
  });

  it('tells everyone who waits when waiting has become pointless', async () => {
    const outbox = await filled(3);
    const waiting = [outbox.enter(10), outbox.settled()];
    const stopped = new Error('stopped');
    outbox.refuseWaiting(stopped);
    for (const one of waiting) await expect(one).rejects.toBe(stopped);
  });
});
