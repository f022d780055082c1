import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@suanpan/platform-observability';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import type { Database } from './database.js';
import { enqueue, laneOf } from './outbox.js';
import type { OutboxMessage } from './outbox.js';
import { OutboxRelay } from './outbox-relay.js';
import type { RelayedMessage } from './outbox-relay.js';

jest.setTimeout(60_000);

const logger = createLogger({ service: 'test', level: 'silent' });
const PROGRAM = join(import.meta.dirname, '../fixtures/relay-and-crash.mjs');

let stack: TestStack;
beforeAll(async () => {
  stack = await testStack();
});
afterAll(() => stack.dispose());
beforeEach(() => stack.asSuperuser('truncate outbox, outbox_stream'));

const message = (streamId: string, note = ''): OutboxMessage => ({
  topic: 'invoice',
  key: streamId,
  type: 'invoice.issued',
  tenant: 'shantou',
  streamId,
  value: Buffer.from(note),
});

const say = (db: Database, ...messages: readonly OutboxMessage[]): Promise<void> =>
  db.inTenant({ tenant: 'shantou' }, (tx) => enqueue(tx, messages));

const relayInto = (heard: RelayedMessage[]): OutboxRelay =>
  new OutboxRelay({
    db: stack.db,
    logger,
    publish: (messages) => {
      heard.push(...messages);
      return Promise.resolve();
    },
  });

const unsent = async (): Promise<number> => {
  const rows = await stack.asSuperuser('select 1 from outbox where sent_at is null');
  return rows.length;
};

const versionsOf = (heard: readonly RelayedMessage[], streamId: string): readonly bigint[] =>
  heard.filter((one) => one.streamId === streamId).map((one) => one.streamVersion);

/** Two streams whose messages travel in different lanes. */
const streamsOfTwoLanes = (): readonly [string, string] => {
  const laneOfStream = (index: number): number => laneOf(Buffer.from(`stream-${index}`));
  let other = 1;
  while (laneOfStream(other) === laneOfStream(0)) other += 1;
  return ['stream-0', `stream-${other}`];
};

describe('enqueue', () => {
  it('R13 counts a stream’s wire versions without a gap, over transactions and rollbacks', async () => {
    await say(stack.db, message('a'), message('b'), message('a'));
    const failing = stack.db.inTenant({ tenant: 'shantou' }, async (tx) => {
      await enqueue(tx, [message('a')]);
      throw new Error('the effect failed');
    });
    await expect(failing).rejects.toThrow('the effect failed');
    await say(stack.db, message('a'));
    const heard: RelayedMessage[] = [];
    expect(await relayInto(heard).drain()).toBe(4);
    expect(versionsOf(heard, 'a')).toEqual([1n, 2n, 3n]);
    expect(versionsOf(heard, 'b')).toEqual([1n]);
  });

  it('is seen by its own tenant only (S26)', async () => {
    await say(stack.db, message('a'));
    const other = await stack.db.inTenant({ tenant: 'shenzhen' }, (tx) =>
      tx.query('select 1 from outbox'),
    );
    expect(other).toEqual([]);
  });
});

describe('the relay', () => {
  it('I21 sends a row whose transaction commits after a later id was sent', async () => {
    const heard: RelayedMessage[] = [];
    const relay = relayInto(heard);
    let commit: (() => void) | undefined;
    const slow = stack.db.inTenant({ tenant: 'shantou' }, async (tx) => {
      await enqueue(tx, [message('slow')]);
      await new Promise<void>((resolve) => (commit = resolve));
    });
    const goOn = await until('the slow transaction has written', () => commit);
    await say(stack.db, message('fast'));
    await relay.drain();
    expect(heard.map((one) => one.streamId)).toEqual(['fast']);
    goOn();
    await slow;
    await relay.drain();
    expect(heard.map((one) => one.streamId)).toEqual(['fast', 'slow']);
    const [fastId = 0n, slowId = 0n] = heard.map((one) => one.id);
    expect(slowId).toBeLessThan(fastId);
  });

  it('R13 keeps each stream’s order while four relays compete', async () => {
    const streams = Array.from({ length: 12 }, (_, index) => `stream-${index}`);
    for (let round = 0; round < 10; round += 1)
      await say(stack.db, ...streams.map((s) => message(s)));
    const heard: RelayedMessage[] = [];
    await Promise.all([1, 2, 3, 4].map(() => relayInto(heard).drain()));
    for (const stream of streams) {
      expect(versionsOf(heard, stream)).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n]);
    }
    expect(await unsent()).toBe(0);
  });

  it('sends a lane’s messages again when publishing failed, and nothing is lost', async () => {
    await say(stack.db, message('a'), message('a'));
    let failures = 2;
    const heard: RelayedMessage[] = [];
    const relay = new OutboxRelay({
      db: stack.db,
      logger,
      publish: (messages) => {
        failures -= 1;
        if (failures >= 0) return Promise.reject(new Error('no broker'));
        heard.push(...messages);
        return Promise.resolve();
      },
    });
    relay.start();
    await until('both are sent', async () => ((await unsent()) === 0 ? true : undefined));
    await relay.stop();
    expect(versionsOf(heard, 'a')).toEqual([1n, 2n]);
  });

  it('publishes about 1 MiB at once, a larger message alone, and keeps the order', async () => {
    const [small, large] = ['x'.repeat(400_000), 'y'.repeat(1_500_000)];
    const notes = [small, small, small, large, small];
    await say(stack.db, ...notes.map((note) => message('a', note)));
    const published: number[] = [];
    const heard: RelayedMessage[] = [];
    const relay = new OutboxRelay({
      db: stack.db,
      logger,
      publish: (messages) => {
        published.push(messages.length);
        heard.push(...messages);
        return Promise.resolve();
      },
    });
    expect(await relay.drain()).toBe(5);
    expect(published).toEqual([2, 1, 1, 1]);
    expect(versionsOf(heard, 'a')).toEqual([1n, 2n, 3n, 4n, 5n]);
  });

  it('has ended every lane of a failed pass when it stops', async () => {
    const [failing, slow] = streamsOfTwoLanes();
    await say(stack.db, message(failing), message(slow));
    let running = 0;
    let failed = false;
    const relay = new OutboxRelay({
      db: stack.db,
      logger,
      publish: async ([first]) => {
        if (first?.streamId === failing) {
          failed = true;
          throw new Error('refused');
        }
        running += 1;
        await new Promise((resolve) => setTimeout(resolve, 500));
        running -= 1;
      },
    });
    relay.start();
    await until('one lane has failed', () => (failed && running === 1 ? true : undefined));
    await relay.stop();
    expect(running).toBe(0);
    expect(await unsent()).toBe(1);
  });

  it('one lane holds all messages of a key', () => {
    expect(laneOf(Buffer.from('invoice-1'))).toBe(laneOf(Buffer.from('invoice-1')));
  });
});

describe('a relay killed between publish and mark', () => {
  const run = (file: string, crashAt: string): Promise<string | null> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [PROGRAM], {
        env: {
          ...process.env,
          DATABASE_URL: stack.urls.app,
          DATABASE_SCHEMA: stack.schema,
          PUBLISHED_FILE: file,
          CRASH_AT: crashAt,
        },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      child.on('exit', (_code, signal) => resolve(signal));
    });

  it('F05 has sent everything at least once, in order, after its restart', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'outbox-')), 'published');
    await say(stack.db, message('a'), message('a'), message('a'));
    expect(await run(file, 'outbox:published-before-mark')).toBe('SIGKILL');
    expect(await unsent()).toBe(3);
    expect(await run(file, '')).toBeNull();
    expect(await unsent()).toBe(0);
    const versions = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[2]);
    expect(versions).toEqual(['1', '2', '3', '1', '2', '3']);
  });
});
