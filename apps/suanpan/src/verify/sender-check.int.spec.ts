import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encode } from '@suanpan/messages';

import type { WireEvent } from '../demo/events.js';
import { openJournal } from '../demo/journal.js';
import { Tally } from './findings.js';
import type { LogRecord, TopicLog } from './log.js';
import { checkSenders } from './sender-check.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'senders-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const wire = (id: string, output = 5): WireEvent => ({
  ...{ specversion: '1.0', type: 'suanpan.usage.v1', source: '/c/1', id },
  ...{ time: '2026-05-01T00:00:00.000Z', subject: 'b' },
  data: { contract: 'c', buyer: 'b', centre: 'one', model: 'm', tokens: { input: 0, output } },
});

const recorded = (id: string, output = 5n): Buffer =>
  encode('usage.recorded', {
    ...{ tenant: 't', source: '/c/1', id, contract: 'c', buyer: 'b', centre: 'one' },
    ...{ time: BigInt(Date.parse('2026-05-01T00:00:00Z')) * 1_000n, modelOrdered: 'm' },
    ...{ modelServed: null, kinds: { output } },
  } as Parameters<typeof encode<'usage.recorded'>>[1]);

const refusal = (id: string): Buffer =>
  encode('usage.refused', {
    ...{ tenant: 't', centre: 'one', source: '/c/1', id, code: 'NOT_INTEGER', path: null },
    ...{ detail: '', receivedAt: 0n, sealedRaw: null, keyId: null, requestId: 'r' },
  });

const logOf = (values: readonly Buffer[]): TopicLog => {
  const records = values.map((value, index): LogRecord => ({
    ...{ partition: 0, offset: BigInt(index), key: null, value, headers: {}, timestamp: 0n },
  }));
  return new Map([[0, { low: 0n, high: BigInt(records.length), records }]]);
};

/** Journals attempts: events with their results, or null for an attempt without an answer. */
const journal = (
  attempts: readonly (readonly [readonly WireEvent[], readonly string[] | null])[],
) => {
  const book = openJournal(folder, {
    ...{ type: 'play', tenant: 't', seed: 's', events: 1, cluster: 'c' },
  });
  attempts.forEach(([events, results], index) => {
    const line = { batch: 'b', attempt: index + 1, at: '' };
    book.write({ type: 'intent', ...line, centre: 'one', events });
    if (results !== null) book.write({ type: 'outcome', ...line, status: 202, results });
  });
  book.close();
};

const faultsOf = (logged: TopicLog, refused: TopicLog): readonly number[] => {
  const make = (): Tally => new Tally({ invariant: 'I1', layer: 'senders', what: '' });
  const tallies = { lost: make(), invented: make(), refused: make() };
  const facts = { folder, recorded: logged, refused };
  expect(checkSenders(facts, tallies)).toBe(true);
  const count = (tally: Tally): number => tally.finding().violations;
  return [count(tallies.lost), count(tallies.invented), count(tallies.refused)];
};

const faults = (logged: readonly Buffer[], refused: readonly Buffer[] = []): readonly number[] =>
  faultsOf(logOf(logged), logOf(refused));

describe('the senders’ journal against the log', () => {
  it('I01 finds an accepted event that is not there', () => {
    journal([
      [
        [wire('a'), wire('b')],
        ['accepted', 'accepted'],
      ],
    ]);
    expect(faults([recorded('a'), recorded('b')])).toEqual([0, 0, 0]);
    expect(faults([recorded('a')])).toEqual([1, 0, 0]);
  });

  it('I03 finds an event that nobody sent, and one that was changed on the way', () => {
    journal([[[wire('a')], ['accepted']]]);
    expect(faults([recorded('a'), recorded('z')])).toEqual([0, 1, 0]);
    expect(faults([recorded('a', 6n)])).toEqual([0, 1, 0]);
  });

  it('I04 allows an unanswered attempt to be there or not, and no more than that', () => {
    journal([
      [[wire('a')], null],
      [[wire('a')], ['accepted']],
    ]);
    expect(faults([recorded('a')])).toEqual([0, 0, 0]);
    expect(faults([recorded('a'), recorded('a')])).toEqual([0, 0, 0]);
    expect(faults([recorded('a'), recorded('a'), recorded('a')])).toEqual([1, 0, 0]);
  });

  it('keeps a refused event out of the log, and its refusal kept', () => {
    journal([[[wire('a')], ['NOT_INTEGER']]]);
    expect(faults([], [refusal('a')])).toEqual([0, 0, 0]);
    expect(faults([], [])).toEqual([0, 0, 1]);
    expect(faults([recorded('a')], [refusal('a')])).toEqual([0, 1, 0]);
  });

  it('knows an altered copy as something that was sent', () => {
    journal([
      [[wire('a')], ['accepted']],
      [[wire('a', 6)], ['accepted']],
    ]);
    expect(faults([recorded('a'), recorded('a', 6n)])).toEqual([0, 0, 0]);
  });

  it('R3 finds a correction of another call, and one of another revision', () => {
    const sent: WireEvent = {
      ...{ ...wire('v'), type: 'suanpan.usage.void.v1' },
      data: { correctsId: 'a', revision: 1, centre: 'one' },
    };
    const logged = (correctsId: string, revision: bigint, correction = 'void'): Buffer =>
      encode('usage.recorded', {
        ...{ tenant: 't', source: '/c/1', id: 'v', contract: '', buyer: '', centre: 'one' },
        ...{ time: BigInt(Date.parse('2026-05-01T00:00:00Z')) * 1_000n, modelOrdered: '' },
        ...{ modelServed: null, kinds: {}, correctsSource: '/c/1', correctsId, revision },
        correction,
      } as Parameters<typeof encode<'usage.recorded'>>[1]);
    journal([[[sent], ['accepted']]]);
    expect(faults([logged('a', 1n)])).toEqual([0, 0, 0]);
    expect(faults([logged('b', 1n)])).toEqual([0, 1, 0]);
    expect(faults([logged('a', 2n)])).toEqual([0, 1, 0]);
    expect(faults([logged('a', 1n, 'correct')])).toEqual([0, 1, 0]);
  });

  it('D08 knows a record that was driven again, and not one that only says so', () => {
    journal([[[wire('a')], ['accepted']]]);
    const again = { redriven: 'usage.recorded/0/0' };
    const faultsWith = (value: Buffer): readonly number[] => {
      const log = logOf([recorded('a'), value]);
      const records = (log.get(0)?.records ?? []).map((record) =>
        record.offset === 1n ? { ...record, headers: again } : record,
      );
      return faultsOf(new Map([[0, { low: 0n, high: 2n, records }]]), logOf([]));
    };
    expect(faultsWith(recorded('a'))).toEqual([0, 0, 0]);
    expect(faultsWith(recorded('a', 6n))).toEqual([1, 1, 0]);
  });

  it('reads an unanswered attempt whose events were spoiled', () => {
    const spoiled = { ...wire('b'), time: 'never', data: { tokens: { input: 1.5 } } };
    journal([[[wire('a'), spoiled], null]]);
    expect(faults([recorded('a')])).toEqual([0, 0, 0]);
  });

  it('says when there is no journal', () => {
    const make = (): Tally => new Tally({ invariant: 'I1', layer: 'senders', what: '' });
    const tallies = { lost: make(), invented: make(), refused: make() };
    const facts = { folder, recorded: undefined, refused: undefined };
    expect(checkSenders(facts, tallies)).toBe(false);
  });
});
