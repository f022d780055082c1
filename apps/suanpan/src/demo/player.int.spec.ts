import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { WireEvent } from './events.js';
import { JOURNAL_FILE, openJournal, type PlayLine, readJournal } from './journal.js';
import { IN_FLIGHT_MAX, type Plan, planPlay } from './plan.js';
import { type Answer, play } from './player.js';
import { journalCounts } from './report.js';
import { readTraces } from './traces.js';

const EVENTS = 12_000;
const plan: Plan = planPlay({ traces: readTraces(), seed: 'spec', events: EVENTS });
const header: PlayLine = {
  ...{ type: 'play', tenant: 't', seed: 'spec', events: EVENTS, cluster: 'one' },
};
const offered = plan.batches.reduce((sum, { events }) => sum + events.length, 0);

/** A door that keeps what it took, refuses what is marked, and can be told to misbehave. */
class Door {
  readonly taken: string[] = [];
  inFlight = 0;
  inFlightMax = 0;
  calls = 0;
  fault: (call: number) => 'none' | 'no answer' | 'half' = () => 'none';

  send = async (_centre: string, events: readonly WireEvent[]): Promise<Answer> => {
    this.calls += 1;
    const fault = this.fault(this.calls);
    this.inFlight += 1;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight -= 1;
    const results = events.map(({ id }, index) => {
      if (id.startsWith('refused')) return 'NEGATIVE_QUANTITY';
      if (fault === 'half' && index % 2 === 1) return 'retry';
      this.taken.push(id);
      return 'accepted';
    });
    return fault === 'no answer' ? { status: 0, results: [] } : { status: 202, results };
  };
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const playThrough = async (door: Door): Promise<{ sent: number; skipped: number }> => {
  const journal = openJournal(folder, header);
  try {
    return await play({ batches: plan.batches, journal, send: door.send });
  } finally {
    journal.close();
  }
};

describe('the player', () => {
  it('sends everything once, a few batches at a time', async () => {
    const door = new Door();
    const { sent } = await playThrough(door);
    expect(sent).toBe(offered);
    expect(door.taken.length).toBe(offered - plan.roles.refused);
    expect(door.inFlightMax).toBeLessThanOrEqual(IN_FLIGHT_MAX);
    const { accepted, refused, unanswered } = journalCounts(readJournal(folder));
    expect([accepted, refused, unanswered]).toEqual([door.taken.length, plan.roles.refused, 0]);
  });

  it('sends nothing that was answered when it runs again', async () => {
    await playThrough(new Door());
    const again = new Door();
    const { sent, skipped } = await playThrough(again);
    expect([sent, skipped, again.calls]).toEqual([0, plan.batches.length, 0]);
  });

  it('sends a batch again when there was no answer, with the same ids', async () => {
    const door = new Door();
    door.fault = (call) => (call === 3 ? 'no answer' : 'none');
    await playThrough(door);
    const twice = door.taken.length - (offered - plan.roles.refused);
    expect(twice).toBeGreaterThan(0);
    expect(journalCounts(readJournal(folder)).unanswered).toBe(1);
  });

  it('sends again only the events that were not taken', async () => {
    const door = new Door();
    door.fault = (call) => (call === 2 ? 'half' : 'none');
    await playThrough(door);
    expect(door.taken.length).toBe(offered - plan.roles.refused);
  });
});

describe('the journal', () => {
  it('drops a line that a crash cut off, and goes on', async () => {
    await playThrough(new Door());
    const file = join(folder, JOURNAL_FILE);
    const before = readFileSync(file, 'utf8');
    appendFileSync(file, '{"type":"outcome","batch":"cut');
    expect((await playThrough(new Door())).skipped).toBe(plan.batches.length);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('refuses another play on the same servers, and sets aside the play of others', () => {
    openJournal(folder, header).close();
    expect(() => openJournal(folder, { ...header, events: 5 })).toThrow('stack -- reset');
    expect(openJournal(folder, { ...header, cluster: 'two' }).lines).toEqual([]);
    expect(readJournal(folder)).toEqual([{ ...header, cluster: 'two' }]);
  });
});
