import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@suanpan/platform-observability';
import type { EachBatchPayload } from 'kafkajs';
import type { LogBatchHandle } from './handlers.js';
import { Partitions } from './partition-state.js';
import { TIMING } from './session.js';
import type { Session } from './session.js';
import { TopicLane } from './topic-lane.js';

const TOPIC = 'usage.rated';

const sessionOf = (): Session =>
  ({
    options: {},
    timing: { ...TIMING, heartbeatMs: 5 },
    logger: createLogger({ service: 'test', level: 'silent' }),
    partitions: new Partitions(),
    stopping: false,
    rejoin: false,
  }) as unknown as Session;

interface Delivered {
  readonly beats: () => number;
  readonly taken: Promise<void>;
}

/** Hands a lane one record of a claimed partition, or an empty delivery, as kafkajs does. */
const deliver = (
  session: Session,
  lane: TopicLane,
  { partition, offsets = [0] }: { readonly partition: number; readonly offsets?: number[] },
): Delivered => {
  const state = session.partitions.at(TOPIC, partition);
  const place = { group: 'pricing', topic: TOPIC, partition };
  if (state.claim === undefined) state.claimed({ ...place, epoch: 1n, nextOffset: 0n });
  let beats = 0;
  const messages = offsets.map((offset) => {
    return { offset: `${offset}`, key: null, value: null, headers: {}, timestamp: '0' };
  });
  const payload = {
    batch: { messages, lastOffset: () => `${offsets.at(-1) ?? 0}` },
    resolveOffset: () => undefined,
    heartbeat: () => {
      beats += 1;
      return Promise.resolve();
    },
  };
  return {
    beats: () => beats,
    taken: lane.take({ state, payload: payload as unknown as EachBatchPayload }),
  };
};

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((go) => setImmediate(go));
};

/** A handler whose calls end when they are told to. */
const held = () => {
  const calls: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  let running = 0;
  let together = 0;
  const handle: LogBatchHandle = async (batches) => {
    calls.push(batches.map(({ partition }) => partition));
    running += 1;
    together = Math.max(together, running);
    await new Promise<void>((end) => ends.push(end));
    running -= 1;
  };
  return { calls, handle, end: () => ends.shift()?.(), together: () => together };
};

describe('a lane to which several brokers deliver', () => {
  it('runs one call at a time, and takes what waits in one gathering', async () => {
    const session = sessionOf();
    const { calls, handle, end, together } = held();
    const lane = new TopicLane(session, TOPIC, handle);
    const first = deliver(session, lane, { partition: 1 });
    await first.taken;
    const second = deliver(session, lane, { partition: 2 });
    await turns(3);
    const third = deliver(session, lane, { partition: 3 });
    await turns(3);
    expect(calls).toEqual([[1]]);
    end();
    await Promise.all([second.taken, third.taken]);
    await turns(3);
    expect(calls).toEqual([[1], [2, 3]]);
    const fourth = deliver(session, lane, { partition: 4 });
    await turns(3);
    expect(calls).toHaveLength(2);
    end();
    await fourth.taken;
    await turns(3);
    expect(calls).toEqual([[1], [2, 3], [4]]);
    end();
    await lane.settle();
    expect(together()).toBe(1);
  });

  it('tells the group that it lives while a delivery waits', async () => {
    const session = sessionOf();
    const { handle, end } = held();
    const lane = new TopicLane(session, TOPIC, handle);
    await deliver(session, lane, { partition: 1 }).taken;
    const waiting = deliver(session, lane, { partition: 2 });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(waiting.beats()).toBeGreaterThan(1);
    end();
    await waiting.taken;
    const beats = waiting.beats();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(waiting.beats()).toBe(beats);
    end();
  });

  it('refuses all that waits when a claim turned out stale', async () => {
    const session = sessionOf();
    const { calls, handle, end } = held();
    const lane = new TopicLane(session, TOPIC, handle);
    await deliver(session, lane, { partition: 1 }).taken;
    const waiting = [2, 3].map((partition) => deliver(session, lane, { partition }).taken);
    await turns(3);
    session.rejoin = true;
    end();
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(calls).toEqual([[1]]);
  });

  it('lets go of what waits, and of what comes later, when it is given up', async () => {
    const session = sessionOf();
    const { calls, handle } = held();
    const lane = new TopicLane(session, TOPIC, handle);
    await deliver(session, lane, { partition: 1 }).taken;
    const waiting = deliver(session, lane, { partition: 2 });
    await turns(3);
    lane.giveUp();
    await waiting.taken;
    await deliver(session, lane, { partition: 3 }).taken;
    expect(calls).toEqual([[1]]);
  });
});

describe('a lane that runs for long', () => {
  it('keeps nothing of a delivery that is done', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const session = sessionOf();
    const lane = new TopicLane(session, TOPIC, () => Promise.resolve());
    const run = async (count: number): Promise<number> => {
      for (let index = 0; index < count; index += 1) {
        await deliver(session, lane, { partition: 1, offsets: [] }).taken;
      }
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = await run(5_000);
    const after = await run(20_000);
    expect((after - before) / 20_000).toBeLessThan(60);
  }, 30_000);
});
