/**
 * Scene B2 as messages: the m-chat usage of scene A1 and the invoice of scene A2.
 *
 * Source      scenes.md A1, A2 (m-chat lines, USD 465.27), B2
 */
import { parseInstant, quarterHourOf } from '@suanpan/calendar';
import type { InvoiceIssued, InvoiceLine, RatedDelta, UsageRated } from '@suanpan/messages';
import { amountOf, exactDecimal, parsePrice } from '@suanpan/money';

export const TENANT = 'shantou';
export const PERIOD = '2026-05';
export const CHANGE = '2026-05-15T17:00:00Z';

const KINDS = ['input', 'cached_input', 'output', 'reasoning'] as const;
const PRICES: Readonly<Record<string, readonly string[]>> = {
  P1: ['0.30', '0.03', '1.20', '1.20'],
  P2: ['0.25', '0.025', '1.00', '1.00'],
};

export interface Usage {
  readonly contract: string;
  readonly time: string;
  readonly version: 'P1' | 'P2';
  readonly centre: string;
  readonly calls: bigint;
  /** Of all calls together: input, cached_input, output, reasoning. */
  readonly tokens: readonly [bigint, bigint, bigint, bigint];
}

const usage = (
  time: string,
  version: 'P1' | 'P2',
  [centre, calls, tokens]: readonly [string, bigint, Usage['tokens']],
): Usage => ({ contract: 'C-1', time, version, centre, calls, tokens });

/** What source partition 3 has rated: bulk of P1 and the first instant of May. */
export const EARLY: readonly Usage[] = [
  usage('2026-05-08T03:00:00Z', 'P1', [
    'eastern-guangdong',
    1_000n,
    [412_345_000n, 1_234_567_000n, 98_765_000n, 10_000_000n],
  ]),
  usage('2026-04-30T17:00:00Z', 'P1', ['shantou-zone-hall', 1n, [1_000n, 9_000n, 500n, 0n]]),
];

/** What source partition 40 has rated: both sides of the change, and the bulk of P2. */
export const LATE: readonly Usage[] = [
  usage('2026-05-15T16:59:59.999999Z', 'P1', ['shantou-zone-hall', 1n, [2_000n, 0n, 300n, 200n]]),
  usage(CHANGE, 'P2', ['shantou-zone-hall', 1n, [2_000n, 0n, 300n, 200n]]),
  usage('2026-05-20T03:00:00Z', 'P2', [
    'eastern-guangdong',
    1_000n,
    [300_000_000n, 800_200_000n, 71_005_000n, 8_000_000n],
  ]),
];

export const deltasOf = (of: Usage): readonly RatedDelta[] =>
  KINDS.flatMap((kind, i) => {
    const quantity = of.tokens[i] ?? 0n;
    const price = PRICES[of.version]?.[i] ?? '0';
    if (quantity === 0n) return [];
    return [
      {
        tenant: TENANT,
        contract: of.contract,
        buyer: 'bintang-toys',
        centre: of.centre,
        upstream: null,
        authorization: null,
        lot: null,
        route: null,
        endUserCountry: 'ID',
        modelOrdered: 'm-chat',
        modelServed: null,
        kind,
        priceTable: 'list-usd',
        priceVersion: of.version,
        price,
        currency: 'USD',
        billingState: 'billable',
        quarterHour: quarterHourOf(parseInstant(of.time)),
        servicePeriod: PERIOD,
        postingPeriod: PERIOD,
        quantity: quantity.toString(),
        calls: of.calls,
        amount: exactDecimal(amountOf(quantity, parsePrice(price))),
      },
    ];
  });

/** A committed batch of one source partition, one offset a usage. */
export const ratedBatch = (
  sourcePartition: number,
  firstOffset: bigint,
  usages: readonly Usage[],
): UsageRated => ({
  sourceTopic: 'usage.recorded',
  sourcePartition,
  firstOffset,
  lastOffset: firstOffset + BigInt(usages.length) - 1n,
  counts: {
    rated: BigInt(usages.length),
    duplicate: 0n,
    conflict: 0n,
    unpriced: 0n,
    quarantined: 0n,
  },
  deltas: usages.flatMap(deltasOf),
});

/** Kind, version, tokens, calls, exact and rounded amount, as table A2 has them. */
const TABLE: readonly (readonly [string, string, string, bigint, string, string])[] = [
  ['input', 'P1', '412348000', 1_002n, '123.7044', '123.70'],
  ['cached_input', 'P1', '1234576000', 1_001n, '37.03728', '37.04'],
  ['output', 'P1', '98765800', 1_002n, '118.51896', '118.52'],
  ['reasoning', 'P1', '10000200', 1_001n, '12.00024', '12.00'],
  ['input', 'P2', '300002000', 1_001n, '75.0005', '75.00'],
  ['cached_input', 'P2', '800200000', 1_000n, '20.005', '20.00'],
  ['output', 'P2', '71005300', 1_001n, '71.0053', '71.01'],
  ['reasoning', 'P2', '8000200', 1_001n, '8.0002', '8.00'],
];

const LINES: readonly InvoiceLine[] = TABLE.map(
  ([kind, priceVersion, quantity, calls, exact, amount], i) => ({
    line: i + 1,
    revenueType: 'usage',
    model: 'm-chat',
    kind,
    priceTable: 'list-usd',
    priceVersion,
    price: PRICES[priceVersion]?.[KINDS.findIndex((name) => name === kind)] ?? '0',
    priceBase: '1000000',
    quantity,
    calls,
    exact,
    amount,
    servicePeriod: PERIOD,
    adjustment: false,
    multisetHash: '00'.repeat(32),
  }),
);

const ISSUED_AT = parseInstant('2026-06-02T01:00:00Z');

/** The invoice over the m-chat lines, cut after both partitions' batches. */
export const INVOICE: InvoiceIssued = {
  tenant: TENANT,
  invoice: 'inv-c1-2026-05',
  number: 'INV-000001',
  series: 'INV',
  seller: 'shantou-operator',
  buyer: 'bintang-toys',
  contract: 'C-1',
  currency: 'USD',
  period: PERIOD,
  issuedAt: ISSUED_AT,
  dueAt: parseInstant('2026-07-02T01:00:00Z'),
  issueDate: '2026-05-31',
  lines: LINES,
  lineTotal: '465.27',
  taxTotal: '0.00',
  total: '465.27',
  documentHash: 'ab'.repeat(32),
  vector: [
    { partition: 3, nextOffset: 2n },
    { partition: 40, nextOffset: 3n },
  ],
};

export const contractSigned = (contract: string) => ({
  tenant: TENANT,
  contract,
  buyer: 'bintang-toys',
  seller: 'shantou-operator',
  currency: 'USD',
  zone: 'Asia/Jakarta',
  priceTable: 'list-usd',
  requireAuthorization: false,
  rounding: 'half-even',
  paymentTermDays: 30,
  from: parseInstant('2026-03-31T17:00:00Z'),
  until: null,
});

export const periodClosed = (contract: string) => ({
  tenant: TENANT,
  contract,
  period: PERIOD,
  zone: 'Asia/Jakarta',
  start: parseInstant('2026-04-30T17:00:00Z'),
  end: parseInstant('2026-05-31T17:00:00Z'),
  vector: INVOICE.vector,
});

const shares = (centre: number, carrier: number, operator: number) => [
  {
    kind: 'shares',
    parties: [
      { party: 'eastern-guangdong', role: 'centre', shareBps: centre },
      { party: 'guangdong-mobile', role: 'carrier', shareBps: carrier },
      { party: 'shantou-operator', role: 'operator', shareBps: operator },
    ],
  },
];

/** 55/20/25 until 15 May, 50/20/30 from 16 May, Jakarta time. */
export const AGREEMENTS = [
  {
    version: 1,
    body: {
      currency: 'USD',
      effectiveFrom: '2026-03-31T17:00:00Z',
      contracts: ['C-1'],
      steps: shares(5_500, 2_000, 2_500),
    },
  },
  {
    version: 2,
    body: {
      currency: 'USD',
      effectiveFrom: CHANGE,
      contracts: ['C-1'],
      steps: shares(5_000, 2_000, 3_000),
    },
  },
] as const;
