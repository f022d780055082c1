import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { Defect } from '@suanpan/event-sourcing';
import type { Rational } from '@suanpan/money';
import {
  ZERO,
  add,
  compare,
  formatMoney,
  money,
  negate,
  parseDecimal,
  parsePrice,
  rational,
  subtract,
  sum,
} from '@suanpan/money';
import fc from 'fast-check';
import type { AgreementVersion } from './agreement.js';
import { allocateInvoiceLine } from './allocate-invoice-line.js';
import type { Distribution, VersionItems } from './distribute.js';
import { distribute } from './distribute.js';
import type { BaseItem } from './exact-shares.js';
import type { Step } from './steps.js';

const QUARTER = 900_000_000n;
const shares = (...bps: readonly bigint[]): Step => ({
  kind: 'shares',
  parties: bps.map((shareBps, i) => ({ party: `p${i}`, role: 'partner', shareBps })),
});
const versionWith = (version: number, steps: readonly Step[]): AgreementVersion => ({
  agreementId: 'AG',
  version,
  currency: 'USD',
  effectiveFrom: parseInstant('2026-05-01T00:00:00Z') + BigInt(version) * QUARTER,
  contracts: [],
  steps,
});
const item = (amount: Rational, model = 'm', quantity = 0n): BaseItem => ({
  model,
  tokenKind: 'output',
  revenueType: 'usage',
  quantity,
  amount,
});
const divide = (groups: readonly VersionItems[]): Distribution =>
  distribute({ document: 'D', currency: 'USD', groups });
const cents = ({ versions }: Distribution): bigint[][] =>
  versions.map((v) => v.shares.map(({ amount }) => amount.minor));

const HALF = versionWith(1, [shares(5_000n, 5_000n)]);
const WHOLE = versionWith(2, [shares(10_000n)]);

describe('R10 allocateInvoiceLine', () => {
  const bucket = (exact: string, quantity: bigint) => ({ exact: parseDecimal(exact), quantity });

  it('goes by exact amount and rounds nothing', () => {
    const parts = allocateInvoiceLine(money(2000n, 'USD'), [
      bucket('15.005', 1n),
      bucket('5.000', 9n),
    ]);
    expect(parts).toEqual([rational(60_020n, 4_001n), rational(20_000n, 4_001n)]);
    expect(sum(parts)).toEqual(rational(20n));
  });

  it('goes by quantity where the amounts sum to zero', () => {
    const parts = allocateInvoiceLine(money(100n, 'USD'), [bucket('0', 1n), bucket('0', 3n)]);
    expect(parts).toEqual([rational(1n, 4n), rational(3n, 4n)]);
  });

  it('goes to the first bucket where the quantities do too', () => {
    const parts = allocateInvoiceLine(money(-100n, 'USD'), [bucket('0', 0n), bucket('0', 0n)]);
    expect(parts).toEqual([rational(-1n), ZERO]);
  });

  it('R3 gives each its own amount where what was added and taken back comes to nothing', () => {
    const parts = allocateInvoiceLine(money(0n, 'USD'), [bucket('1', 2n), bucket('-1', -2n)]);
    expect(parts).toEqual([rational(1n), rational(-1n)]);
  });

  it('R3 blows nothing up where they nearly do: half a cent more is shared by size', () => {
    const parts = allocateInvoiceLine(money(1n, 'USD'), [
      bucket('1000', 9n),
      bucket('-999.995', -8n),
    ]);
    expect(sum(parts)).toEqual(rational(1n, 100n));
    const [added, back] = [rational(1_000n), rational(-999_995n, 1_000n)];
    for (const [part, own] of [
      [parts[0], added],
      [parts[1], back],
    ] as const) {
      const apart = subtract(part ?? ZERO, own);
      expect(compare(apart, ZERO)).toBe(1);
      expect(compare(apart, rational(1n, 200n))).toBe(-1);
    }
  });

  it('R3 divides a line below zero as the mirror of the line above', () => {
    const weighed = [bucket('2.501', 1n), bucket('7.503', 2n)];
    const back = weighed.map(({ exact, quantity }) => ({
      exact: negate(exact),
      quantity: -quantity,
    }));
    const up = allocateInvoiceLine(money(1_000n, 'USD'), weighed);
    expect(allocateInvoiceLine(money(-1_000n, 'USD'), back)).toEqual(up.map(negate));
  });

  it('an amount without a bucket is a defect, a zero is not', () => {
    expect(() => allocateInvoiceLine(money(1n, 'USD'), [])).toThrow(Defect);
    expect(allocateInvoiceLine(money(0n, 'USD'), [])).toEqual([]);
    expect(allocateInvoiceLine(money(0n, 'USD'), [bucket('3', 1n)])).toEqual([ZERO]);
  });

  it('skims nobody: 248 buckets of 0.005 in two halves give 0.62 to each half', () => {
    const buckets = Array.from({ length: 248 }, () => bucket('0.005', 1n));
    const parts = allocateInvoiceLine(money(124n, 'USD'), buckets).map((part) => item(part));
    const split = divide([
      { version: HALF, items: parts.slice(0, 124) },
      { version: WHOLE, items: parts.slice(124) },
    ]);
    expect(split.versions.map(({ base }) => formatMoney(base))).toEqual(['0.62', '0.62']);
    expect(cents(split)).toEqual([[31n, 31n], [62n]]);
  });
});

describe('distribute', () => {
  it('rounds the bases of two versions together, a tie to the earlier', () => {
    const half = [item(rational(1n, 200n))];
    const split = divide([
      { version: WHOLE, items: half },
      { version: HALF, items: half },
    ]);
    expect(split.versions.map(({ version, base }) => [version.version, base.minor])).toEqual([
      [1, 1n],
      [2, 0n],
    ]);
    expect(cents(split)).toEqual([[1n, 0n], [0n]]);
  });

  it('leaves to the operator what no agreement divides', () => {
    const split = divide([
      { version: undefined, items: [item(parseDecimal('3.004'))] },
      { version: HALF, items: [item(parseDecimal('1.006'))] },
    ]);
    expect(formatMoney(split.undivided)).toBe('3.00');
    expect(cents(split)).toEqual([[51n, 50n]]);
  });

  it('a cost above the base is borne by the parties of the rest', () => {
    const perMillion: Step = {
      kind: 'per-million',
      party: 'vendor',
      role: 'vendor',
      perMillion: parsePrice('2'),
      tokenKinds: [],
      models: [],
    };
    const version = versionWith(1, [perMillion, shares(5_000n, 5_000n)]);
    const split = divide([{ version, items: [item(rational(1n), 'm', 1_000_000n)] }]);
    expect(cents(split)).toEqual([[200n, -50n, -50n]]);
  });

  it('adds up groups of one version before it rounds', () => {
    const third = { version: WHOLE, items: [item(rational(1n, 300n))] };
    expect(cents(divide([third, third, third]))).toEqual([[1n]]);
  });

  it('R17 an agreement in another currency is AGREEMENT_CURRENCY_DIFFERS', () => {
    const groups = [{ version: HALF, items: [item(rational(1n))] }];
    expect(() => distribute({ document: 'D', currency: 'CNY', groups })).toThrow(
      expect.objectContaining({ code: 'AGREEMENT_CURRENCY_DIFFERS' }),
    );
  });

  it('a document without items is zero everywhere', () => {
    expect(divide([])).toMatchObject({ versions: [], undivided: { minor: 0n } });
    expect(cents(divide([{ version: HALF, items: [] }]))).toEqual([[0n, 0n]]);
  });
});

/** Lines of whole cents, each over buckets of several models, in one of two versions or none. */
const anyBucket = fc.record({
  model: fc.constantFrom('a', 'b', 'c'),
  tokenKind: fc.constantFrom('input', 'output'),
  slot: fc.integer({ min: 0, max: 2 }),
  quantity: fc.bigInt({ min: 0n, max: 10n ** 7n }),
  weight: fc.bigInt({ min: 0n, max: 1000n }),
});
const anyLine = fc.record({
  minor: fc.bigInt({ min: -500n, max: 5_000n }),
  buckets: fc.array(anyBucket, { minLength: 1, maxLength: 6 }),
});
const anySteps = fc
  .record({
    cut: fc.bigInt({ min: 0n, max: 10_000n }),
    second: fc.bigInt({ min: 0n, max: 10_000n }),
    perMillion: fc.constantFrom('0', '0.20', '0.0333', '7'),
    percentBps: fc.bigInt({ min: 0n, max: 1_000n }),
  })
  .map(({ cut, second, perMillion, percentBps }): readonly Step[] => {
    const [low, high] = cut < second ? [cut, second] : [second, cut];
    return [
      {
        kind: 'per-million',
        party: 'vendor',
        role: 'vendor',
        perMillion: parsePrice(perMillion),
        tokenKinds: ['output'],
        models: [],
      },
      { kind: 'percentage', party: 'r', role: 'reseller', shareBps: percentBps, revenueTypes: [] },
      shares(low, high - low, 10_000n - high),
    ];
  });

type Line = typeof anyLine extends fc.Arbitrary<infer T> ? T : never;

const groupsOf = (
  lines: readonly Line[],
  steps: readonly (readonly Step[])[],
  sign = 1n,
): readonly VersionItems[] => {
  const versions = [...steps.map((s, i) => versionWith(i + 1, s)), undefined];
  return lines.flatMap(({ minor, buckets }) => {
    const weighed = buckets.map(({ weight, quantity }) => ({ exact: rational(weight), quantity }));
    const parts = allocateInvoiceLine(money(sign * minor, 'USD'), weighed);
    return buckets.map(({ model, tokenKind, slot, quantity }, i) => ({
      version: versions[slot],
      items: [
        {
          model,
          tokenKind,
          revenueType: 'usage',
          quantity: sign * quantity,
          amount: parts[i] ?? ZERO,
        },
      ],
    }));
  });
};
const anyDocument = fc.record({
  lines: fc.array(anyLine, { maxLength: 5 }),
  steps: fc.tuple(anySteps, anySteps),
});
const totalOf = (items: readonly { readonly amount: { readonly minor: bigint } }[]): bigint =>
  items.reduce((total, { amount }) => total + amount.minor, 0n);

describe('distribute, for any document and shares', () => {
  it('P1 Σ shares = base, Σ bases = document, Σ lines = share', () => {
    fc.assert(
      fc.property(anyDocument, ({ lines, steps }) => {
        const split = divide(groupsOf(lines, steps));
        for (const { base, shares: parties } of split.versions) {
          expect(totalOf(parties)).toBe(base.minor);
          for (const party of parties) expect(totalOf(party.models)).toBe(party.amount.minor);
        }
        const bases = split.versions.reduce((total, { base }) => total + base.minor, 0n);
        const document = lines.reduce((total, { minor }) => total + minor, 0n);
        expect(bases + split.undivided.minor).toBe(document);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every share within one cent of the exact one', () => {
    fc.assert(
      fc.property(anyDocument, ({ lines, steps }) => {
        for (const { shares: parties } of divide(groupsOf(lines, steps)).versions) {
          for (const { exact, amount } of parties) {
            const off = add(rational(amount.minor, 100n), { n: -exact.n, d: exact.d });
            expect(off.n * 100n <= off.d && off.n * 100n >= -off.d).toBe(true);
          }
        }
      }),
    );
  });

  it('mirrors: a document and its reversal cancel for every party and line', () => {
    const flat = (split: Distribution): bigint[] =>
      split.versions.flatMap(({ base, shares: parties }) => [
        base.minor,
        ...parties.flatMap(({ amount, models }) => [
          amount.minor,
          ...models.map((line) => line.amount.minor),
        ]),
      ]);
    fc.assert(
      fc.property(anyDocument, ({ lines, steps }) => {
        const there = divide(groupsOf(lines, steps));
        const back = divide(groupsOf(lines, steps, -1n));
        expect(flat(back)).toEqual(flat(there).map((minor) => -minor));
        expect(back.undivided.minor).toBe(-there.undivided.minor);
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order of groups and items', () => {
    fc.assert(
      fc.property(anyDocument, ({ lines, steps }) => {
        const groups = groupsOf(lines, steps);
        expect(divide([...groups].reverse())).toEqual(divide(groups));
      }),
    );
  });
});
