import { describe, expect, it } from '@jest/globals';
import { encode, type UsageRecorded } from '@suanpan/messages';

import { checkBatches, type BatchRow } from './batch-check.js';
import { bucketsOf } from './bucket-check.js';
import { Catalogue } from './catalogue.js';
import { exactOf, same } from './exact.js';
import { Tally } from './findings.js';
import { identityOf, merkleRootOf } from './identity.js';
import type { LogRecord } from './log.js';
import { payloadHashOf } from './payload.js';
import { type AuditedRecord, PartitionAudit } from './usage-audit.js';

/** Scene A1 in small: the price changes on 16 May 00:00 in Jakarta. */
const MAY_16 = BigInt(Date.parse('2026-05-15T17:00:00Z')) * 1_000n;
const instant = (text: string): string => String(BigInt(Date.parse(text)) * 1_000n);
const everywhere = (offset: number): readonly string[] =>
  Array.from({ length: 64 }, () => String(offset));

const terms = {
  ...{ buyer: 'bintang', seller: 'operator', currency: 'USD', zone: 'Asia/Jakarta' },
  ...{ priceTable: 'list', requireAuthorization: true, rounding: 'half-even' },
  ...{ paymentTermDays: 30, from: instant('2026-04-01T00:00:00Z') },
};

const priceVersion = (version: string, from: string, [input, output]: readonly string[]) => ({
  ...{ priceTable: 'list', version, currency: 'USD', effectiveFrom: instant(from), source: 's' },
  prices: [
    { model: 'm-chat', kind: 'input', perMillion: input ?? '' },
    { model: 'm-chat', kind: 'output', perMillion: output ?? '' },
  ],
});

interface Fact {
  readonly type: string;
  readonly body: Record<string, unknown>;
  readonly seenFrom: number;
}

const catalogueOf = (facts: readonly Fact[]): Catalogue =>
  Catalogue.of(
    facts.map(({ type, body, seenFrom }, index) => ({
      tenant: 't',
      type,
      body,
      ordinal: BigInt(index + 1),
      vector: everywhere(seenFrom).map(BigInt),
    })),
  );

const FACTS: readonly Fact[] = [
  {
    type: 'PriceVersionActivated',
    body: priceVersion('P1', '2026-04-01T00:00:00Z', ['0.30', '1.20']),
    seenFrom: 0,
  },
  {
    type: 'PriceVersionActivated',
    body: priceVersion('P2', '2026-05-15T17:00:00Z', ['0.25', '1.00']),
    seenFrom: 0,
  },
  { type: 'ContractSigned', body: { contract: 'c-1', terms }, seenFrom: 0 },
];

const event = (changes: Partial<UsageRecorded>): UsageRecorded =>
  ({
    ...{ tenant: 't', source: '/c/1', id: 'e-1', time: MAY_16 - 1n, contract: 'c-1' },
    ...{ buyer: 'bintang', centre: 'one', modelOrdered: 'm-chat', modelServed: null },
    ...{ kinds: { input: 2_000n, output: 500n }, authorization: 'a-1' },
    ...changes,
  }) as UsageRecorded;

const NULLS = [
  ...['subject', 'upstream', 'authorization', 'lot', 'dispatch', 'dataOrigin', 'endUserCountry'],
  ...['facility', 'pool', 'returnCountry', 'purpose', 'latencyMs', 'credential', 'session'],
  ...['reservation', 'admission', 'serviceTier', 'audioMs', 'images', 'requests', 'outcome'],
  ...['finality', 'correctsSource', 'correctsId', 'revision', 'routeType', 'route'],
  ...['controlRegion', 'inferenceRegion', 'useCase', 'industry', 'device', 'host'],
  ...['upstreamRequestId', 'endUser', 'dataClass', 'datasetTag', 'kindsIncomplete'],
];

const whole = (given: UsageRecorded): UsageRecorded => ({
  ...Object.fromEntries(NULLS.map((name) => [name, null])),
  ...{ metadata: {}, extensions: {} },
  ...given,
});

const PARTITION = identityOf('t', '/c/1', 'e-1').readUInt8(0) >> 2;

const recordsOf = (events: readonly (UsageRecorded | null)[]): readonly LogRecord[] =>
  events.map((each, index) => ({
    partition: PARTITION,
    offset: BigInt(index),
    key: each === null ? null : identityOf(each.tenant, each.source, each.id),
    value: each === null ? null : encode('usage.recorded', whole(each)),
    headers: {},
  }));

const tally = (): Tally => new Tally({ invariant: 'I1', layer: 'log', what: '' });

const audit = (
  events: readonly (UsageRecorded | null)[],
  catalogue = catalogueOf(FACTS),
): readonly AuditedRecord[] => {
  const records = recordsOf(events);
  const log = { low: 0n, high: BigInt(records.length), records };
  return new PartitionAudit(catalogue, PARTITION, tally()).run(log);
};

const endings = (audited: readonly AuditedRecord[]): readonly string[] =>
  audited.map(({ now }) => now);

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
    expect(endings(audited)).toEqual(['rated', 'quarantined', 'quarantined']);
  });

  it('prices scene A1 c3 and c4 by the event’s own time', () => {
    const [c3, c4] = [event({}), event({ time: MAY_16 })].map((each) => audit([each])[0]);
    expect(c3?.rating?.version.version).toBe('P1');
    expect(same(c3?.rating?.amount ?? exactOf('0'), exactOf('0.0012'))).toBe(true);
    expect(c4?.rating?.version.version).toBe('P2');
    expect(same(c4?.rating?.amount ?? exactOf('0'), exactOf('0.0010'))).toBe(true);
  });

  it('B48 leaves a model without a price unpriced, with the reason', () => {
    const [unknown] = audit([event({ modelOrdered: 'mystery' })]);
    expect([unknown?.now, unknown?.unpricedCode]).toEqual(['unpriced', 'UNKNOWN_MODEL']);
    const [kind] = audit([event({ kinds: { reasoning: 1n } })]);
    expect(kind?.unpricedCode).toBe('KIND_WITHOUT_PRICE');
    const [buyer] = audit([event({ buyer: 'other' })]);
    expect(buyer?.unpricedCode).toBe('BUYER_MISMATCH');
    const [early] = audit([event({ time: 1n })]);
    expect(early?.unpricedCode).toBe('CONTRACT_NOT_IN_FORCE');
    const [stranger] = audit([event({ contract: 'c-9' })]);
    expect(stranger?.unpricedCode).toBe('UNKNOWN_CONTRACT');
  });

  it('sees only the facts whose cut lies before the record', () => {
    const late = FACTS.map((fact) => ({ ...fact, seenFrom: 1 }));
    const audited = audit([event({}), event({ id: 'e-2' })], catalogueOf(late));
    expect(audited[0]?.unpricedCode).toBe('UNKNOWN_CONTRACT');
    const rerated = [...late, { type: 'UnpricedRerated', body: {}, seenFrom: 2 }];
    const again = audit([event({})], catalogueOf(rerated));
    expect([again[0]?.first, again[0]?.now]).toEqual(['unpriced', 'rated']);
  });

  it('posts to the next open month what comes after the close', () => {
    const closed = {
      type: 'PeriodClosed',
      body: { contract: 'c-1', period: '2026-05' },
      seenFrom: 1,
    };
    const other = event({ kinds: { input: 1n } });
    const audited = audit([event({}), other], catalogueOf([...FACTS, closed]));
    expect(audited.map(({ rating }) => rating?.postingPeriod)).toEqual(['2026-05', undefined]);
    const [, late] = audit([null, event({})], catalogueOf([...FACTS, closed]));
    expect([late?.rating?.servicePeriod, late?.rating?.postingPeriod]).toEqual([
      '2026-05',
      '2026-06',
    ]);
  });

  it('puts the months of scene A1 c1, c2 and c7 where Jakarta has them', () => {
    const at = (text: string): string | undefined =>
      audit([event({ time: BigInt(instant(text)) })])[0]?.rating?.servicePeriod;
    expect(at('2026-04-30T16:59:59.999Z')).toBe('2026-04');
    expect(at('2026-04-30T17:00:00Z')).toBe('2026-05');
    expect(at('2026-05-31T17:00:00Z')).toBe('2026-06');
  });

  it('holds a call that names no authorization', () => {
    expect(audit([event({ authorization: null })])[0]?.rating?.hold).toBe(true);
  });

  it('sums a call into one bucket for each kind it used', () => {
    const buckets = [...bucketsOf(audit([event({}), event({})])).values()];
    const hash = BigInt(`0x${payloadHashOf(whole(event({}))).toString('hex')}`);
    expect(buckets).toEqual([
      { quantity: 2_000n, calls: 1n, multiset: hash },
      { quantity: 500n, calls: 1n, multiset: hash },
    ]);
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
