/**
 * A small month of usage as raw records, and what the auditor makes of it.
 *
 * Source      scenes.md A1: the price changes on 16 May 00:00 in Jakarta
 */
import { encode, type UsageRecorded } from '@suanpan/messages';

import { Catalogue } from '../src/verify/catalogue.js';
import { Tally } from '../src/verify/findings.js';
import type { LogRecord } from '../src/verify/log.js';
import { identityOf } from '../src/verify/identity.js';
import {
  type AuditedPartition,
  type AuditedRecord,
  calledBy,
  PartitionAudit,
} from '../src/verify/usage-audit.js';

export const MAY_16 = BigInt(Date.parse('2026-05-15T17:00:00Z')) * 1_000n;
export const instant = (text: string): string => String(BigInt(Date.parse(text)) * 1_000n);
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

export interface Fact {
  readonly type: string;
  readonly body: Record<string, unknown>;
  readonly seenFrom: number;
}

export const catalogueOf = (facts: readonly Fact[]): Catalogue =>
  Catalogue.of(
    facts.map(({ type, body, seenFrom }, index) => ({
      tenant: 't',
      type,
      body,
      ordinal: BigInt(index + 1),
      vector: everywhere(seenFrom).map(BigInt),
    })),
  );

export const FACTS: readonly Fact[] = [
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

const LAST = 2n ** 63n - 1n;

/** A later trial of everything that waits under c-1, or of what lies between two bounds. */
export const trial = ({
  seenFrom,
  after = null,
  upTo = { h1: String(LAST), h2: String(LAST), revision: String(LAST) },
}: {
  readonly seenFrom: number;
  readonly after?: object | null;
  readonly upTo?: object;
}): Fact => ({ type: 'UnpricedRerated', body: { contract: 'c-1', after, upTo }, seenFrom });

export const event = (changes: Partial<UsageRecorded>): UsageRecorded =>
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
  ...['finality', 'correctsSource', 'correctsId', 'revision', 'correction', 'routeType', 'route'],
  ...['controlRegion', 'inferenceRegion', 'useCase', 'industry', 'device', 'host'],
  ...['upstreamRequestId', 'endUser', 'dataClass', 'datasetTag', 'kindsIncomplete'],
];

export const whole = (given: UsageRecorded): UsageRecorded => ({
  ...Object.fromEntries(NULLS.map((name) => [name, null])),
  ...{ metadata: {}, extensions: {} },
  ...given,
});

export const PARTITION = identityOf('t', '/c/1', 'e-1').readUInt8(0) >> 2;

export const recordsOf = (events: readonly (UsageRecorded | null)[]): readonly LogRecord[] =>
  events.map((each, index) => ({
    partition: PARTITION,
    offset: BigInt(index),
    key: each === null ? null : calledBy(whole(each)),
    value: each === null ? null : encode('usage.recorded', whole(each)),
    headers: {},
    timestamp: MAY_16,
  }));

export const tally = (): Tally => new Tally({ invariant: 'I1', layer: 'log', what: '' });

export const auditAll = (
  events: readonly (UsageRecorded | null)[],
  catalogue = catalogueOf(FACTS),
): AuditedPartition => {
  const records = recordsOf(events);
  const log = { low: 0n, high: BigInt(records.length), records };
  return new PartitionAudit(catalogue, PARTITION, tally()).run(log);
};

export const audit = (
  events: readonly (UsageRecorded | null)[],
  catalogue = catalogueOf(FACTS),
): readonly AuditedRecord[] => auditAll(events, catalogue).records;
