/**
 * Redis's start: the given server, else one of our own.
 *
 * Owns        the order of finding and starting it.
 */
import { join } from 'node:path';
import { tailOf } from './guarded.js';
import { HOST, USUAL_PORTS } from './ports.js';
import { findRedis } from './redis-programs.js';
import { pingRedis, redisOrder, redisUrl } from './redis-server.js';
import type { Starting } from './starting.js';
import { passwordOf } from './state.js';
import { waitUntil } from './waiting.js';

const READY_MS = 60_000;

/** Starts Redis and waits until it answers. */
export const startRedis = async (starting: Starting): Promise<void> => {
  const { home, state, log, launch } = starting;
  const given = process.env['REDIS_URL'];
  if (given !== undefined && given !== '') {
    await waitUntil({ what: 'Redis at REDIS_URL', limitMs: 15_000 }, () => pingRedis(given));
    state.redisUrl = given;
    log(`Redis: given server ${new URL(given).host}`);
    return;
  }
  const program = await findRedis(home, log);
  const port = await starting.port('redis', USUAL_PORTS.redis);
  const password = passwordOf(state, 'redis.default');
  log(`Redis: ${program.from} …`);
  const guarded = await launch(redisOrder({ home, program, port, password }));
  const unless = guarded.ended.then(() => `\n${tailOf(join(home.logs, 'redis.log'))}`);
  const url = redisUrl(port, password);
  await waitUntil({ what: 'Redis', limitMs: READY_MS, unless }, () => pingRedis(url));
  state.redisUrl = url;
  log(`Redis answers at ${HOST}:${port}`);
};
