import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { Rejection } from '@suanpan/event-sourcing';
import { add, formatMoney, money, moneyToRational, parseDecimal, sum, ZERO } from '@suanpan/money';
import fc from 'fast-check';
import type { Agreement } from './agreement.js';
import { distribute } from './distribute.js';
import type { IssuedInvoice, IssuedLine, UsageStretch } from './divide-invoice.js';
import { divideInvoice } from './divide-invoice.js';

const FIRST = parseInstant('2026-05-08T03:00:00Z');
const SECOND = parseInstant('2026-05-20T03:00:00Z');
const CHANGE = parseInstant('2026-05-15T17:00:00Z');

const shares = (centre: bigint, operator: bigint) =>
  [
    {
      kind: 'shares',
      parties: [
        { party: 'centre', role: 'centre', shareBps: centre },
        { party: 'carrier', role: 'carrier', shareBps: 2_000n },
        { party: 'operator', role: 'operator', shareBps: operator },
      ],
    },
  ] as const;

const agreementFor = (
  contracts: readonly string[],
  currency = 'USD',
  agreementId = 'AG-2',
): Agreement => ({
  status: 'active',
  versions: [
    {
      agreementId,
      version: 1,
      currency,
      effectiveFrom: parseInstant('2026-03-31T17:00:00Z'),
      contracts,
      steps: shares(5_500n, 2_500n),
    },
    {
      agreementId,
      version: 2,
      currency,
      effectiveFrom: CHANGE,
      contracts,
      steps: shares(5_000n, 3_000n),
    },
  ],
});

const charge = {
  model: 'm-chat',
  tokenKind: 'input',
  priceTable: 'list-usd',
  priceVersion: 'P1',
  servicePeriod: '2026-05',
};

const stretch = (at: bigint, exact: string): UsageStretch => ({
  ...charge,
  at,
  quantity: 1_000n,
  calls: 1n,
  exact: parseDecimal(exact),
});

const line = (more: Partial<IssuedLine> = {}): IssuedLine => ({
  ...charge,
  line: 1,
  revenueType: 'usage',
  quantity: 2_000n,
  calls: 2n,
  exact: parseDecimal('10.004'),
  amount: money(1_000n, 'USD'),
  ...more,
});

const invoice = (...lines: readonly IssuedLine[]): IssuedInvoice => ({
  invoice: 'inv-1',
  contract: 'C-1',
  currency: 'USD',
  lines,
});

const usage = [stretch(FIRST, '2.501'), stretch(SECOND, '7.503')];

describe('divideInvoice', () => {
  it('R10 splits a line over the versions by the exact amounts of its usage', () => {
    const document = divideInvoice(invoice(line()), {
      stretches: usage,
      agreements: [agreementFor([])],
    });
    const bases = document.groups.map(({ version, items }) => [
      version?.version,
      sum(items.map(({ amount }) => amount)),
    ]);
    expect(bases).toEqual([
      [1, parseDecimal('2.5')],
      [2, parseDecimal('7.5')],
    ]);
  });

  it('R33 leaves what is no usage undivided', () => {
    const fee = line({ line: 2, revenueType: 'fee', model: '', amount: money(500n, 'USD') });
    const divided = distribute(
      divideInvoice(invoice(line(), fee), { stretches: usage, agreements: [agreementFor([])] }),
    );
    expect(formatMoney(divided.undivided)).toBe('5.00');
  });

  const dividing = (...agreements: readonly Agreement[]): unknown => {
    try {
      const issued = invoice(line());
      const { versions } = distribute(divideInvoice(issued, { stretches: usage, agreements }));
      return versions.map(({ version }) => `${version.agreementId} ${version.version}`);
    } catch (error) {
      return error instanceof Rejection ? error.code : error;
    }
  };
  const general = agreementFor([], 'USD', 'AG-ALL');

  it.each([
    ['alone', [agreementFor(['C-1'], 'CNY')]],
    ['though a general one is in the currency', [general, agreementFor(['C-1'], 'CNY')]],
    ['and covers all', [agreementFor([], 'CNY')]],
  ])('R17 AGREEMENT_CURRENCY_DIFFERS: the agreement is in another, %s', (_what, agreements) => {
    expect(dividing(...agreements)).toBe('AGREEMENT_CURRENCY_DIFFERS');
  });

  it('R17 takes the one in its currency of several that name the contract, or cover all', () => {
    const inDollars = agreementFor(['C-1'], 'USD', 'AG-USD');
    const inYuan = agreementFor(['C-1'], 'CNY', 'AG-CNY');
    expect(dividing(inYuan, inDollars, general)).toEqual(['AG-USD 1', 'AG-USD 2']);
    expect(dividing(agreementFor([], 'CNY', 'AG-CNY'), general)).toEqual(['AG-ALL 1', 'AG-ALL 2']);
  });

  it('R17 leaves alone what the agreement of another currency does not cover', () => {
    const elsewhere = agreementFor(['C-9'], 'CNY', 'AG-CNY');
    expect(dividing(elsewhere, general)).toEqual(['AG-ALL 1', 'AG-ALL 2']);
  });

  it.each([
    ['a token is missing', { quantity: 2_001n }],
    ['a call is missing', { calls: 3n }],
    ['the exact amount differs', { exact: parseDecimal('10.005') }],
    ['the charge is another', { priceVersion: 'P2' }],
  ])('is rejected with FIGURES_DIFFER when %s', (_what, change) => {
    expect(() =>
      divideInvoice(invoice(line(change)), { stretches: usage, agreements: [] }),
    ).toThrow(expect.objectContaining({ code: 'FIGURES_DIFFER' }) as unknown as Error);
  });

  it('is rejected with FIGURES_DIFFER when usage is left that no line bills', () => {
    const more = { ...stretch(FIRST, '0.1'), tokenKind: 'output' };
    expect(() =>
      divideInvoice(invoice(line()), { stretches: [...usage, more], agreements: [] }),
    ).toThrow(expect.objectContaining({ code: 'FIGURES_DIFFER' }) as unknown as Error);
  });

  it('lets usage pass that comes to nothing', () => {
    const void0 = [stretch(FIRST, '0.1'), { ...stretch(SECOND, '-0.1'), quantity: -1_000n }].map(
      (one) => ({ ...one, tokenKind: 'output' }),
    );
    const document = divideInvoice(invoice(line()), {
      stretches: [...usage, ...void0],
      agreements: [],
    });
    expect(document.groups).toHaveLength(1);
  });

  it('R3 moves what a correction moved from one version’s time into another’s, without a line', () => {
    const moved = [
      { ...stretch(SECOND, '0.3'), tokenKind: 'output' },
      { ...stretch(FIRST, '-0.3'), tokenKind: 'output', quantity: -1_000n, calls: -1n },
    ];
    const document = divideInvoice(invoice(line()), {
      stretches: [...usage, ...moved],
      agreements: [agreementFor([])],
    });
    const bases = document.groups.map(({ version, items }) => [
      version?.version,
      sum(items.map(({ amount }) => amount)),
    ]);
    expect(bases).toEqual([
      [1, parseDecimal('2.2')],
      [2, parseDecimal('7.8')],
    ]);
    const { versions } = distribute(document);
    expect(versions.map(({ base }) => formatMoney(base))).toEqual(['2.20', '7.80']);
  });

  it('I4 never creates or loses a minor unit of an invoice', () => {
    // Below zero: taken back by a correction.
    const anyStretch = fc.record({
      early: fc.boolean(),
      cents: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(anyStretch, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: -100, max: 100_000_000 }),
        (rows, minor) => {
          const stretches = rows.map(({ early, cents }) =>
            stretch(
              early ? FIRST : SECOND,
              `${cents < 0 ? '-' : ''}0.${Math.abs(cents).toString().padStart(7, '0')}`,
            ),
          );
          const one = line({
            quantity: 1_000n * BigInt(rows.length),
            calls: BigInt(rows.length),
            exact: stretches.reduce((total, { exact }) => add(total, exact), ZERO),
            amount: money(BigInt(minor), 'USD'),
          });
          const divided = distribute(
            divideInvoice(invoice(one), { stretches, agreements: [agreementFor(['C-1'])] }),
          );
          const given = divided.versions.flatMap(({ shares: own }) => own);
          const total = sum(given.map(({ amount }) => moneyToRational(amount)));
          expect(add(total, moneyToRational(divided.undivided))).toEqual(
            moneyToRational(money(BigInt(minor), 'USD')),
          );
        },
      ),
    );
  });
});
