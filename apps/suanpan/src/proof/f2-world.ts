/**
 * The system that F2 is proved on: servers of its own, the four services, one centre.
 *
 * Owns        the ways to look (SQL as superuser, the log's end) and to harm (kill -9, flush).
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { type Service, type Stack, StackProblem } from '@suanpan/local-stack';
import { Redis } from 'ioredis';
import pg from 'pg';

import { recordsIn } from '../bench/bench.js';
import { startOwnStack } from '../bench/own-stack.js';
import { ApiClient } from '../demo/api-client.js';
import { operatorKey } from '../demo/keys.js';
import { migrateAll, startServices, urlOf } from '../demo/services.js';
import { CENTRE, CONTRACT, contractTerms, PRICE_TABLE, priceVersions, SOURCE } from './f2-terms.js';

export const HOME = 'proof';
const LOOK_MS = 20;
const PATIENCE_MS = 120_000;

export interface World {
  readonly stack: Stack;
  readonly services: readonly Service[];
  readonly centre: ApiClient;
  readonly sql: pg.Client;
}

const setUp = async (stack: Stack, operator: string): Promise<ApiClient> => {
  const pricing = new ApiClient(urlOf(stack, 'pricing'), operator);
  for (const { version, terms } of priceVersions) {
    await pricing.put(`/v1/price-tables/${PRICE_TABLE}/versions/${version}`, terms);
  }
  await pricing.put(`/v1/contracts/${CONTRACT}`, contractTerms);
  const ingest = new ApiClient(urlOf(stack, 'usage-ingest'), operator);
  await ingest.put(`/v1/centres/${CENTRE}`, { name: CENTRE, country: 'CN', status: 'active' });
  const order = { role: 'centre', party: CENTRE, sources: [SOURCE] };
  const { apiKey } = await ingest.post<{ apiKey: string }>('/v1/api-keys', order, 'proof-key-1');
  return new ApiClient(urlOf(stack, 'usage-ingest'), apiKey);
};

/** Starts everything empty and registers who takes part. */
export const openWorld = async (print: (line: string) => void): Promise<World> => {
  const stack = await startOwnStack(HOME, print);
  await migrateAll(stack);
  const services = await startServices(stack, print);
  const centre = await setUp(stack, await operatorKey(stack));
  const sql = new pg.Client({ connectionString: stack.postgres.superuserUrl });
  await sql.connect();
  sql.on('error', () => undefined);
  return { stack, services, centre, sql };
};

type Row = Readonly<Record<string, string>>;

export const rowOf = async ({ sql }: World, text: string): Promise<Row> =>
  ((await sql.query(text)).rows as Row[])[0] ?? {};

const COMMITTED = `select coalesce(sum(next_offset), 0)::text as done
  from pricing.consumer_offset where topic = 'usage.recorded'`;

/** Records of the log that pricing has not committed. */
export const uncommitted = async (world: World): Promise<number> => {
  const end = await recordsIn(world.stack, 'usage.recorded');
  return end - Number((await rowOf(world, COMMITTED))['done']);
};

/** Kills a service while a batch is uncommitted; gives how many records were. */
export const killNine = async (world: World, name: string): Promise<number> => {
  const service = world.services.find((one) => one.name === name);
  if (service === undefined) throw new StackProblem(`${name} is no service.`);
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const waiting = await uncommitted(world);
    if (waiting > 0 && service.pid() !== null) {
      service.kill('SIGKILL');
      return waiting;
    }
    if (performance.now() > end) throw new StackProblem('No batch is ever uncommitted.');
    await sleep(LOOK_MS);
  }
};

export const flushRedis = async ({ stack }: World): Promise<void> => {
  const redis = new Redis(stack.redis.url, { maxRetriesPerRequest: null });
  await redis.flushall();
  await redis.quit();
};

/** Waits until pricing has committed the whole log; halts when it makes no progress. */
export const untilCommitted = async (world: World): Promise<void> => {
  let least = Number.POSITIVE_INFINITY;
  let since = performance.now();
  for (;;) {
    const waiting = await uncommitted(world);
    if (waiting === 0) return;
    if (waiting < least) [least, since] = [waiting, performance.now()];
    else if (performance.now() - since > PATIENCE_MS) {
      throw new StackProblem(`Rating stands, ${waiting} records before the end of the log.`);
    }
    await sleep(10 * LOOK_MS);
  }
};
