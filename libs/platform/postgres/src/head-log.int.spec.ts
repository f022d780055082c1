import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { testStack } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { appendEvents } from './event-store.js';
import { exportHead, extendHeadLog } from './head-log.js';
import type { ChainHead } from './head-log.js';
import { verifyHeadLog } from './verify-store.js';

jest.setTimeout(60_000);

const meta = { actor: 'a', requestId: 'r', at: 1_782_777_600_000_000n };

let stack: TestStack;
beforeAll(async () => {
  stack = await testStack();
});
afterAll(() => stack.dispose());

const append = (streamId: string, expectedVersion: number) =>
  stack.db.inTenant({ tenant: 'shantou' }, (tx) =>
    appendEvents(tx, {
      tenant: 'shantou',
      streamId,
      expectedVersion,
      events: [{ type: 'Happened', body: {} }],
      meta,
    }),
  );

const verify = (head?: ChainHead) => stack.db.inPlatform((tx) => verifyHeadLog(tx, head));

describe('the head log (R15)', () => {
  it('takes every append once, though four extend it at the same time', async () => {
    for (let version = 0; version < 10; version += 1) await append('one', version);
    const added = await Promise.all([1, 2, 3, 4].map(() => extendHeadLog(stack.db)));
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(10);
    expect(await verify()).toEqual([]);
  });

  it('exports its head, and a later export follows it', async () => {
    const heads: ChainHead[] = [];
    const publish = (head: ChainHead): Promise<void> => {
      heads.push(head);
      return Promise.resolve();
    };
    await exportHead(stack.db, { service: 'pricing', at: meta.at, publish });
    await append('two', 0);
    await exportHead(stack.db, { service: 'pricing', at: meta.at + 1n, publish });
    expect(heads.map(({ seq }) => seq)).toEqual([10n, 11n]);
    expect(await verify(heads[0])).toEqual([]);
    expect(await verify(heads[1])).toEqual([]);
  });

  it('shows a removed stream, which the stream’s own chain cannot', async () => {
    await append('doomed', 0);
    await extendHeadLog(stack.db);
    await stack.asSuperuser(`alter table event_store disable trigger all;
      delete from event_store where stream_id = 'doomed';
      alter table event_store enable trigger all`);
    expect(await verify()).toEqual([{ seq: 12n, reason: 'EVENT_MISSING' }]);
  });

  it('shows a cut tail and a rewritten log against the exported head', async () => {
    const head: ChainHead = { service: 'pricing', seq: 99n, hash: Buffer.alloc(32) };
    expect(await verify(head)).toContainEqual({ seq: 99n, reason: 'HEAD_MISSING' });
    expect(await verify({ ...head, seq: 11n })).toContainEqual({
      seq: 11n,
      reason: 'HEAD_DIFFERS',
    });
  });
});
