/**
 * Proof, part 1: F2 in its first form. A million calls with duplicates, rivals and disorder through the door, while
 * services are killed; billed is what the play's own sum says, to the token and to the last digit.
 *
 * Source      requirement row F2; R25
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { recordsIn } from '../bench/bench.js';
import { checksOf } from './f2-checks.js';
import { blocksOf, type Random, randomOf, RIVALS } from './f2-play.js';
import { eventAt } from './f2-terms.js';
import { flushRedis, killNine, openWorld, untilCommitted, type World } from './f2-world.js';
import type { Proof } from './proof.js';

export const FULL_EVENTS = 1_000_000;
const BATCH = 1_000;
const IN_FLIGHT = 4;
const KILLS = 3;
const BLOCKS_MIN = 20;
const BLOCK_MAX = 10_000;
const PAUSE_MS = 200;
const ATTEMPTS_MAX = 300;
const VICTIMS = ['pricing', 'usage-ingest', 'profit-share', 'cross-border-settlement'] as const;

interface Result {
  readonly results: readonly { readonly status: 'accepted' | 'refused' | 'retry' }[];
}

/** Sends a batch until each event is accepted; what is repeated keeps its id. */
const sendBatch = async (
  { centre }: World,
  indexes: Uint32Array,
  rival: boolean,
): Promise<void> => {
  let rest = [...indexes].map((index) => eventAt(index, rival));
  for (let attempt = 1; rest.length > 0; attempt += 1) {
    const { results } = await centre.post<Result>('/v1/events', rest);
    if (results.some(({ status }) => status === 'refused')) throw new Error('An event is refused.');
    rest = rest.filter((_, index) => results[index]?.status !== 'accepted');
    if (attempt >= ATTEMPTS_MAX) throw new Error(`${rest.length} events are never accepted.`);
    if (rest.length > 0) await sleep(PAUSE_MS);
  }
};

/** Sends everything of one pass, a few batches in flight; the end is a barrier. */
const sendPass = async (world: World, indexes: Uint32Array, rival: boolean): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < indexes.length) {
      const batch = indexes.subarray(next, next + BATCH);
      next += BATCH;
      await sendBatch(world, batch, rival);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
};

/** A multiple of the rivals' share, so that every share of a block is whole. */
const blockSizeOf = (distinct: number): number =>
  Math.min(BLOCK_MAX, Math.ceil(distinct / BLOCKS_MIN / RIVALS) * RIVALS);

interface Fault {
  readonly block: number;
  readonly service: string | null;
}

/** Three services and a flush, each at a moment of the seed's choice, in a part of the play of its own. */
const faultsOf = (blocks: number, random: Random): readonly Fault[] => {
  const left: string[] = [...VICTIMS];
  const share = Math.floor(blocks / (KILLS + 1));
  const moment = (part: number): number => part * share + random(Math.max(1, share));
  const kills = Array.from({ length: KILLS }, (_, part) => {
    const [service = null] = left.splice(random(left.length), 1);
    return { block: moment(part), service };
  });
  return [...kills, { block: moment(KILLS), service: null }];
};

const strike = async (world: World, { block, service }: Fault): Promise<string> => {
  if (service === null) {
    await flushRedis(world);
    return `block ${block}: Redis flushed`;
  }
  const waiting = await killNine(world, service);
  return `block ${block}: kill -9 of ${service} with ${waiting} records not committed yet`;
};

export interface F2Options {
  readonly events: number;
  readonly seed: number;
  readonly print: (line: string) => void;
}

const play = async (world: World, options: F2Options): Promise<readonly string[]> => {
  const { events: distinct, seed, print } = options;
  const random = randomOf(seed);
  const block = blockSizeOf(distinct);
  const blocks = Math.ceil(distinct / block);
  const faults = faultsOf(blocks, random);
  const struck: string[] = [];
  let number = 0;
  for (const { calls, rivals } of blocksOf({ distinct, block }, random)) {
    const now = faults.filter((fault) => fault.block === number);
    const striking = now.map(async (fault) => struck.push(await strike(world, fault)));
    await Promise.all([sendPass(world, calls, false), ...striking]);
    await sendPass(world, rivals, true);
    number += 1;
    if (number % Math.ceil(blocks / 10) === 0) print(`   block ${number} of ${blocks}`);
  }
  return struck;
};

/** Runs the part on servers of its own; the caller stops them. */
export const proveF2 = async (options: F2Options): Promise<Proof> => {
  const begun = performance.now();
  const world = await openWorld(options.print);
  try {
    const faults = await play(world, options);
    await untilCommitted(world);
    const records = await recordsIn(world.stack, 'usage.recorded');
    return {
      part: 'f2-measurement',
      title: 'F2 token measurement, first form',
      seed: options.seed,
      counts: { 'distinct calls': options.events, 'records of the log': records },
      faults,
      checks: await checksOf(world, { distinct: options.events, records, faults }),
      seconds: Math.round((performance.now() - begun) / 1_000),
    };
  } finally {
    await world.sql.end();
  }
};
