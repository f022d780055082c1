import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type ApiClient, ApiProblem } from '../../apps/suanpan/src/demo/api-client.js';
import * as scene from './scene-a.js';
import { about, openTenant, send, type Tenant, until } from './world.js';

// Histories of many calls, thrown together by a seed: what is said, in which order, in which batches, and what becomes
// known in between. The auditor tells each of them again from the raw log and finds what pricing has made of it.
const CALLS = 60;
const SEED = Number(process.env['SUANPAN_SEED'] ?? '20260511');
const PROGRAM = join(import.meta.dirname, '..', '..', 'apps', 'suanpan', 'bin', 'suanpan.mjs');
const MAX_BUFFER = 64 * 1_024 * 1_024;
/** The layers that usage passes; money moved is another suite's. */
const LAYERS = ['log', 'log copy', 'calls', 'corrections', 'buckets', 'invoice', 'split'];

/** A small generator of its own: the schedule is the seed's, whatever else runs. */
const randomOf = (seed: number) => {
  let state = seed >>> 0;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};
type Random = ReturnType<typeof randomOf>;

type Event = ReturnType<typeof scene.event>;
type Way = 'priced' | 'signed later' | 'never priced' | 'void' | 'strange';

const pick = <T>(items: readonly T[], random: Random): T => {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('There is nothing to pick from.');
  return item;
};

const LATER = { contract: 'C-later' };
const CHANGES: Readonly<Record<Way, object>> = {
  priced: {},
  'signed later': LATER,
  'never priced': { model: 'm-mystery' },
  void: {},
  strange: { centre: 'centre-other' },
};
const TIMES = ['2026-04-10T03:00:00Z', '2026-05-08T03:00:00Z', '2026-05-20T03:00:00Z'];

const WAYS: readonly Way[] = ['priced', 'signed later', 'never priced', 'void', 'strange'];

/** A call with what is said of it later, in the order of revisions. */
const historyOf = (index: number, random: Random): readonly Event[] => {
  const id = `call-${index}`;
  const time = pick(TIMES, random);
  const first = pick<Way>(['priced', 'priced', 'priced', 'signed later', 'never priced'], random);
  const call = scene.event({ id, time, tokens: scene.tokens(1_000 + index, 0, 100, 0) });
  const ways = Array.from({ length: random(4) }, () => pick(WAYS, random));
  const said = ways.map((way, at): Event => {
    const names = { correctsId: id, revision: at + 1 };
    const { centre } = { centre: scene.CENTRE, ...CHANGES[way] };
    const isVoid = way === 'void' || way === 'strange';
    const again = { ...call.data, tokens: scene.tokens(10 ** (at + 1) + index, 0, 7, 0) };
    const data = isVoid ? { ...names, centre } : { ...again, ...CHANGES[way], ...names };
    return {
      ...call,
      id: `${id}-${at + 1}`,
      // Many of them move the call into the time of another version of prices and shares.
      time: isVoid ? call.time : pick(TIMES.slice(1), random),
      type: isVoid ? 'suanpan.usage.void.v1' : 'suanpan.usage.correct.v1',
      data: data as Event['data'],
    };
  });
  return [{ ...call, data: { ...call.data, ...CHANGES[first] } }, ...said];
};

const shuffled = <T>(items: readonly T[], random: Random): readonly T[] =>
  items
    .map((item) => ({ item, at: random(1_000_000) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

/** The parts of the play, one between each two things that become known. */
const PARTS = 4;

describe('R3 corrections, in any order, against the auditor', () => {
  let tenant: Tenant;
  let doors: ReadonlyMap<string, ApiClient>;
  const random = randomOf(SEED);

  const offer = async (events: readonly Event[]): Promise<number> => {
    let accepted = 0;
    for (let at = 0; at < events.length;) {
      const size = 1 + random(12);
      const batch = events.slice(at, at + size);
      at += size;
      for (const [centre, door] of doors) {
        const theirs = batch.filter(({ data }) => data.centre === centre);
        if (theirs.length === 0) continue;
        const answer = await send(door, theirs);
        expect(answer.results.filter(({ status }) => status !== 'accepted')).toEqual([]);
        accepted += answer.accepted;
      }
    }
    return accepted;
  };

  const divided = (invoice: string): Promise<unknown> =>
    until(`${invoice} to be divided`, async () => {
      try {
        const path = `/v1/distributions?invoice=${invoice}`;
        const { status } = await tenant.shares.get<{ status: string }>(path);
        return status === 'distributed' ? true : null;
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404) return null;
        throw error;
      }
    });

  beforeAll(async () => {
    tenant = await openTenant('corrections');
    for (const { version, ...terms } of scene.priceVersions) {
      await tenant.pricing.put(`/v1/price-tables/pt-scene/versions/${version}`, terms);
    }
    await tenant.pricing.put(`/v1/contracts/${scene.CONTRACT}`, scene.contractTerms);
    const shares = (effectiveFrom: string, centre: number) => ({
      ...{ currency: 'USD', effectiveFrom, contracts: [] },
      steps: [
        {
          kind: 'shares',
          parties: [
            { party: scene.CENTRE, role: 'centre', shareBps: centre },
            { party: 'operator-scene', role: 'operator', shareBps: 10_000 - centre },
          ],
        },
      ],
    });
    const agreement = '/v1/agreements/ag-corrections/versions';
    await tenant.shares.put(`${agreement}/1`, shares('2026-03-31T17:00:00Z', 5_500));
    await tenant.shares.put(`${agreement}/2`, shares('2026-05-15T17:00:00Z', 5_000));

    const centres = [scene.CENTRE, 'centre-other'];
    const opened = [];
    for (const id of centres) opened.push([id, await tenant.centre(id, scene.SOURCE)] as const);
    doors = new Map(opened);

    const events = shuffled(
      Array.from({ length: CALLS }, (_, index) => historyOf(index, random)).flat(),
      random,
    );
    const again = events.filter(() => random(20) === 0);
    const all = shuffled([...events, ...again], random);
    const size = Math.ceil(all.length / PARTS);
    let handled = 0;
    for (let part = 0; part < PARTS; part += 1) {
      handled += await offer(all.slice(part * size, (part + 1) * size));
      await tenant.handled(handled);
      if (part === 0) await tenant.pricing.put('/v1/contracts/C-later', scene.contractTerms);
      if (part === 1) await tenant.close('2026-04');
    }
    for (const { invoice } of await tenant.close('2026-05')) await divided(invoice);
  }, 240_000);

  it(`are what the log says (SUANPAN_SEED=${SEED})`, () => {
    const env = { ...process.env, SUANPAN_HOME: about().home };
    const audit = spawnSync(process.execPath, [PROGRAM, 'verify', '--json'], {
      ...{ env, encoding: 'utf8', maxBuffer: MAX_BUFFER },
    });
    const { findings } = JSON.parse(audit.stdout) as {
      findings: readonly {
        readonly layer: string;
        readonly what: string;
        readonly checked: number;
        readonly examples: readonly string[];
      }[];
    };
    const own = findings.filter(({ layer }) => LAYERS.includes(layer));
    expect(own.filter(({ examples }) => examples.length > 0)).toEqual([]);
    const checked = own.find(({ layer }) => layer === 'corrections')?.checked ?? 0;
    expect(checked).toBeGreaterThan(CALLS);
  }, 120_000);
});
