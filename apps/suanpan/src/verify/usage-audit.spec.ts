import { describe, expect, it } from '@jest/globals';

import {
  audit,
  auditAll,
  catalogueOf,
  event,
  type Fact,
  FACTS,
  instant,
  MAY_16,
  PARTITION,
  recordsOf,
  tally,
  trial,
  whole,
} from '../../test/audit-scene.js';
import { checkBatches, type BatchRow } from './batch-check.js';
import { bucketsOf } from './bucket-check.js';
import { countsOf } from './count-check.js';
import { exactOf, same } from './exact.js';
import { halvesOf, identityOf, merkleRootOf, multisetText } from './identity.js';
import type { LogRecord } from './log.js';
import { payloadHashOf } from './payload.js';
import { type AuditedRecord, PartitionAudit, termsOf } from './usage-audit.js';

const endings = (audited: readonly AuditedRecord[]): readonly string[] =>
  audited.map(({ standing }) => standing.now);

describe('the audit of a partition', () => {
  it('F2 lets the first payload of an identity stand: again is a duplicate, other a conflict', () => {
    const other = event({ kinds: { input: 2_000n, output: 501n } });
    const audited = audit([event({}), event({}), other, event({}), other]);
    expect(endings(audited)).toEqual(['rated', 'duplicate', 'conflict', 'duplicate', 'conflict']);
  });

  it('B60 B61 counts what is no message as quarantined', () => {
    const records = recordsOf([event({}), null]);
    const broken = [
      ...records,
      { ...(records[0] as LogRecord), offset: 2n, value: Buffer.from('x') },
    ];
    const log = { low: 0n, high: 3n, records: broken };
    const audited = new PartitionAudit(catalogueOf(FACTS), PARTITION, tally()).run(log);
    expect(endings(audited.records)).toEqual(['rated', 'quarantined', 'quarantined']);
  });

  it('B61 B64 B68 counts what nobody can read under the names that it begins with', () => {
    const [sound] = recordsOf([event({})]) as readonly [LogRecord];
    const [other] = recordsOf([event({ centre: 'two' })]) as readonly [LogRecord];
    const value = Buffer.concat([other.value ?? Buffer.alloc(0), Buffer.from('more')]);
    const nextDay = sound.timestamp + 86_400_000_000n;
    const records = [
      { ...sound, value, timestamp: nextDay },
      { ...sound, offset: 1n, value: Buffer.from('x') },
      { ...sound, offset: 2n, headers: { tenant: 'other' } },
    ];
    const log = { low: 0n, high: 3n, records };
    const audited = new PartitionAudit(catalogueOf(FACTS), PARTITION, tally()).run(log);
    const { byTenant, byDay } = countsOf(PARTITION, audited.records);
    expect(
      Object.fromEntries([...byTenant].map(([name, own]) => [name, own.get('quarantined')])),
    ).toEqual({ t: 2n, '': 1n });
    // The day is the log's.
    expect([...byDay.keys()]).toEqual(['t two 2026-05-16', 't one 2026-05-15']);
  });

  it('prices scene A1 c3 and c4 by the event’s own time', () => {
    const [c3, c4] = [event({}), event({ time: MAY_16 })].map((each) => audit([each])[0]);
    expect(c3?.version?.rating?.version.version).toBe('P1');
    expect(same(c3?.version?.rating?.amount ?? exactOf('0'), exactOf('0.0012'))).toBe(true);
    expect(c4?.version?.rating?.version.version).toBe('P2');
    expect(same(c4?.version?.rating?.amount ?? exactOf('0'), exactOf('0.0010'))).toBe(true);
  });

  it('B48 leaves a model without a price unpriced, with the reason', () => {
    const [unknown] = audit([event({ modelOrdered: 'mystery' })]);
    expect([unknown?.standing.now, unknown?.version?.code]).toEqual(['unpriced', 'UNKNOWN_MODEL']);
    const [kind] = audit([event({ kinds: { reasoning: 1n } })]);
    expect(kind?.version?.code).toBe('KIND_WITHOUT_PRICE');
    const [buyer] = audit([event({ buyer: 'other' })]);
    expect(buyer?.version?.code).toBe('BUYER_MISMATCH');
    const [early] = audit([event({ time: 1n })]);
    expect(early?.version?.code).toBe('CONTRACT_NOT_IN_FORCE');
    const [stranger] = audit([event({ contract: 'c-9' })]);
    expect(stranger?.version?.code).toBe('UNKNOWN_CONTRACT');
  });

  it('sees only the facts whose cut lies before the record', () => {
    const late = FACTS.map((fact) => ({ ...fact, seenFrom: 1 }));
    const audited = audit([event({}), event({ id: 'e-2' })], catalogueOf(late));
    expect(audited[0]?.version?.code).toBe('UNKNOWN_CONTRACT');
    const rerated = [...late, trial({ seenFrom: 2 })];
    const again = audit([event({})], catalogueOf(rerated));
    expect([again[0]?.standing.first, again[0]?.standing.now]).toEqual(['unpriced', 'rated']);
  });

  it('tries again only what lies between the bounds of a trial, of its contract', () => {
    const late = FACTS.map((fact) => ({ ...fact, seenFrom: 1 }));
    const [h1, h2] = halvesOf(identityOf('t', '/c/1', 'e-1'));
    const own = { h1, h2, revision: '0' };
    const now = (fact: Fact): string | undefined =>
      audit([event({})], catalogueOf([...late, fact]))[0]?.standing.now;
    expect(now(trial({ seenFrom: 2, upTo: own }))).toBe('rated');
    expect(now(trial({ seenFrom: 2, after: own }))).toBe('unpriced');
    const below = { h1, h2: String(BigInt(h2) - 1n), revision: '9' };
    expect(now(trial({ seenFrom: 2, upTo: below }))).toBe('unpriced');
    expect(now(trial({ seenFrom: 2, after: below }))).toBe('rated');
    const other = trial({ seenFrom: 2 });
    expect(now({ ...other, body: { ...other.body, contract: 'c-2' } })).toBe('unpriced');
  });

  it('gives an event without a price the reason of the last trial', () => {
    const late = FACTS.map((fact) => ({ ...fact, seenFrom: 1 }));
    const audited = (facts: readonly Fact[]) =>
      audit([event({ buyer: 'other' })], catalogueOf(facts))[0];
    expect(audited(late)?.version?.waitedFor).toBe('UNKNOWN_CONTRACT');
    const again = audited([...late, trial({ seenFrom: 2 })]);
    expect([again?.standing.now, again?.version?.waitedFor]).toEqual([
      'unpriced',
      'BUYER_MISMATCH',
    ]);
  });

  it('posts to the next open month what comes after the close', () => {
    const closed = {
      type: 'PeriodClosed',
      body: { contract: 'c-1', period: '2026-05' },
      seenFrom: 1,
    };
    const other = event({ kinds: { input: 1n } });
    const audited = audit([event({}), other], catalogueOf([...FACTS, closed]));
    expect(audited.map(({ version }) => version?.rating?.postingPeriod)).toEqual([
      '2026-05',
      undefined,
    ]);
    const [, late] = audit([null, event({})], catalogueOf([...FACTS, closed]));
    expect([late?.version?.rating?.servicePeriod, late?.version?.rating?.postingPeriod]).toEqual([
      '2026-05',
      '2026-06',
    ]);
  });

  it('puts the months of scene A1 c1, c2 and c7 where Jakarta has them', () => {
    const at = (text: string): string | undefined =>
      audit([event({ time: BigInt(instant(text)) })])[0]?.version?.rating?.servicePeriod;
    expect(at('2026-04-30T16:59:59.999Z')).toBe('2026-04');
    expect(at('2026-04-30T17:00:00Z')).toBe('2026-05');
    expect(at('2026-05-31T17:00:00Z')).toBe('2026-06');
  });

  it('holds a call that names no authorization', () => {
    expect(audit([event({ authorization: null })])[0]?.version?.rating?.hold).toBe(true);
  });

  it('sums a call into one bucket for each kind it used', () => {
    const buckets = [...bucketsOf(termsOf(auditAll([event({}), event({})]))).values()];
    const hash = BigInt(`0x${payloadHashOf(whole(event({}))).toString('hex')}`);
    expect(buckets).toEqual([
      { quantity: 2_000n, calls: 1n, multiset: hash },
      { quantity: 500n, calls: 1n, multiset: hash },
    ]);
  });
});

describe('a multiset hash', () => {
  it('R15 is a number modulo 2^256, also where more was taken back than added', () => {
    expect(multisetText(-1n)).toBe('f'.repeat(64));
    expect(multisetText(1n << 256n)).toBe('0'.repeat(64));
  });
});

describe('the check of batches', () => {
  const audited = audit([event({}), event({})]);
  const leaf = audited[0]?.payloadHash as Buffer;
  const row: BatchRow = {
    ...{ partition: PARTITION, first_offset: '0', last_offset: '1', rated: '1', duplicate: '1' },
    ...{ conflict: '0', unpriced: '0', quarantined: '0', merkle_root: merkleRootOf([leaf]) },
  };
  const faults = (rows: readonly BatchRow[]): number => {
    const found = tally();
    checkBatches({ partition: PARTITION, audited, rows }, found);
    return found.finding().violations;
  };

  it('finds nothing where the copy is true', () => {
    expect(faults([row])).toBe(0);
  });

  it('finds a count, a root and a range that were changed', () => {
    expect(faults([{ ...row, duplicate: '0' }])).toBe(1);
    expect(faults([{ ...row, merkle_root: Buffer.alloc(32) }])).toBe(1);
    expect(faults([{ ...row, first_offset: '1' }])).toBeGreaterThan(0);
    expect(faults([{ ...row, last_offset: '2' }])).toBe(1);
  });
});
