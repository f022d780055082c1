/**
 * BullMQ as a bell between processes: one queue a duty, so that only who has the duty hears it.
 *
 * Units       milliseconds
 * Invariant   a job's id has no ':' and is never used again; done and failed jobs are removed, so
 *             that no later wake-up is silently ignored. A bell that cannot ring says so in time,
 *             and its end never waits for a Redis that is away.
 * Source      reliability D12 and 7 (BullMQ issues), ecosystem 6
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from '@suanpan/platform-observability';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

export interface BellOptions {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly logger: Logger;
}

interface WakeUp {
  readonly id: string;
}

const ANSWER_MS = 1_000;
const LOCK_MS = 60_000;
const RECONNECT_MAX_MS = 2_000;
const NOT_IN_ID = /[^A-Za-z0-9_.-]/g;

const inTime = async (work: Promise<unknown>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ANSWER_MS);
  });
  const done = work.then(
    () => true,
    () => false,
  );
  const inTime = await Promise.race([done, late]);
  clearTimeout(timer);
  return inTime;
};

export class RedisBell {
  private readonly prefix: string;
  private readonly logger: Logger;
  private readonly ringing: Redis;
  private readonly hearing: Redis;
  private readonly queues = new Map<string, Queue<WakeUp>>();
  private readonly workers: Worker<WakeUp>[] = [];
  private closed = false;

  constructor({ redisUrl, prefix, logger }: BellOptions) {
    this.prefix = `suanpan-${prefix}`.replace(NOT_IN_ID, '-');
    this.logger = logger;
    this.ringing = this.connect(redisUrl, false);
    this.hearing = this.connect(redisUrl, true);
  }

  /** Calls `heard` for each wake-up of a duty, whoever rang. */
  listen(name: string, heard: (id: string) => Promise<void>): void {
    const worker = new Worker<WakeUp>(`wake-${name}`, (job) => heard(job.data.id), {
      connection: this.hearing,
      prefix: this.prefix,
      lockDuration: LOCK_MS,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    worker.on('error', this.note);
    this.workers.push(worker);
  }

  /** Sends a wake-up; false when Redis has not taken it in time. */
  ring(name: string, id: string): Promise<boolean> {
    const jobId = `${id}-${randomUUID()}`.replace(NOT_IN_ID, '-');
    return inTime(this.queueOf(name).add(name, { id }, { jobId }));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.workers.map((worker) => inTime(worker.close())));
    await Promise.all([...this.queues.values()].map((queue) => inTime(queue.close())));
    this.ringing.disconnect();
    this.hearing.disconnect();
  }

  private queueOf(name: string): Queue<WakeUp> {
    let queue = this.queues.get(name);
    if (queue === undefined) {
      queue = new Queue<WakeUp>(`wake-${name}`, {
        connection: this.ringing,
        prefix: this.prefix,
        defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
      });
      queue.on('error', this.note);
      this.queues.set(name, queue);
    }
    return queue;
  }

  private connect(redisUrl: string, waits: boolean): Redis {
    const redis = new Redis(redisUrl, {
      // BullMQ's blocking commands wait for ever; a bell that is rung must not.
      maxRetriesPerRequest: null,
      enableOfflineQueue: waits,
      // BullMQ's own copies of this connection end their tries by it too.
      retryStrategy: (times) => (this.closed ? null : Math.min(times * 100, RECONNECT_MAX_MS)),
    });
    redis.on('error', this.note);
    return redis;
  }

  private readonly note = (error: Error): void => {
    this.logger.debug({ err: error }, 'Redis is away; the reconciler does it all.');
  };
}
