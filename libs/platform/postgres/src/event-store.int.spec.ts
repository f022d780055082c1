import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Rejection } from '@suanpan/event-sourcing';
import type { Decider } from '@suanpan/event-sourcing';
import { testStack } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { commandHandler } from './command-handler.js';
import type { HandleCommand } from './command-handler.js';
import { appendEvents, loadAllEvents, loadStream, verifyStream } from './event-store.js';
import type { StoredEvent } from './event-store.js';

jest.setTimeout(60_000);

type Tally = { readonly total: bigint };
type Add = { readonly add: bigint };
type Added = { readonly type: 'Added'; readonly added: bigint };

const tally: Decider<Tally, Add, Added> = {
  initial: { total: 0n },
  decide: (state, { add }) => {
    if (state.total + add < 0n) throw new Rejection('BELOW_ZERO', `${state.total} + ${add} < 0.`);
    return [{ type: 'Added', added: add }];
  },
  evolve: (state, { added }) => ({ total: state.total + added }),
};

const AT = 1_782_777_600_123_456n;
const meta = { actor: 'key-1', requestId: 'request-1', at: AT };
const scope = { tenant: 'shantou' };

let stack: TestStack;
let handle: HandleCommand<Add, Added>;
beforeAll(async () => {
  stack = await testStack();
  handle = commandHandler({
    db: stack.db,
    decider: tally,
    toBody: ({ type, added }) => ({ type, body: { added } }),
    fromBody: (_type, body) => ({
      type: 'Added',
      added: BigInt((body as { added: string }).added),
    }),
    publish: ({ stored, streamId }) =>
      stored.map(({ type, tenant, bodyText }) => ({
        topic: 'quota',
        key: streamId,
        type,
        tenant,
        streamId,
        value: Buffer.from(bodyText),
      })),
  });
});
afterAll(() => stack.dispose());

const load = (streamId: string): Promise<readonly StoredEvent[]> =>
  stack.db.inTenant(scope, (tx) => loadStream(tx, 'shantou', streamId));

const outboxOf = (streamId: string) =>
  stack.asSuperuser('select stream_version from outbox where stream_id = $1 order by id', [
    streamId,
  ]);

describe('a command', () => {
  it('stores its facts with actor, instant and hash, and speaks in the same transaction', async () => {
    expect(await handle(scope, 'first', { add: 5n }, meta)).toEqual({
      events: [{ type: 'Added', added: 5n }],
      version: 1,
    });
    const [event] = await load('first');
    expect(event).toMatchObject({
      version: 1,
      body: { added: '5' },
      meta: { actor: 'key-1', requestId: 'request-1' },
      recordedAt: AT,
    });
    expect(await outboxOf('first')).toEqual([{ stream_version: '1' }]);
  });

  it('writes nothing at all when the decider rejects it', async () => {
    await expect(handle(scope, 'refused', { add: -1n }, meta)).rejects.toMatchObject({
      code: 'BELOW_ZERO',
    });
    expect(await load('refused')).toEqual([]);
    expect(await outboxOf('refused')).toEqual([]);
  });

  it('is decided again when another writer wins: twenty by four writers all count once', async () => {
    // Four at a time, so that the number of tries stays inside ATTEMPTS_MAX.
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([1, 2, 3, 4].map(() => handle(scope, 'busy', { add: 1n }, meta)));
    }
    const events = await load('busy');
    expect(events.map((event) => event.version)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    expect(verifyStream(events)).toBeUndefined();
    expect((await outboxOf('busy')).length).toBe(20);
  });

  it('never goes below zero though withdrawals race (a decision sees all facts)', async () => {
    await handle(scope, 'race', { add: 3n }, meta);
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4, 5].map(() => handle(scope, 'race', { add: -1n }, meta)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(3);
  });

  it('is unseen by another tenant, who may use the same stream id', async () => {
    await handle({ tenant: 'shenzhen' }, 'first', { add: 9n }, meta);
    const seen = await stack.db.inTenant(scope, (tx) => loadAllEvents(tx, 'first'));
    expect(seen.map((event) => event.body)).toEqual([{ added: '5' }]);
  });
});

describe('appendEvents', () => {
  it('VERSION_CONFLICT when the stream is elsewhere, ahead or behind', async () => {
    const events = [{ type: 'Added', body: { added: 1n } }];
    for (const expectedVersion of [0, 7]) {
      const work = stack.db.inTenant(scope, (tx) =>
        appendEvents(tx, { tenant: 'shantou', streamId: 'first', expectedVersion, events, meta }),
      );
      await expect(work).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    }
  });

  it('refuses a body that holds a float or a Date', async () => {
    for (const body of [{ amount: 0.1 }, { at: new Date(0) }, { gone: Number.NaN }]) {
      const work = stack.db.inTenant(scope, (tx) =>
        appendEvents(tx, {
          tenant: 'shantou',
          streamId: 'floats',
          expectedVersion: 0,
          events: [{ type: 'Bad', body }],
          meta,
        }),
      );
      await expect(work).rejects.toMatchObject({ code: 'NOT_CANONICAL' });
    }
  });
});

describe('the chain of a stream (I15)', () => {
  const plant = (sql: string) =>
    stack.asSuperuser(
      `alter table event_store disable trigger all; ${sql}; alter table event_store enable trigger all`,
    );

  it.each([
    ['a body', `update event_store set body = '{"added":"2"}' where stream_id = $ and version = 2`],
    ['a time', `update event_store set recorded_at = now() where stream_id = $ and version = 2`],
    ['a type', `update event_store set type = 'Removed' where stream_id = $ and version = 2`],
  ])('shows that a superuser has changed %s', async (what, sql) => {
    const stream = `tampered-${what.replace(' ', '-')}`;
    for (let version = 1; version <= 3; version += 1)
      await handle(scope, stream, { add: 1n }, meta);
    await plant(sql.replace('$', `'${stream}'`));
    expect(verifyStream(await load(stream))).toEqual({
      streamId: stream,
      version: 2,
      reason: 'HASH_DIFFERS',
    });
  });

  it('shows a removed event in the middle', async () => {
    for (let version = 1; version <= 3; version += 1)
      await handle(scope, 'holed', { add: 1n }, meta);
    await plant(`delete from event_store where stream_id = 'holed' and version = 2`);
    expect(verifyStream(await load('holed'))).toMatchObject({ reason: 'VERSION_GAP' });
  });

  it('shows a rewritten predecessor, whose own hash was made to fit', async () => {
    for (let version = 1; version <= 3; version += 1)
      await handle(scope, 'forged', { add: 1n }, meta);
    await plant(
      `update event_store set prev_hash = sha256('x') where stream_id = 'forged' and version = 3`,
    );
    expect(verifyStream(await load('forged'))).toMatchObject({ version: 3, reason: 'LINK_BROKEN' });
  });
});
