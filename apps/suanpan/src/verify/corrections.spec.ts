import { describe, expect, it } from '@jest/globals';
import type { UsageRecorded } from '@suanpan/messages';
import fc from 'fast-check';

import {
  auditAll,
  catalogueOf,
  event,
  type Fact,
  FACTS,
  PARTITION,
  tally,
  trial,
} from '../../test/audit-scene.js';
import { type BatchRow, checkBatches } from './batch-check.js';
import { checkCorrections, type CorrectionTables } from './correction-check.js';
import { dimensionsOf } from './dimensions.js';
import { exactOf, plus, same, times, whole } from './exact.js';
import type { Ending } from './history.js';
import { asNumber, contentIdOf, halvesOf, identityOf, merkleRootOf } from './identity.js';
import { type AuditedPartition, termsOf } from './usage-audit.js';

const corrected = (
  revision: bigint,
  change: Partial<UsageRecorded> = {},
  of = 'e-1',
): UsageRecorded =>
  event({
    ...{ id: `${of}-${revision}`, correctsSource: '/c/1', correctsId: of, revision },
    ...{ correction: 'correct', ...change },
  });

const voided = (revision: bigint, change: Partial<UsageRecorded> = {}): UsageRecorded =>
  corrected(revision, {
    ...{ correction: 'void', contract: '', buyer: '', modelOrdered: '', kinds: {} },
    ...change,
  });

const UNPRICED = { modelOrdered: 'mystery' };

/** c-2 is signed, and what waited for it is tried again, before the record at that place. */
const signedLate = (seenFrom: number): readonly Fact[] => {
  const [, , signed] = FACTS;
  if (signed === undefined) throw new Error('The scene has no contract.');
  const again = trial({ seenFrom });
  return [
    { ...signed, body: { ...signed.body, contract: 'c-2' }, seenFrom },
    { ...again, body: { ...again.body, contract: 'c-2' } },
  ];
};

const nowOf = ({ records }: AuditedPartition): readonly Ending[] =>
  records.map(({ standing }) => standing.now);
const firstOf = ({ records }: AuditedPartition): readonly Ending[] =>
  records.map(({ standing }) => standing.first);

const effectsOf = ({ effects }: AuditedPartition): readonly string[] =>
  effects.map(
    ({ version, sign, by }) => `${sign > 0n ? '+' : '-'}${version.revision} by ${by.revision}`,
  );

interface Sum {
  readonly calls: bigint;
  readonly input: bigint;
  readonly multiset: bigint;
  readonly amount: ReturnType<typeof whole>;
}

const sumOf = (audited: AuditedPartition): Sum => {
  let sum: Sum = { calls: 0n, input: 0n, multiset: 0n, amount: whole(0n) };
  for (const { event: own, payloadHash, rating, sign } of termsOf(audited)) {
    sum = {
      calls: sum.calls + sign,
      input: sum.input + sign * (own.kinds['input'] ?? 0n),
      multiset: sum.multiset + sign * asNumber(payloadHash),
      amount: plus(sum.amount, times(whole(sign), rating.amount)),
    };
  }
  return sum;
};

describe('R3 a call and its corrections, told again from the log', () => {
  it('count the highest revision, whatever arrives last', () => {
    const audited = auditAll([event({}), corrected(3n), corrected(1n), voided(2n)]);
    expect(effectsOf(audited)).toEqual(['-0 by 3', '+3 by 3']);
    expect(nowOf(audited)).toEqual(['rated', 'rated', 'rated', 'rated']);
  });

  it('wait for the call, and move with the batch that brings it', () => {
    const audited = auditAll([corrected(2n), voided(1n), event({})]);
    expect(firstOf(audited)).toEqual(['unpriced', 'unpriced', 'rated']);
    expect(nowOf(audited)).toEqual(['rated', 'rated', 'rated']);
    expect(audited.records[2]?.standing.moves).toEqual([
      { from: 'unpriced', to: 'rated' },
      { from: 'unpriced', to: 'rated' },
    ]);
    expect(effectsOf(audited)).toEqual(['-0 by 1', '+2 by 2']);
  });

  it('are a duplicate with the same payload, a conflict with another', () => {
    const other = corrected(1n, { kinds: { input: 1n } });
    const audited = auditAll([event({}), corrected(1n), corrected(1n), other]);
    expect(nowOf(audited)).toEqual(['rated', 'rated', 'duplicate', 'conflict']);
  });

  it('are set aside when the call is another centre’s, now or later', () => {
    const strange = voided(1n, { centre: 'two' });
    const known = auditAll([event({}), strange, strange, voided(1n)]);
    expect(nowOf(known)).toEqual(['rated', 'quarantined', 'quarantined', 'rated']);
    const later = auditAll([strange, event({})]);
    expect(nowOf(later)).toEqual(['quarantined', 'rated']);
    expect(later.records[0]?.standing.setAside).toBe('CENTRE_MISMATCH');
    expect(later.effects).toEqual([]);
    // Its revision is the own centre's then; until the call was there, nobody could tell whose it is.
    const freed = auditAll([strange, voided(1n), event({}), strange, voided(1n)]);
    expect(nowOf(freed)).toEqual(['quarantined', 'conflict', 'rated', 'quarantined', 'rated']);
    expect(effectsOf(freed)).toEqual(['-0 by 1']);
  });

  it('change nothing without a price, and need none when a later one counts', () => {
    const audited = auditAll([event({}), corrected(1n, UNPRICED)]);
    expect(nowOf(audited)).toEqual(['rated', 'unpriced']);
    expect(audited.effects).toEqual([]);
    const overtaken = auditAll([event({}), corrected(1n, UNPRICED), voided(2n)]);
    expect(nowOf(overtaken)).toEqual(['rated', 'rated', 'rated']);
  });

  it('leave a call that never had a price without a row, and with a mark', () => {
    const audited = auditAll([event(UNPRICED), voided(1n), corrected(2n)]);
    expect(nowOf(audited)).toEqual(['rated', 'rated', 'rated']);
    expect(audited.records[0]?.version).toMatchObject({ rating: null, supersededBy: 1n });
    expect(effectsOf(audited)).toEqual(['+2 by 2']);
    // The call moves once, with the first that makes its price needless.
    expect(audited.records.map(({ standing }) => standing.moves.length)).toEqual([0, 1, 0]);
  });

  it('are posted where it is open when they become known, with their own service period', () => {
    const closed: Fact = {
      type: 'PeriodClosed',
      body: { contract: 'c-1', period: '2026-05' },
      seenFrom: 1,
    };
    const { effects } = auditAll([event({}), corrected(1n)], catalogueOf([...FACTS, closed]));
    expect(effects.map(({ rating }) => [rating.servicePeriod, rating.postingPeriod])).toEqual([
      ['2026-05', '2026-06'],
      ['2026-05', '2026-06'],
    ]);
  });

  it('that cannot say which call or revision they mean are unreadable', () => {
    const audited = auditAll([event({}), corrected(0n), { ...corrected(1n), revision: null }]);
    expect(nowOf(audited)).toEqual(['rated', 'quarantined', 'quarantined']);
  });

  const KINDS = {
    priced: {},
    later: { contract: 'c-2' },
    never: UNPRICED,
  } as const;
  const anyWay = fc.constantFrom('priced', 'later', 'never', 'void');
  const anyHistory = fc
    .record({
      call: fc.constantFrom('priced', 'later', 'never'),
      said: fc.array(anyWay, { maxLength: 5 }),
      signed: fc.nat({ max: 7 }),
    })
    .chain(({ call, said, signed }) => {
      const of = (way: string, revision: bigint): UsageRecorded => {
        const change = { kinds: { input: 10n ** revision }, ...KINDS[way as keyof typeof KINDS] };
        if (revision === 0n) return event(change);
        return way === 'void' ? voided(revision) : corrected(revision, change);
      };
      const versions = [call, ...said].map((way, at) => ({ way, event: of(way, BigInt(at)) }));
      return fc.record({
        versions: fc.constant(versions),
        order: fc.shuffledSubarray(versions, { minLength: versions.length }),
        again: fc.array(fc.constantFrom(...versions), { maxLength: 2 }),
        signed: fc.constant(signed),
      });
    });

  it('count the same and add up to it in any order of arrival', () => {
    fc.assert(
      fc.property(anyHistory, ({ versions, order, again, signed }) => {
        const events = [...order, ...again].map((version) => version.event);
        const audited = auditAll(events, catalogueOf([...FACTS, ...signedLate(signed)]));
        const counted = versions.findLast(({ way }) => way !== 'never');
        const alone =
          counted === undefined || counted.way === 'void'
            ? { calls: 0n, input: 0n, multiset: 0n, amount: whole(0n) }
            : sumOf(
                auditAll(
                  [{ ...counted.event, correction: null }],
                  catalogueOf([...FACTS, ...signedLate(0)]),
                ),
              );
        const sum = sumOf(audited);
        expect([sum.calls, sum.input]).toEqual([alone.calls, alone.input]);
        expect(same(sum.amount, alone.amount)).toBe(true);
        const hash = audited.records.find(({ event: own }) => own?.id === counted?.event.id);
        const term = alone.calls === 0n ? 0n : asNumber(hash?.payloadHash ?? Buffer.alloc(1));
        expect(sum.multiset).toBe(term);
        for (const { version, standing } of audited.records) {
          const isOpen =
            version !== null &&
            (counted === undefined || version.revision > BigInt(versions.indexOf(counted)));
          if (version !== null) expect(standing.now).toBe(isOpen ? 'unpriced' : 'rated');
          else expect(standing.now).toBe('duplicate');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('I1 give each record one ending, and the batches all of them, where no trial is between', () => {
    fc.assert(
      fc.property(anyHistory, ({ order, again }) => {
        const { records } = auditAll([...order, ...again].map((version) => version.event));
        const counts = new Map<Ending, number>();
        const count = (ending: Ending, by: number): void => {
          counts.set(ending, (counts.get(ending) ?? 0) + by);
        };
        for (const { standing } of records) {
          count(standing.first, 1);
          standing.moves.forEach(({ from, to }) => {
            count(from, -1);
            count(to, 1);
          });
          count(standing.now, -1);
        }
        expect([...counts.values()].filter((rest) => rest !== 0)).toEqual([]);
      }),
    );
  });
});

const columnsOf = (own: UsageRecorded, sign: bigint) => ({
  input: String(sign * (own.kinds['input'] ?? 0n)),
  output: String(sign * (own.kinds['output'] ?? 0n)),
  ...{ cached_input: '0', cache_write: '0', reasoning: '0', other_kinds: null },
});

/** The rows as pricing stores them. */
const tablesOf = ({ records, effects }: AuditedPartition): CorrectionTables => ({
  corrections: records.flatMap(({ identity, version }) => {
    if (identity === null || version === null || version.action === 'call') return [];
    const { event: own, code, action, revision, offset, payloadHash } = version;
    const [h1, h2] = halvesOf(identity);
    const [own_h1, own_h2] = halvesOf(identityOf(own.tenant, own.source, own.id));
    return [
      {
        ...{ partition: PARTITION, offset: String(offset), h1, h2, revision: String(revision) },
        ...{ tenant: own.tenant, source: own.source, id: own.id, own_h1, own_h2 },
        ...{ call_source: '/c/1', call_id: 'e-1', action, centre: own.centre, code },
        contract: action === 'void' ? null : own.contract,
        payload_hash: payloadHash,
      },
    ];
  }),
  effects: effects.map(({ identity, version, sign, rating, by }) => {
    const [h1, h2] = halvesOf(identity);
    const { event: own } = version;
    const units = (rating.amount.n * sign * 10n ** 12n) / rating.amount.d;
    const digits = String(units < 0n ? -units : units).padStart(13, '0');
    return {
      ...{ partition: PARTITION, offset: String(by.offset), h1, h2 },
      ...{ revision: String(version.revision), sign: Number(sign), tenant: own.tenant },
      ...{ source: by.event.source, id: by.event.id, time: String(own.time) },
      ...{ dims: dimensionsOf(own), ...columnsOf(own, sign), billing_state: 0 },
      price_version: contentIdOf(['t', 'list', rating.version.version]),
      amount: `${units < 0n ? '-' : ''}${digits.slice(0, -12)}.${digits.slice(-12)}`,
      ...{ service_period: rating.servicePeriod, posting_period: rating.postingPeriod },
      payload_hash: version.payloadHash,
    };
  }),
});

describe('the check of corrections', () => {
  const audited = auditAll([event({}), corrected(1n, { kinds: { input: 7n } }), voided(2n)]);
  const tables = tablesOf(audited);
  const faults = (change: Partial<CorrectionTables>): readonly string[] => {
    const found = tally();
    checkCorrections({ partition: PARTITION, audited }, { ...tables, ...change }, found);
    return found.finding().examples;
  };
  const [first, ...others] = tables.effects;
  if (first === undefined) throw new Error('The scene has no effect.');

  it('finds nothing where the rows are true', () => {
    expect(tables.effects).toHaveLength(3);
    expect(faults({})).toEqual([]);
  });

  it('finds an effect that is missing, and one that nothing says', () => {
    expect(faults({ effects: others })).toEqual([expect.stringContaining('is missing')]);
    const invented = { ...first, revision: '9' };
    expect(faults({ effects: [...tables.effects, invented] })).toEqual([
      expect.stringContaining('is in no history'),
    ]);
  });

  it.each([
    ['amount', { amount: '-0.001' }],
    ['tokens', { input: '-1' }],
    ['posting period', { posting_period: '2026-07' }],
    ['payload hash', { payload_hash: Buffer.alloc(32) }],
    ['id', { id: 'other' }],
  ])('finds the %s of an effect changed', (column, change) => {
    const effects = [{ ...first, ...change }, ...others];
    expect(faults({ effects })).toEqual([expect.stringContaining(`${column}: expected`)]);
  });

  it.each([
    ['code', { code: 'ORIGINAL_UNKNOWN' }],
    ['action', { action: 'void' }],
    ['call', { call_id: 'e-2' }],
  ])('finds the %s of a correction changed', (column, change) => {
    const [row, ...rest] = tables.corrections;
    const corrections = row === undefined ? [] : [{ ...row, ...change }, ...rest];
    expect(faults({ corrections })).toEqual([expect.stringContaining(`${column}: expected`)]);
  });

  it('finds a correction that is missing, and one that nobody sent', () => {
    const [row, ...rest] = tables.corrections;
    expect(faults({ corrections: rest })).toEqual([expect.stringContaining('not in correction')]);
    const invented = row === undefined ? [] : [...tables.corrections, { ...row, offset: '9' }];
    expect(faults({ corrections: invented })).toEqual([expect.stringContaining('not in the log')]);
  });
});

describe('the check of batches with corrections', () => {
  const { records } = auditAll([voided(1n), event(UNPRICED), corrected(2n)]);
  const batch = (from: number, to: number, counts: readonly [number, number]): BatchRow => {
    const leaves = records
      .slice(from, to + 1)
      .flatMap(({ standing, payloadHash }) =>
        standing.first === 'rated' && payloadHash !== null ? [payloadHash] : [],
      );
    return {
      ...{ partition: PARTITION, first_offset: String(from), last_offset: String(to) },
      ...{ rated: String(counts[0]), unpriced: String(counts[1]) },
      ...{ duplicate: '0', conflict: '0', quarantined: '0', merkle_root: merkleRootOf(leaves) },
    };
  };
  const faults = (...rows: readonly BatchRow[]): number => {
    const found = tally();
    checkBatches({ partition: PARTITION, audited: records, rows }, found);
    return found.finding().violations;
  };

  it('counts what waited with the batch that brought its end', () => {
    expect(faults(batch(0, 0, [0, 1]), batch(1, 1, [2, -1]), batch(2, 2, [1, 0]))).toBe(0);
    expect(faults(batch(0, 2, [3, 0]))).toBe(0);
  });

  it('finds a call that was moved twice', () => {
    expect(faults(batch(0, 0, [0, 1]), batch(1, 1, [2, -1]), batch(2, 2, [2, -1]))).toBe(1);
  });
});

it('reads a decimal below zero', () => {
  expect(same(exactOf('-0.3'), times(whole(-3n), exactOf('0.1')))).toBe(true);
});
