import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { exactDecimal, powerOfTen, rational } from '@suanpan/money';
import type { Catalogue, CatalogueContract, CatalogueTable } from './catalogue.js';
import { catalogueOf } from './catalogue.js';
import type { ListedPrice } from './price-table.js';
import type { MeteredUsage, Rated, Unpriced } from './rate.js';
import { BILLABLE, HOLD, rate } from './rate.js';

const chat = (input: string, cached: string, out: string): readonly ListedPrice[] => [
  { model: 'm-chat', kind: 'input', perMillion: input },
  { model: 'm-chat', kind: 'cached_input', perMillion: cached },
  { model: 'm-chat', kind: 'output', perMillion: out },
  { model: 'm-chat', kind: 'reasoning', perMillion: out },
];

const retail: CatalogueTable = {
  tenant: 'shantou',
  priceTable: 'retail',
  currency: 'USD',
  versions: [
    {
      version: 'P1',
      effectiveFrom: parseInstant('2026-04-01T00:00:00+07:00'),
      source: 'scene A',
      prices: chat('0.30', '0.03', '1.20'),
    },
    {
      version: 'P2',
      effectiveFrom: parseInstant('2026-05-16T00:00:00+07:00'),
      source: 'scene A',
      prices: chat('0.25', '0.025', '1.00'),
    },
  ],
};

const c1: CatalogueContract = {
  tenant: 'shantou',
  contract: 'C-1',
  terms: {
    buyer: 'bintang-toys',
    seller: 'shantou-operator',
    currency: 'USD',
    zone: 'Asia/Jakarta',
    priceTable: 'retail',
    requireAuthorization: true,
    rounding: 'half-even',
    paymentTermDays: 30,
    from: parseInstant('2026-04-01T00:00:00+07:00'),
  },
  until: null,
  closed: new Set(),
};

const catalogue = catalogueOf([c1], [retail]);

interface Call {
  readonly at: string;
  readonly kinds: readonly [input: bigint, cached: bigint, output: bigint, reasoning: bigint];
  readonly authorization?: string | null;
  readonly model?: string;
  readonly contract?: string;
  readonly buyer?: string;
}

const usageOf = (call: Call): MeteredUsage => ({
  time: parseInstant(call.at),
  buyer: call.buyer ?? 'bintang-toys',
  authorization: call.authorization === undefined ? 'AU-1' : call.authorization,
  kinds: {
    input: call.kinds[0],
    cached_input: call.kinds[1],
    output: call.kinds[2],
    reasoning: call.kinds[3],
  },
});

const rated = (call: Call, by: Catalogue = catalogue): Rated | Unpriced =>
  rate(by.planOf('shantou', call.contract ?? 'C-1', call.model ?? 'm-chat'), usageOf(call));

/** What a reader wants to see of an outcome, in one line. */
const shown = (outcome: Rated | Unpriced): string => {
  if (outcome.status === 'unpriced') return outcome.code;
  const amount = exactDecimal(rational(outcome.amount, powerOfTen(outcome.scale)));
  const state = outcome.billingState === HOLD ? 'hold' : 'billable';
  return `${outcome.window.version} ${amount} ${outcome.servicePeriod} ${state}`;
};

const small = [2_000n, 0n, 300n, 200n] as const;

describe('scene A1, contract C-1 in Asia/Jakarta', () => {
  const table: readonly (readonly [name: string, call: Call, outcome: string])[] = [
    ['c1', { at: '2026-04-30T16:59:59.999999Z', kinds: small }, 'P1 0.0012 2026-04 billable'],
    [
      'c2',
      { at: '2026-04-30T17:00:00Z', kinds: [1_000n, 9_000n, 500n, 0n] },
      'P1 0.00117 2026-05 billable',
    ],
    ['E5 c3', { at: '2026-05-15T16:59:59.999999Z', kinds: small }, 'P1 0.0012 2026-05 billable'],
    ['E5 c4', { at: '2026-05-15T17:00:00Z', kinds: small }, 'P2 0.001 2026-05 billable'],
    ['c5', { at: '2026-05-10T00:00:00Z', kinds: small, model: 'm-none' }, 'UNKNOWN_MODEL'],
    [
      'c6',
      { at: '2026-05-10T00:00:00Z', kinds: [10_000_000n, 0n, 0n, 0n], authorization: null },
      'P1 3 2026-05 hold',
    ],
    ['c7', { at: '2026-05-31T17:00:00Z', kinds: small }, 'P2 0.001 2026-06 billable'],
    [
      'b1',
      { at: '2026-05-08T03:00:00Z', kinds: [412_345n, 1_234_567n, 98_765n, 10_000n] },
      'P1 0.29125851 2026-05 billable',
    ],
  ];

  it.each(table)('%s', (_name, call, outcome) => {
    expect(shown(rated(call))).toBe(outcome);
  });
});

describe('a call that cannot be priced', () => {
  const at = '2026-05-10T00:00:00Z';

  it('B48 is unpriced with the reason, never priced at zero', () => {
    expect(shown(rated({ at, kinds: small, contract: 'C-9' }))).toBe('UNKNOWN_CONTRACT');
    expect(shown(rated({ at, kinds: small, model: 'm-new' }))).toBe('UNKNOWN_MODEL');
    expect(shown(rated({ at, kinds: small, buyer: 'someone' }))).toBe('BUYER_MISMATCH');
    const audio = rate(catalogue.planOf('shantou', 'C-1', 'm-chat'), {
      ...usageOf({ at, kinds: small }),
      kinds: { input: 1n, audio_input: 1n },
    });
    expect(shown(audio)).toBe('KIND_WITHOUT_PRICE');
  });

  it('B50 is unpriced before the first version starts', () => {
    const early: CatalogueContract = { ...c1, terms: { ...c1.terms, from: 0n } };
    const outcome = rated(
      { at: '2026-03-31T16:59:59.999999Z', kinds: small },
      catalogueOf([early], [retail]),
    );
    expect(shown(outcome)).toBe('NO_PRICE_AT_TIME');
    expect(shown(rated({ at, kinds: small }, catalogueOf([c1], [])))).toBe('NO_PRICE_AT_TIME');
  });

  it('is unpriced outside the contract, to the microsecond', () => {
    const ended = catalogueOf([{ ...c1, until: parseInstant(at) }], [retail]);
    expect(shown(rated({ at, kinds: small }, ended))).toBe('CONTRACT_NOT_IN_FORCE');
    const before = '2026-05-09T23:59:59.999999Z';
    expect(shown(rated({ at: before, kinds: small }, ended))).toContain('P1');
    const early = '2026-03-31T16:59:59.999999Z';
    expect(shown(rated({ at: early, kinds: small }))).toBe('CONTRACT_NOT_IN_FORCE');
  });

  it('is unpriced when table and contract have different currencies', () => {
    const yuan = catalogueOf([c1], [{ ...retail, currency: 'CNY' }]);
    expect(shown(rated({ at, kinds: small }, yuan))).toBe('CURRENCY_MISMATCH');
  });
});

describe('a price of zero', () => {
  const free: CatalogueTable = {
    ...retail,
    versions: [
      {
        version: 'F',
        effectiveFrom: 0n,
        source: 'promotion',
        prices: [{ model: 'm-chat', kind: 'input', perMillion: '0' }],
      },
    ],
  };
  const at = '2026-05-10T00:00:00Z';

  it('rates at zero because it is explicit', () => {
    const outcome = rated({ at, kinds: [5n, 0n, 0n, 0n] }, catalogueOf([c1], [free]));
    expect(shown(outcome)).toBe('F 0 2026-05 billable');
  });

  it('B36 a kind of quantity zero needs no price', () => {
    const outcome = rated({ at, kinds: [0n, 0n, 0n, 0n] }, catalogueOf([c1], [free]));
    expect(shown(outcome)).toBe('F 0 2026-05 billable');
  });
});

describe('the posting period', () => {
  const closed = catalogueOf([{ ...c1, closed: new Set(['2026-05', '2026-06']) }], [retail]);
  const posting = (at: string): string => {
    const outcome = rated({ at, kinds: small }, closed);
    return outcome.status === 'rated' ? outcome.postingPeriod : outcome.code;
  };

  it('I24 B45 is the first open period after a closed service period', () => {
    expect(posting('2026-05-10T00:00:00Z')).toBe('2026-07');
  });

  it('is the service period itself while that is open, even when a later one is closed', () => {
    expect(posting('2026-04-10T00:00:00Z')).toBe('2026-04');
  });

  it('does not change the billing state', () => {
    const outcome = rated({ at: '2026-05-10T00:00:00Z', kinds: small }, closed);
    expect(outcome).toMatchObject({ billingState: BILLABLE, servicePeriod: '2026-05' });
  });
});
