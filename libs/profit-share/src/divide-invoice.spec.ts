import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
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

const agreementFor = (contracts: readonly string[], currency = 'USD'): Agreement => ({
  status: 'active',
  versions: [
    {
      agreementId: 'AG-2',
      version: 1,
      currency,
      effectiveFrom: parseInstant('2026-03-31T17:00:00Z'),
      contracts,
      steps: shares(5_500n, 2_500n),
    },
    {
      agreementId: 'AG-2',
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

  it('R17 does not let an agreement of another currency divide', () => {
    const other = agreementFor(['C-1'], 'CNY');
    const divided = distribute(
      divideInvoice(invoice(line()), { stretches: usage, agreements: [other] }),
    );
    expect(divided.versions).toEqual([]);
    expect(formatMoney(divided.undivided)).toBe('10.00');
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

  it('I4 never creates or loses a minor unit of an invoice', () => {
    const anyStretch = fc.record({
      early: fc.boolean(),
      cents: fc.integer({ min: 0, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(anyStretch, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: -100, max: 100_000_000 }),
        (rows, minor) => {
          const stretches = rows.map(({ early, cents }) =>
            stretch(early ? FIRST : SECOND, `0.${cents.toString().padStart(7, '0')}`),
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
