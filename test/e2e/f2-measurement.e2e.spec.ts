import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import type { ApiClient } from '../../apps/suanpan/src/demo/api-client.js';
import * as scene from './scene-a.js';
import { about, type Counts, openTenant, send, sql, type Tenant, until } from './world.js';

// F2 at 1/100 (R25): 10,000 distinct events, 20% exact duplicates, 5% same id with another payload, 10% out of order.
const DISTINCT = 10_000;
const BATCH = 500;
const SEED = Number(process.env['SUANPAN_SEED'] ?? '20260501');

/** A small generator of its own: the schedule is the seed's, whatever else runs. */
const randomOf = (seed: number) => {
  let state = seed >>> 0;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

const KINDS = ['input', 'cached_input', 'output', 'reasoning'] as const;

const eventOf = (index: number, extra = 0) => {
  const minute = index % (28 * 24 * 60);
  const time = new Date(Date.UTC(2026, 4, 2) + minute * 60_000).toISOString();
  return scene.event({
    id: `f2-${String(index).padStart(6, '0')}`,
    time,
    tokens: scene.tokens(
      1_000 + (index % 977),
      index % 613,
      200 + (index % 389) + extra,
      index % 97,
    ),
  });
};

const play = (random: (below: number) => number) => {
  const order = Array.from({ length: DISTINCT }, (_, index) => eventOf(index));
  for (let index = 0; index < DISTINCT / 10; index += 1) {
    const [a, b] = [random(DISTINCT), random(DISTINCT)];
    const [one, two] = [order[a], order[b]];
    if (one !== undefined && two !== undefined) [order[a], order[b]] = [two, one];
  }
  const twice = Array.from({ length: DISTINCT / 5 }, () => eventOf(random(DISTINCT)));
  // Another payload comes after the whole first pass: which payload stands is then the file's.
  const changed = Array.from({ length: DISTINCT / 20 }, (_, n) => eventOf(n * 20, 1));
  return [...order, ...twice, ...changed];
};

const killed: string[] = [];

const kill = async (service: string): Promise<void> => {
  const pattern = `apps/${service}/dist/main.js`;
  const home = about().home;
  const found = spawnSync('pgrep', ['-f', pattern], { encoding: 'utf8' }).stdout.trim().split('\n');
  const mine = found.filter((pid) => isOurs(Number(pid), home));
  expect(mine.length).toBeGreaterThan(0);
  for (const pid of mine) process.kill(Number(pid), 'SIGKILL');
  killed.push(service);
  const url = about().urls[service] ?? '';
  await until(`${service} to be back`, async () => {
    const answer = await fetch(`${url}/health/ready`).catch(() => null);
    return answer?.ok === true ? true : null;
  });
};

/** A process is killed only when it serves this run's stack. */
const isOurs = (pid: number, home: string): boolean => {
  const env = spawnSync('cat', [`/proc/${pid}/environ`], { encoding: 'utf8' }).stdout;
  const ours = new URL(about().superuserUrl).port;
  return home !== '' && env.includes(`:${ours}/`);
};

const flushRedis = async (): Promise<void> => {
  const { Redis } = await import('ioredis');
  const redis = new Redis(about().redisUrl);
  await redis.flushall();
  await redis.quit();
};

/** Sends until each event is accepted; what is repeated keeps its id. */
const sendAll = async (centre: ApiClient, events: readonly unknown[]): Promise<number> => {
  let rest = events;
  let accepted = 0;
  while (rest.length > 0) {
    const current = rest;
    const { results } = await send(centre, current);
    accepted += results.filter(({ status }) => status === 'accepted').length;
    rest = current.filter((_, index) => results[index]?.status === 'retry');
  }
  return accepted;
};

describe(`F2 token measurement, first form (seed ${SEED})`, () => {
  let tenant: Tenant;
  let counts: Counts;

  beforeAll(async () => {
    tenant = await openTenant('f2');
    for (const { version, ...terms } of scene.priceVersions) {
      await tenant.pricing.put(`/v1/price-tables/pt-scene/versions/${version}`, terms);
    }
    await tenant.pricing.put(`/v1/contracts/${scene.CONTRACT}`, scene.contractTerms);
    const centre = await tenant.centre(scene.CENTRE, scene.SOURCE);
    const events = play(randomOf(SEED));
    const kills = ['pricing', 'usage-ingest', 'profit-share'];
    let accepted = 0;
    for (let from = 0; from < events.length; from += BATCH) {
      accepted += await sendAll(centre, events.slice(from, from + BATCH));
      const service = kills[Math.floor(from / BATCH / 6)];
      if ((from / BATCH) % 6 === 5 && service !== undefined) await kill(service);
      if (from === BATCH * 14) await flushRedis();
    }
    counts = await tenant.handled(accepted);
  }, 400_000);

  it('survives three kill -9 and a Redis flush', () => {
    expect(killed).toEqual(['pricing', 'usage-ingest', 'profit-share']);
  });

  it('rates each distinct event once', () => {
    expect(counts.rated).toBe(DISTINCT);
    expect(counts.unpriced + counts.quarantined).toBe(0);
  });

  it('lists every same-id-other-payload as a conflict and takes none silently', () => {
    // A batch that was repeated after a kill can repeat a conflict; none is missing.
    expect(counts.conflict).toBeGreaterThanOrEqual(DISTINCT / 20);
    expect(counts.duplicate).toBeGreaterThanOrEqual(DISTINCT / 5);
  });

  it('bills the sum of the distinct file to the token', async () => {
    const expected = Object.fromEntries(KINDS.map((kind) => [kind, 0n]));
    for (let index = 0; index < DISTINCT; index += 1) {
      const { tokens } = eventOf(index).data as { tokens: Record<string, number> };
      for (const kind of KINDS) expected[kind] = (expected[kind] ?? 0n) + BigInt(tokens[kind] ?? 0);
    }
    const rows = await sql<{ kind: string; quantity: string }>(
      `SELECT c.kind, sum(b.quantity)::text AS quantity
         FROM pricing.bucket b JOIN pricing.charge_cell c ON c.id = b.cell
        WHERE b.tenant = $1 GROUP BY c.kind`,
      [tenant.name],
    );
    const billed = Object.fromEntries(rows.map(({ kind, quantity }) => [kind, BigInt(quantity)]));
    expect(billed).toEqual(expected);
  });
});
