import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';

import { totalsByModel } from './calls.js';
import { FIXTURES, readFixture, readRows } from './fixture-files.js';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MONTH_END_MS, MONTH_START_MS } from './month.js';
import { BUYERS, CENTRES } from './parties.js';
import { BATCH_MAX, IN_FLIGHT_MAX, type Plan, planPlay } from './plan.js';
import { readTraces } from './traces.js';

const traces = readTraces();
const ALL = traces.length;
const seed = 'suanpan-demo';
const whole = planPlay({ traces, seed, events: ALL });

const digest = (plan: Plan): string => {
  const hash = createHash('sha256');
  for (const { centre, events } of plan.batches) {
    hash.update(centre.id);
    for (const { wire } of events) hash.update(JSON.stringify(wire()));
  }
  return hash.digest('hex');
};

/** Where each (source, id) was sent, by role, as batch numbers; a barrier counts as a long way. */
const sendings = (plan: Plan): Map<string, { role: string; batch: number }[]> => {
  const seen = new Map<string, { role: string; batch: number }[]>();
  let distance = 0;
  plan.batches.forEach(({ barrier, events }, index) => {
    if (barrier) distance += 1_000;
    for (const { role, wire } of events) {
      const { source, id } = wire();
      const key = `${source} ${id}`;
      seen.set(key, [...(seen.get(key) ?? []), { role, batch: index + distance }]);
    }
  });
  return seen;
};

describe('the fixtures of the demo', () => {
  it('are the bytes whose hashes SOURCES.md names', () => {
    const named = [...readFixture('SOURCES.md').matchAll(/^\| (\S+) \| ([0-9a-f]{64}) \|$/gm)];
    expect(named.length).toBe(8);
    for (const [, name = '', sha256] of named) {
      const bytes = readFileSync(fileURLToPath(new URL(name, FIXTURES)));
      expect([name, createHash('sha256').update(bytes).digest('hex')]).toEqual([name, sha256]);
    }
  });

  it('hold the sums that their publishers state', () => {
    const sum = (trace: string, pick: 'input' | 'cached' | 'output'): bigint =>
      traces.filter((each) => each.trace === trace).reduce((total, each) => total + each[pick], 0n);
    expect(traces.filter(({ trace }) => trace === 'azure').length).toBe(19_366);
    expect(sum('azure', 'input')).toBe(22_361_870n);
    expect(sum('azure', 'output')).toBe(4_088_665n);
    expect(traces.filter(({ trace }) => trace === 'claude').length).toBe(33_766);
    expect(sum('claude', 'input') + sum('claude', 'cached')).toBe(4_097_383_707n);
    expect(sum('claude', 'cached')).toBe(3_949_307_712n);
    expect(sum('claude', 'output')).toBe(14_820_222n);
  });

  it('agree with the totals published for each session', () => {
    for (const [session = '', requests, input, output] of readRows(
      'claude-session-totals.csv.gz',
    )) {
      const group = `session-${session.slice('trace_'.length)}`;
      const rows = traces.filter((each) => each.group === group);
      const prompt = rows.reduce((total, each) => total + each.input + each.cached, 0n);
      const completion = rows.reduce((total, each) => total + each.output, 0n);
      expect([session, rows.length, `${prompt}`, `${completion}`]).toEqual([
        session,
        Number(requests),
        input,
        output,
      ]);
    }
  });
});

describe('the play', () => {
  it('is the same for the same seed and another for another', () => {
    const few = (name: string): string => digest(planPlay({ traces, seed: name, events: 2_000 }));
    expect(few(seed)).toBe(few(seed));
    expect(few(seed)).not.toBe(few('another'));
  });

  it('sends every request of the traces once, with its own tokens', () => {
    expect(whole.calls.length).toBe(ALL);
    expect(whole.roles.original + whole.roles.late).toBe(ALL);
    const totals = [...totalsByModel(whole.calls).values()];
    const sum = (pick: 'input' | 'cached' | 'output'): bigint =>
      totals.reduce((total, each) => total + each[pick], 0n);
    expect(sum('input') + sum('cached')).toBe(22_361_870n + 4_097_383_707n);
    expect(sum('cached')).toBe(3_949_307_712n);
    expect(sum('output')).toBe(4_088_665n + 14_820_222n);
  });

  it('repeats 3% exactly, alters 0.5%, delays 2%', () => {
    const share = (count: number): number => count / ALL;
    expect(share(whole.roles.duplicate)).toBeCloseTo(0.03, 2);
    expect(share(whole.roles.altered)).toBeCloseTo(0.005, 3);
    expect(share(whole.roles.late)).toBeCloseTo(0.02, 2);
    expect(whole.roles.refused).toBe(24);
    expect(whole.roles.unpriced).toBe(24);
  });

  it('R3 corrects six calls and voids four, two of them before their call, one of them twice', () => {
    const sent = whole.batches.flatMap(({ events }) => events);
    const isCorrection = (type: string): boolean => type !== 'suanpan.usage.v1';
    const said = sent.map(({ role, wire }) => ({ role, event: wire() }));
    const corrections = said.filter(({ event }) => isCorrection(event.type));
    expect([whole.roles.correct, whole.roles.void, corrections.length]).toEqual([6, 4, 11]);
    const first = new Map<string, number>();
    said.forEach(({ event: { source, id } }, at) => {
      const name = `${source} ${id}`;
      if (!first.has(name)) first.set(name, at);
    });
    const early = corrections.filter(({ event }) => {
      const of = first.get(`${event.source} ${String(event.data['correctsId'])}`) ?? 0;
      return (first.get(`${event.source} ${event.id}`) ?? 0) < of;
    });
    expect(early).toHaveLength(2);
    const again = corrections.filter(({ role }) => role === 'duplicate');
    const twins = corrections.filter(({ event }) => event.id === again[0]?.event.id);
    expect(twins.map(({ event }) => JSON.stringify(event))).toEqual(
      Array(2).fill(JSON.stringify(again[0]?.event)),
    );
    const taken = [...whole.changes.values()].map(({ requests }) => requests);
    expect(taken.reduce((sum, requests) => sum + requests, 0)).toBe(-3);
  });

  it.each([ALL, 3_000])(
    'never has an altered copy in flight with its original (%i events)',
    (events) => {
      const plan = planPlay({ traces, seed, events });
      const distances = [...sendings(plan).values()].flatMap((sent) => {
        const altered = sent.find(({ role }) => role === 'altered');
        const first = sent.find(({ role }) => role === 'original' || role === 'late');
        if (altered === undefined || first === undefined) return [];
        return [altered.batch - first.batch];
      });
      expect(distances.length).toBe(plan.roles.altered);
      expect(Math.min(...distances)).toBeGreaterThan(IN_FLIGHT_MAX);
    },
  );

  it('keeps every instant inside May in Shanghai, and every batch within its limit', () => {
    const outside = whole.calls.filter(({ instant }) => {
      const millis = Number(instant / 1_000n);
      return millis < MONTH_START_MS || millis >= MONTH_END_MS;
    });
    expect(outside).toEqual([]);
    for (const { centre, events } of whole.batches) {
      expect(events.length).toBeLessThanOrEqual(BATCH_MAX);
      expect(new Set(events.map(({ wire }) => wire().source))).toEqual(new Set([centre.source]));
    }
  });

  it('gives every buyer and every centre some calls, and a session to one of each', () => {
    expect(new Set(whole.calls.map(({ buyer }) => buyer.id)).size).toBe(BUYERS.length);
    expect(new Set(whole.calls.map(({ centre }) => centre.id)).size).toBe(CENTRES.length);
    const pairs = new Set(
      whole.calls.map(({ request, buyer, centre }) => `${request.group} ${buyer.id} ${centre.id}`),
    );
    expect(pairs.size).toBe(new Set(whole.calls.map(({ request }) => request.group)).size);
  });

  it('covers the whole month with fewer events too', () => {
    const { calls } = planPlay({ traces, seed, events: 3_000 });
    expect(calls.length).toBe(3_000);
    const days = new Set(calls.map(({ instant }) => instant / 86_400_000_000n));
    expect(days.size).toBe(31);
  });
});
