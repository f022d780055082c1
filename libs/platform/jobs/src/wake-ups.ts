/**
 * Runs what is due, soon after someone says so and at the latest when the reconciler comes by.
 *
 * Shape       a wake-up is a BullMQ job that holds only ids; `run` reads the due work from the
 *             database. Each name runs once at a time in a process; a wake-up during a run makes
 *             it run once more.
 * Units       milliseconds
 * Invariant   losing, doubling or delaying a wake-up harms nothing: Redis is never the only place
 *             where a fact lives. Without Redis the reconciler does everything.
 * Source      design 3.10, reliability D12, F20–F23
 */
import type { Logger } from '@suanpan/platform-observability';
import { createLogger } from '@suanpan/platform-observability';
import type { Database } from '@suanpan/platform-postgres';
import { RedisBell } from './redis-bell.js';
import { Turn } from './turn.js';

export interface Duty {
  /** How often the reconciler runs it whatever happens. */
  readonly everyMs: number;
  /** Does what the database says is due; safe to run twice. `id` is a hint, or null. */
  readonly run: (id: string | null) => Promise<void>;
}

export interface WakeUpOptions {
  /** Without it there are no wake-ups over processes, only the reconciler. */
  readonly redisUrl?: string | undefined;
  readonly prefix: string;
  readonly db: Database;
  readonly logger?: Logger;
}

export interface WakeUps {
  /** Makes a duty known; it runs at once and then every `everyMs`. */
  register(name: string, duty: Duty): void;
  /** Has a duty run soon, here or in another process. */
  wake(name: string, id: string): Promise<void>;
  /** Ends after the runs under way. */
  close(): Promise<void>;
}

const bellOf = ({ redisUrl, prefix }: WakeUpOptions, logger: Logger): RedisBell | undefined =>
  redisUrl === undefined || redisUrl === ''
    ? undefined
    : new RedisBell({ redisUrl, prefix, logger });

export const createWakeUps = (options: WakeUpOptions): WakeUps => {
  const logger = options.logger ?? createLogger({ service: 'jobs' });
  const turns = new Map<string, Turn>();
  const bell = bellOf(options, logger);
  return {
    register: (name, duty) => {
      if (turns.has(name)) throw new RangeError(`Duty ${name} is registered twice.`);
      const turn = new Turn({ name, duty, db: options.db, logger });
      turns.set(name, turn);
      bell?.listen(name, (id) => turn.take(id));
    },
    wake: async (name, id) => {
      const rung = (await bell?.ring(name, id)) ?? false;
      // Redis is away: if the duty is this process's own, it can begin anyway.
      if (!rung) void turns.get(name)?.take(id);
    },
    close: async () => {
      await bell?.close();
      await Promise.all([...turns.values()].map((turn) => turn.close()));
    },
  };
};
