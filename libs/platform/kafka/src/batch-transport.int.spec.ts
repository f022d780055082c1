import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Unavailable } from '@suanpan/event-sourcing';
import { advanceOffset, claimPartitions } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { HaltPartition } from './breaker.js';
import type { LogBatch } from './handlers.js';
import { KafkaProxy } from './proxy-harness.js';
import { listen, record, write } from './transport-harness.js';
import type { Harness } from './transport-harness.js';

jest.setTimeout(60_000);

const TOPIC = 'usage.rated';

let stack: TestStack;
let running: Harness[] = [];
beforeAll(async () => {
  stack = await testStack({ topics: [TOPIC] });
  await stack.asSuperuser(`create table seen (grp text, partition int, log_offset bigint, note text,
    primary key (grp, partition, log_offset)); grant all on seen to public`);
}, 60_000);
afterEach(async () => {
  await Promise.all(running.map(({ transport }) => transport.close()));
  running = [];
}, 60_000);
afterAll(() => stack.dispose(), 60_000);

/** Stores every record, with the offsets, in one transaction. */
const storeAll =
  (group: string, db: Database = stack.db) =>
  (batches: readonly LogBatch[]): Promise<void> =>
    db.transaction(async (tx) => {
      for (const batch of batches) {
        await advanceOffset(tx, batch.claim, batch.firstOffset, batch.lastOffset + 1n);
        for (const { offset, value } of batch.messages) {
          await tx.query('insert into seen values ($1, $2, $3, $4)', [
            group,
            batch.partition,
            offset.toString(),
            value?.toString(),
          ]);
        }
      }
    });

const start = async (options: Parameters<typeof listen>[1]): Promise<Harness> => {
  const harness = await listen(stack, options);
  running.push(harness);
  return harness;
};

const seen = async (group: string): Promise<readonly string[]> => {
  const rows = await stack.asSuperuser<{ note: string }>(
    'select note from seen where grp = $1 order by partition, log_offset',
    [group],
  );
  return rows.map(({ note }) => note);
};

const seenAll = (group: string, count: number): Promise<readonly string[]> =>
  until(`${count} records of ${group}`, async () => {
    const notes = await seen(group);
    return notes.length >= count ? notes : undefined;
  });

/** Every record that the log has held so far. */
const logSize = async (): Promise<number> => {
  const admin = stack.kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(`${stack.prefix}${TOPIC}`);
  await admin.disconnect();
  return ends.reduce((sum, { high }) => sum + Number(high), 0);
};

/** The records of one partition so far. */
const sizeOf = async (partition: number): Promise<number> => {
  const rows = await stack.asSuperuser<{ next_offset: string }>(
    `select max(next_offset) as next_offset from consumer_offset where topic = $1 and partition = $2`,
    [TOPIC, partition],
  );
  return Number(rows[0]?.next_offset ?? 0);
};

const notes = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(4, '0')}`);

describe('the transport, batches', () => {
  it('openmeter#4964 starts a group without offsets at the first record', async () => {
    await write(
      stack,
      TOPIC,
      notes('early', 20).map((note) => record(0, note)),
    );
    await start({ topic: TOPIC, group: 'first', batch: storeAll('first') });
    expect((await seenAll('first', 20)).slice(0, 20)).toEqual(notes('early', 20));
  }, 40_000);

  it('R14 hands partitions that arrive together to one call', async () => {
    const calls: number[] = [];
    for (let partition = 0; partition < 16; partition += 1) {
      await write(stack, TOPIC, [record(partition, `coalesce-${partition}`)]);
    }
    await start({
      topic: TOPIC,
      group: 'coalesced',
      batch: async (batches) => {
        calls.push(batches.length);
        const partitions = batches.map(({ partition }) => partition);
        expect(partitions).toEqual([...partitions].sort((a, b) => a - b));
        await storeAll('coalesced')(batches);
      },
    });
    await until('16 partitions', async () =>
      (await seen('coalesced')).filter((note) => note.startsWith('coalesce')).length === 16
        ? true
        : undefined,
    );
    expect(Math.max(...calls)).toBe(16);
  }, 40_000);

  it('goes on where the database stands after a restart, each record stored once', async () => {
    const first = await start({ topic: TOPIC, group: 'restarted', batch: storeAll('restarted') });
    const before = (await seenAll('restarted', await logSize())).length;
    await first.transport.close();
    await write(
      stack,
      TOPIC,
      notes('later', 10).map((note) => record(3, note)),
    );
    await start({ topic: TOPIC, group: 'restarted', batch: storeAll('restarted') });
    expect((await seenAll('restarted', before + 10)).length).toBe(before + 10);
  }, 60_000);

  it('D08 retries the same batch while the store is away, and quarantines nothing', async () => {
    let failures = 4;
    const group = 'patient';
    const harness = await start({
      topic: TOPIC,
      group,
      batch: (batches) => {
        failures -= 1;
        if (failures >= 0) return Promise.reject(new Unavailable('DATABASE_UNAVAILABLE', 'away'));
        return storeAll(group)(batches);
      },
    });
    await seenAll(group, await logSize());
    expect(harness.health.snapshot().ready).toBe(true);
    expect(harness.exits).toEqual([]);
  }, 40_000);

  it('halts the partition that its handler gives up, and stores the others', async () => {
    const group = 'one-bad';
    const harness = await start({
      topic: TOPIC,
      group,
      batch: (batches) => {
        if (batches.some(({ partition }) => partition === 3)) {
          throw new HaltPartition('BREAKER', 'too many', { topic: TOPIC, partition: 3 });
        }
        return storeAll(group)(batches);
      },
    });
    await seenAll(group, (await logSize()) - (await sizeOf(3)));
    await until('halt', () => (harness.health.snapshot().ready ? undefined : true));
    expect(harness.health.snapshot().parts[`log ${TOPIC}/3`]).toMatchObject({ detail: 'BREAKER' });
    expect(await seen(group)).not.toContain('later-0000');
  }, 40_000);

  it('isolates a batch that always fails, and halts only its partition', async () => {
    const group = 'isolated';
    const harness = await start({
      topic: TOPIC,
      group,
      batch: (batches) => {
        if (batches.some(({ partition }) => partition === 5)) throw new TypeError('broken');
        return storeAll(group)(batches);
      },
    });
    await until('halt', () => (harness.health.snapshot().ready ? undefined : true));
    await seenAll(group, (await logSize()) - (await sizeOf(5)));
    expect(Object.keys(harness.health.snapshot().parts)).toContain(`log ${TOPIC}/5`);
  }, 40_000);
});

describe('the fence', () => {
  it('F12 a worker whose claim was taken drops its batch, joins again and goes on exactly once', async () => {
    const group = 'fenced';
    let stolen = false;
    let calls = 0;
    await start({
      topic: TOPIC,
      group,
      batch: async (batches) => {
        calls += 1;
        if (!stolen) {
          stolen = true;
          // Another worker claims while this one is about to store.
          await claimPartitions(stack.db, {
            group,
            topic: TOPIC,
            partitions: batches.map(({ partition }) => partition),
            clusterId: (await clusterOf(group)) ?? '',
          });
        }
        await storeAll(group)(batches);
      },
    });
    const size = await logSize();
    expect((await seenAll(group, size)).length).toBe(size);
    expect(calls).toBeGreaterThan(1);
  }, 60_000);

  it('F12 two workers in one group share the partitions and store each record once', async () => {
    const group = 'pair';
    await start({ topic: TOPIC, group, batch: storeAll(group) });
    await start({ topic: TOPIC, group, batch: storeAll(group) });
    for (let round = 0; round < 10; round += 1) {
      const batch = notes(`pair${round}`, 32).map((note, index) => record(index % 16, note));
      await write(stack, TOPIC, batch);
    }
    const size = await logSize();
    expect((await seenAll(group, size)).length).toBe(size);
  }, 90_000);
});

const clusterOf = async (group: string): Promise<string | undefined> => {
  const rows = await stack.asSuperuser<{ cluster_id: string }>(
    'select cluster_id from consumer_offset where group_id = $1 limit 1',
    [group],
  );
  return rows[0]?.cluster_id;
};

describe('the watchdog (D18)', () => {
  it('ends a process whose handler hangs though records wait', async () => {
    await write(stack, TOPIC, [record(1, 'hanging')]);
    const harness = await start({
      topic: TOPIC,
      group: 'hanging',
      batch: () => new Promise<void>(() => undefined),
      timing: { watchMs: 200, stalledMs: 1_000, closeMs: 500 },
    });
    const [reason] = await until('the exit', () =>
      harness.exits.length > 0 ? harness.exits : undefined,
    );
    expect(reason).toContain('records waiting and no progress');
  });

  it('lets an idle one live, and one that has caught up after a restart', async () => {
    const first = await start({ topic: TOPIC, group: 'idle', batch: storeAll('idle') });
    await seenAll('idle', await logSize());
    await first.transport.close();
    const harness = await start({
      topic: TOPIC,
      group: 'idle',
      batch: storeAll('idle'),
      timing: { watchMs: 200, stalledMs: 500 },
    });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(harness.exits).toEqual([]);
  });
});

describe('a broker that goes away', () => {
  it('F08, F27 is read on when it is back, each record stored once, without a new process', async () => {
    const group = 'survivor';
    const proxy = new KafkaProxy();
    await proxy.open();
    const harness = await start({
      topic: TOPIC,
      group,
      batch: storeAll(group),
      kafka: proxy.through(stack.env),
      timing: { sessionMs: 6_000, watchMs: 500, commitMs: 500 },
    });
    await write(
      stack,
      TOPIC,
      notes('before', 8).map((note, index) => record(index, note)),
    );
    const before = (await seenAll(group, await logSize())).length;
    proxy.cut(true);
    await write(
      stack,
      TOPIC,
      notes('while-away', 30).map((note, index) => record(index % 16, note)),
    );
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    proxy.cut(false);
    expect((await seenAll(group, before + 30)).length).toBe(before + 30);
    proxy.frozen = true;
    await write(
      stack,
      TOPIC,
      notes('while-frozen', 30).map((note, index) => record(index % 16, note)),
    );
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    proxy.frozen = false;
    expect((await seenAll(group, before + 60)).length).toBe(before + 60);
    expect(harness.exits).toEqual([]);
    await harness.transport.close();
    running = [];
    await proxy.close();
  }, 120_000);
});

describe('a log that does not hold the offset', () => {
  const plant = (group: string, set: string) =>
    stack.asSuperuser(`alter table consumer_offset disable trigger all;
      update consumer_offset set ${set} where group_id = '${group}' and partition = 3;
      alter table consumer_offset enable trigger all`);

  const prepare = async (group: string): Promise<void> => {
    const first = await start({ topic: TOPIC, group, batch: storeAll(group) });
    await write(
      stack,
      TOPIC,
      notes(group, 20).map((note) => record(3, note)),
    );
    await seenAll(group, await logSize());
    await first.transport.close();
  };

  it('D03 halts DATA_GAP when the stored offset lies beyond the log’s end', async () => {
    await prepare('beyond');
    await plant('beyond', 'next_offset = 5000');
    await write(stack, TOPIC, [record(3, 'after'), record(4, 'neighbour')]);
    const harness = await start({ topic: TOPIC, group: 'beyond', batch: storeAll('beyond') });
    await until('halt', () => harness.health.snapshot().parts[`log ${TOPIC}/3`]);
    expect(harness.health.snapshot().parts[`log ${TOPIC}/3`]).toEqual({
      ready: false,
      detail: 'DATA_GAP',
    });
    await until('the neighbour', async () =>
      (await seen('beyond')).includes('neighbour') ? true : undefined,
    );
    expect(await seen('beyond')).not.toContain('after');
  }, 60_000);

  it('D02 halts OTHER_CLUSTER when the offsets are another cluster’s', async () => {
    await prepare('foreign');
    await plant('foreign', `cluster_id = 'elsewhere'`);
    await write(stack, TOPIC, [record(3, 'foreign')]);
    const harness = await start({ topic: TOPIC, group: 'foreign', batch: storeAll('foreign') });
    const part = await until('halt', () => harness.health.snapshot().parts[`log ${TOPIC}/3`]);
    expect(part).toEqual({ ready: false, detail: 'OTHER_CLUSTER' });
  }, 60_000);

  it('D03 halts DATA_GAP when the log begins after the stored offset', async () => {
    await prepare('below');
    const admin = stack.kafka.admin();
    await admin.connect();
    await write(
      stack,
      TOPIC,
      notes('kept', 3).map((note) => record(3, note)),
    );
    const topic = `${stack.prefix}${TOPIC}`;
    const ends = await admin.fetchTopicOffsets(topic);
    const end = ends.find(({ partition }) => partition === 3)?.high ?? '0';
    await admin.deleteTopicRecords({
      topic,
      partitions: [{ partition: 3, offset: (BigInt(end) - 1n).toString() }],
    });
    await admin.disconnect();
    const harness = await start({ topic: TOPIC, group: 'below', batch: storeAll('below') });
    const part = await until('halt', () => harness.health.snapshot().parts[`log ${TOPIC}/3`]);
    expect(part).toEqual({ ready: false, detail: 'DATA_GAP' });
    expect(await seen('below')).not.toContain('kept-0002');
  }, 60_000);

  it('B73 sees nothing of an aborted transaction, and halts at the gap that it leaves', async () => {
    const group = 'aborted';
    await start({ topic: TOPIC, group, batch: storeAll(group) });
    await write(stack, TOPIC, [record(6, 'before it')]);
    await until('the partition is read to its end', async () =>
      (await seen(group)).includes('before it') ? true : undefined,
    );
    const transactionalId = `${stack.prefix}aborted`;
    // eslint-disable-next-line no-restricted-syntax -- what a producer that is not ours may do
    const options = { transactionalId, idempotent: true, maxInFlightRequests: 1 };
    const producer = stack.kafka.producer(options);
    await producer.connect();
    const transaction = await producer.transaction();
    const message = { ...record(6, 'never'), key: Buffer.from('never') };
    await transaction.send({ topic: `${stack.prefix}${TOPIC}`, messages: [message] });
    await transaction.abort();
    await producer.disconnect();
    await write(stack, TOPIC, [record(6, 'behind'), record(5, 'beside')]);
    const [harness] = running;
    const part = await until(
      'halt',
      () => harness?.health.snapshot().parts[`log ${TOPIC}/6`] ?? undefined,
    );
    expect(part).toEqual({ ready: false, detail: 'DATA_GAP' });
    await until('the neighbour', async () =>
      (await seen(group)).includes('beside') ? true : undefined,
    );
    expect(await seen(group)).not.toContain('never');
    expect(await seen(group)).not.toContain('behind');
  }, 60_000);
});
