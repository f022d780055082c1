import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Malformed, Rejection, Unavailable } from '@suanpan/event-sourcing';
import { encode } from '@suanpan/messages';
import { createLogger } from '@suanpan/platform-observability';
import { OutboxRelay, enqueue } from '@suanpan/platform-postgres';
import { createVault } from '@suanpan/platform-vault';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { DEFECTS_MAX } from './breaker.js';
import type { LogMessageHandle } from './handlers.js';
import { LogProducer } from './log-producer.js';
import { outboxPublisher } from './outbox-publisher.js';
import type { LogRecord } from './send-queue.js';
import { listen, write } from './transport-harness.js';
import type { Harness } from './transport-harness.js';

jest.setTimeout(60_000);

const TOPIC = 'credit-note';
const PROGRAM = join(import.meta.dirname, '../fixtures/consume-and-crash.mjs');

let stack: TestStack;
let running: Harness[] = [];
beforeAll(async () => {
  stack = await testStack({ topics: [TOPIC, 'payment', 'quota'] });
  await stack.asSuperuser(`create table seen (id bigint generated always as identity,
    tenant text default current_setting('app.tenant', true),
    stream_id text, version bigint); grant all on seen to public`);
}, 60_000);
const stopAll = async (): Promise<void> => {
  await Promise.all(running.map(({ transport }) => transport.close()));
  running = [];
};
afterEach(stopAll, 60_000);
afterAll(() => stack.dispose(), 60_000);

const note = (streamId: string): Buffer =>
  encode('credit-note.issued', { tenant: 'shantou', creditNote: streamId, invoice: 'i', at: 1n });

const store: LogMessageHandle = async ({ tx, message }) => {
  await tx.query('insert into seen (stream_id, version) values ($1, $2)', [
    message.streamId,
    message.streamVersion?.toString(),
  ]);
};

const start = async (options: Partial<Parameters<typeof listen>[1]> = {}): Promise<Harness> => {
  const harness = await listen(stack, { topic: TOPIC, message: store, ...options });
  running.push(harness);
  return harness;
};

const say = (streamId: string, version: number, value = note(streamId)): LogRecord => ({
  key: Buffer.from('one-key'),
  value,
  headers: { tenant: 'shantou', 'stream-id': streamId, 'stream-version': String(version) },
});

const seenOf = async (streamId: string): Promise<readonly number[]> => {
  const rows = await stack.asSuperuser<{ version: string }>(
    'select version from seen where stream_id = $1 order by id',
    [streamId],
  );
  return rows.map(({ version }) => Number(version));
};

const until3 = (streamId: string, versions: readonly number[]) =>
  until(`${streamId} ${versions.join()}`, async () => {
    const seen = await seenOf(streamId);
    return seen.length >= versions.length ? seen : undefined;
  });

const quarantineOf = (reason: string) =>
  stack.asSuperuser<{ detail: string; sealed: Buffer; key_id: string; attempts: number }>(
    'select detail, sealed, key_id, attempts from quarantine where reason = $1 order by log_offset',
    [reason],
  );

const parkedOf = (streamId: string) =>
  stack.asSuperuser('select 1 from inbox_parked where stream_id = $1', [streamId]);

describe('the inbox', () => {
  it('R13 applies last + 1, drops what it has seen, and gives the handler tenant and stream', async () => {
    await start();
    await write(stack, TOPIC, [say('order', 1), say('order', 1), say('order', 2), say('order', 1)]);
    await write(stack, TOPIC, [say('order', 3)]);
    expect(await until3('order', [1, 2, 3])).toEqual([1, 2, 3]);
    const rows = await stack.asSuperuser('select distinct tenant from seen');
    expect(rows).toEqual([{ tenant: 'shantou' }]);
  }, 40_000);

  it('R13 parks what comes too early and applies it right after its predecessor', async () => {
    await start();
    await write(stack, TOPIC, [say('early', 3), say('early', 2), say('other', 1)]);
    await until3('other', [1]);
    expect(await seenOf('early')).toEqual([]);
    expect(await stack.asSuperuser('select 1 from inbox_parked')).toHaveLength(2);
    await write(stack, TOPIC, [say('early', 1)]);
    expect(await until3('early', [1, 2, 3])).toEqual([1, 2, 3]);
    expect(await stack.asSuperuser('select 1 from inbox_parked')).toEqual([]);
  }, 40_000);

  it('D07 hears an outbox that was relayed twice once', async () => {
    await start({ topic: 'quota', group: 'twice' });
    const producer = new LogProducer({ kafka: stack.kafka, prefix: stack.prefix });
    await producer.connect();
    const publish = outboxPublisher(producer);
    await stack.db.inTenant({ tenant: 'shantou' }, (tx) =>
      enqueue(
        tx,
        [1, 2].map(() => ({
          topic: 'quota',
          key: 'twice',
          type: 'credit-note.issued',
          tenant: 'shantou',
          streamId: 'twice',
          value: note('twice'),
        })),
      ),
    );
    const logger = createLogger({ service: 'test', level: 'silent' });
    const relay = new OutboxRelay({ db: stack.db, logger, publish });
    await relay.drain();
    await stack.asSuperuser('update outbox set sent_at = null');
    await relay.drain();
    await write(stack, 'quota', [say('end', 1)]);
    await until3('end', [1]);
    expect(await seenOf('twice')).toEqual([1, 2]);
    await producer.disconnect();
  }, 40_000);
});

describe('poison', () => {
  it('B60–B62 is set aside sealed, with its healthy neighbours stored', async () => {
    const canary = Buffer.from('CANARY-4712 is no message');
    await write(stack, TOPIC, [
      say('healthy', 1),
      say('garbage', 1, canary),
      say('empty', 1, Buffer.alloc(0)),
      say('cut', 1, note('cut').subarray(0, 12)),
      say('trailing', 1, Buffer.concat([note('trailing'), Buffer.from([0])])),
      say('healthy', 2),
    ]);
    await start();
    expect(await until3('healthy', [1, 2])).toEqual([1, 2]);
    const rows = await stack.asSuperuser<{ reason: string }>(
      'select distinct reason from quarantine order by 1',
    );
    expect(rows.map(({ reason }) => reason)).toEqual([
      'DECODE_FAILED',
      'EMPTY_VALUE',
      'TRAILING_DATA',
    ]);
    const [garbage] = await quarantineOf('DECODE_FAILED');
    expect(garbage?.sealed.includes('CANARY')).toBe(false);
    const vault = createVault(stack.vaultKey);
    const opened = await stack.db.inPlatform((tx) =>
      vault.open(tx, { sealed: garbage?.sealed ?? canary, keyId: garbage?.key_id ?? '' }),
    );
    expect(opened).toEqual(canary);
  }, 40_000);

  it.each([
    ['a Malformed of the handler', new Malformed('NO_SUCH_CONTRACT', 'bad'), 'NO_SUCH_CONTRACT'],
    ['a Rejection of the domain', new Rejection('ALREADY_SIGNED', 'bad'), 'ALREADY_SIGNED'],
  ])(
    'D08 %s goes to the quarantine at once',
    async (_name, error, reason) => {
      const stream = `rejected-${reason}`;
      await write(stack, TOPIC, [say(stream, 1), say(`${stream}-next`, 1)]);
      await start({
        message: (event) =>
          event.message.streamId === stream ? Promise.reject(error) : store(event),
      });
      await until3(`${stream}-next`, [1]);
      expect(await quarantineOf(reason)).toMatchObject([{ attempts: 1 }]);
    },
    40_000,
  );

  it('D08 data that PostgreSQL refuses (22P05) goes to the quarantine, neighbours unharmed', async () => {
    await write(stack, TOPIC, [say('nul', 1), say('after-nul', 1)]);
    await start({
      message: async (event) => {
        if (event.message.streamId === 'nul')
          await event.tx.query(`select '"\\u0000"'::jsonb #>> '{}'`);
        await store(event);
      },
    });
    await until3('after-nul', [1]);
    expect(await quarantineOf('REFUSED_BY_DATABASE')).toHaveLength(1);
  }, 40_000);

  it('D08 an unknown error is tried five times, then quarantined; its stream goes on', async () => {
    let tries = 0;
    await write(stack, TOPIC, [say('unknown', 1), say('unknown', 2)]);
    await start({
      message: (event) => {
        if (event.message.streamId !== 'unknown' || event.message.streamVersion !== 1n) {
          return store(event);
        }
        tries += 1;
        return Promise.reject(new TypeError('x is undefined'));
      },
    });
    expect(await until3('unknown', [2])).toEqual([2]);
    expect(await quarantineOf('HANDLER_FAILED')).toMatchObject([{ attempts: 5 }]);
    expect(tries).toBeGreaterThanOrEqual(5);
  }, 40_000);

  it('D12 a store that is away after a part is stored is asked for the rest only', async () => {
    const group = 'partly';
    let away = 1;
    await write(stack, 'payment', [say('part', 1), say('part-bad', 1), say('part-away', 1)]);
    await start({
      topic: 'payment',
      group,
      message: (event) => {
        const { streamId } = event.message;
        if (streamId === 'part-bad') return Promise.reject(new Malformed('PART_BAD', 'bad'));
        if (streamId === 'part-away' && away > 0) {
          away -= 1;
          return Promise.reject(new Unavailable('DATABASE_UNAVAILABLE', 'away'));
        }
        return store(event);
      },
    });
    expect(await until3('part-away', [1])).toEqual([1]);
    expect(await seenOf('part')).toEqual([1]);
    const claims = await stack.asSuperuser(
      'select max(epoch) as epoch from consumer_offset where group_id = $1',
      [group],
    );
    expect(claims).toEqual([{ epoch: '1' }]);
  }, 40_000);

  it('announces usage.quarantined in the same transaction where it is told to', async () => {
    await write(stack, TOPIC, [say('announced', 1, Buffer.from('?'))]);
    await start({ announce: true });
    const rows = await until('the announcement', async () => {
      const found = await stack.asSuperuser(`select type, tenant from outbox
        where topic = 'usage.quarantined'`);
      return found.length > 0 ? found : undefined;
    });
    expect(rows).toEqual([{ type: 'usage.quarantined', tenant: 'shantou' }]);
  }, 40_000);

  it('R12 a burst of defects of an unknown class halts the partition before the hundredth', async () => {
    const harness = await start({ message: () => Promise.reject(new TypeError('bad deploy')) });
    const before = (await quarantineOf('HANDLER_FAILED')).length;
    const burst = Array.from({ length: DEFECTS_MAX + 20 }, (_, index) => say(`burst-${index}`, 1));
    await write(stack, TOPIC, burst);
    await until('halt', () => (harness.health.snapshot().ready ? undefined : true), 60_000);
    expect((await quarantineOf('HANDLER_FAILED')).length - before).toBe(DEFECTS_MAX - 1);
    await stopAll();
    // A good deployment takes up where the halt was; nothing was lost.
    await start();
    await until3(`burst-${DEFECTS_MAX + 19}`, [1]);
    expect(await seenOf('burst-0')).toEqual([]);
    expect(await seenOf(`burst-${DEFECTS_MAX - 1}`)).toEqual([1]);
  }, 120_000);

  it('R12 a single bad producer is parked alone and never halts the partition', async () => {
    const burst = Array.from({ length: DEFECTS_MAX + 5 }, (_, i) =>
      say(`junk-${i}`, 1, Buffer.from('?')),
    );
    await write(stack, TOPIC, [...burst, say('after-junk', 1)]);
    const harness = await start();
    expect(await until3('after-junk', [1])).toEqual([1]);
    expect(harness.health.snapshot().ready).toBe(true);
  }, 60_000);

  it('F30 undecodable records that name no single sender halt the partition before the hundredth', async () => {
    const nameless = Array.from({ length: DEFECTS_MAX + 5 }, (_, index) => ({
      ...say(`nameless-${index}`, 1, Buffer.from('?')),
      headers: { tenant: '*' },
    }));
    const before = (await quarantineOf('DECODE_FAILED')).length;
    await write(stack, 'payment', nameless);
    const harness = await start({ topic: 'payment', group: 'nameless' });
    await until('halt', () => (harness.health.snapshot().ready ? undefined : true));
    const parts = Object.values(harness.health.snapshot().parts);
    expect(parts).toContainEqual({ ready: false, detail: 'BREAKER' });
    expect((await quarantineOf('DECODE_FAILED')).length - before).toBe(DEFECTS_MAX - 1);
  }, 60_000);

  it('R13 goes on behind a poison record that its successor overtook', async () => {
    await start();
    await write(stack, TOPIC, [say('overtaken', 2), say('overtaken', 1, Buffer.from('?'))]);
    expect(await until3('overtaken', [2])).toEqual([2]);
    expect(await parkedOf('overtaken')).toEqual([]);
  }, 40_000);

  it('R13 goes on behind a poison record that came too early', async () => {
    await start();
    await write(stack, TOPIC, [say('hole', 3, Buffer.from('?')), say('hole', 4)]);
    await write(stack, TOPIC, [say('hole', 1), say('hole', 2)]);
    expect(await until3('hole', [1, 2, 4])).toEqual([1, 2, 4]);
    expect(await parkedOf('hole')).toEqual([]);
  }, 40_000);

  it('R13 sets a parked message aside that its handler refuses, not its predecessor', async () => {
    await start({
      message: ({ tx, message }) =>
        message.streamId === 'refused' && message.streamVersion === 2n
          ? Promise.reject(new Malformed('REFUSED_LATE', 'bad'))
          : store({ tx, message }),
    });
    await write(stack, TOPIC, [say('refused', 2), say('refused', 1), say('refused', 3)]);
    expect(await until3('refused', [1, 3])).toEqual([1, 3]);
    expect(await quarantineOf('REFUSED_LATE')).toHaveLength(1);
    expect(await parkedOf('refused')).toEqual([]);
  }, 40_000);
});

describe('a consumer killed with -9', () => {
  const spawnAt = (crashAt: string): ChildProcess =>
    spawn(process.execPath, [PROGRAM], {
      env: { ...process.env, ...stack.env, CRASH_AT: crashAt },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  const exitOf = (child: ChildProcess): Promise<string | null> =>
    new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
  const answersOf = async (streamId: string): Promise<number> =>
    (await stack.asSuperuser('select 1 from outbox where stream_id = $1', [streamId])).length;

  it.each(['log:effects-before-commit', 'log:stored-before-resolve'])(
    'F02 at %s stores offset, effect and outbox once each',
    async (point) => {
      const stream = `killed-${point}`;
      await write(stack, TOPIC, [say(stream, 1), say(stream, 2), say(stream, 3)]);
      expect(await exitOf(spawnAt(point))).toBe('SIGKILL');
      const stored = point === 'log:stored-before-resolve' ? [1, 2, 3] : [];
      expect(await seenOf(stream)).toEqual(stored);
      expect(await answersOf(stream)).toBe(stored.length);
      const child = spawnAt('');
      await until3(stream, [1, 2, 3]);
      await write(stack, TOPIC, [say(`${stream}-end`, 1)]);
      await until3(`${stream}-end`, [1]);
      child.kill('SIGTERM');
      await exitOf(child);
      expect(await seenOf(stream)).toEqual([1, 2, 3]);
      expect(await answersOf(stream)).toBe(3);
    },
    90_000,
  );
});
