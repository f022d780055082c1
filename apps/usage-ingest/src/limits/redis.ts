/**
 * The service's Redis: shared budgets and the ids of signed requests, no fact of any kind.
 *
 * Units       milliseconds
 * Invariant   nobody waits for a Redis that is away: a command is sent on a live connection or not
 *             at all, and given up after a moment; after a failure none is sent for a while.
 * Source      design 3.5 (Redis is never the only place where a fact lives)
 */
import { createHash } from 'node:crypto';
import type { Logger } from '@suanpan/platform-observability';
import { Redis } from 'ioredis';

const ANSWER_MS = 100;
const CONNECT_MS = 1_000;
const RECONNECT_MAX_MS = 2_000;
const REST_MS = 1_000;

export interface Script {
  readonly text: string;
  readonly sha: string;
}

export const scriptOf = (text: string): Script => ({
  text,
  sha: createHash('sha1').update(text).digest('hex'),
});

export interface SharedMemoryOptions {
  /** Absent: there is none, and each process stands alone. */
  readonly url: string | undefined;
  readonly prefix: string;
  readonly logger: Logger;
}

export class SharedMemory {
  private readonly redis: Redis | null;
  private readonly prefix: string;
  private readonly logger: Logger;
  private restUntil = 0;

  constructor({ url, prefix, logger }: SharedMemoryOptions) {
    this.prefix = `suanpan:${prefix}ingest:`;
    this.logger = logger;
    this.redis = url === undefined ? null : this.connect(url);
  }

  key(...parts: readonly string[]): string {
    return `${this.prefix}${JSON.stringify(parts)}`;
  }

  /** What Redis answers; undefined when it is away. */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    const { redis } = this;
    if (redis?.status !== 'ready' || performance.now() < this.restUntil) return undefined;
    try {
      return await command(redis);
    } catch (error) {
      this.restUntil = performance.now() + REST_MS;
      this.logger.warn({ err: error }, 'Redis does not answer: this process counts alone.');
      return undefined;
    }
  }

  /** Runs a script by its hash; its text is sent when Redis does not know it. */
  run(script: Script, keys: readonly string[], args: readonly number[]): Promise<unknown> {
    const { sha, text } = script;
    return this.ask(async (redis) => {
      try {
        return await redis.evalsha(sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!String(error).includes('NOSCRIPT')) throw error;
        return redis.eval(text, keys.length, ...keys, ...args);
      }
    });
  }

  close(): void {
    this.redis?.disconnect();
  }

  private connect(url: string): Redis {
    const redis = new Redis(url, {
      connectTimeout: CONNECT_MS,
      commandTimeout: ANSWER_MS,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 100, RECONNECT_MAX_MS),
    });
    redis.on('error', (error: Error) => this.logger.debug({ err: error }, 'Redis is away.'));
    return redis;
  }
}
