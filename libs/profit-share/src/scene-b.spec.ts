import { describe, expect, it } from '@jest/globals';
import type { Instant } from '@suanpan/calendar';
import { parseInstant } from '@suanpan/calendar';
import {
  exactDecimal,
  formatMoney,
  multiply,
  parseDecimal,
  parsePrice,
  rational,
} from '@suanpan/money';
import type { AgreementVersion } from './agreement.js';
import type { Distribution } from './distribute.js';
import { distribute } from './distribute.js';
import type { BaseItem } from './exact-shares.js';
import { statementLines } from './statement-lines.js';
import type { Step } from './steps.js';

const rest = (centre: bigint, carrier: bigint, operator: bigint): Step => ({
  kind: 'shares',
  parties: [
    { party: 'centre', role: 'centre', shareBps: centre },
    { party: 'carrier', role: 'carrier', shareBps: carrier },
    { party: 'operator', role: 'operator', shareBps: operator },
  ],
});

const agreementVersion = (
  version: number,
  effectiveFrom: Instant,
  steps: readonly Step[],
): AgreementVersion => ({
  agreementId: 'AG-1',
  version,
  currency: 'USD',
  effectiveFrom,
  contracts: ['C-1'],
  steps,
});

const may = parseInstant('2026-04-30T17:00:00Z');
const AG_1 = agreementVersion(1, may, [
  {
    kind: 'per-million',
    party: 'vendor',
    role: 'vendor',
    perMillion: parsePrice('0.20'),
    tokenKinds: ['output', 'reasoning'],
    models: ['m-chat'],
  },
  {
    kind: 'percentage',
    party: 'reseller',
    role: 'reseller',
    shareBps: 800n,
    revenueTypes: ['usage', 'discount'],
  },
  rest(5_500n, 2_000n, 2_500n),
]);

/** `usage m-chat output 98765800 118.52`: revenue type, model, kind, quantity, amount of a line. */
const items = (table: string): readonly BaseItem[] =>
  table
    .trim()
    .split('\n')
    .map((row) => {
      const [revenueType = '', model = '', tokenKind = '', quantity = '', amount = ''] = row
        .trim()
        .split(/\s+/);
      const counted = BigInt(quantity.replaceAll('_', ''));
      return { revenueType, model, tokenKind, quantity: counted, amount: parseDecimal(amount) };
    });

const P1 = items(`
  usage m-chat input        412_348_000   123.70
  usage m-chat cached_input 1_234_576_000 37.04
  usage m-chat output       98_765_800    118.52
  usage m-chat reasoning    10_000_200    12.00`);
const P2 = items(`
  usage m-chat input        300_002_000   75.00
  usage m-chat cached_input 800_200_000   20.00
  usage m-chat output       71_005_300    71.01
  usage m-chat reasoning    8_000_200     8.00`);
const AGENT = items(`
  usage m-agent input 100_000_000 200.00
  usage m-agent input 400_000_000 600.00
  usage m-agent input 150_000_000 150.00`);
const discountAndTrueUp = (discount: string, trueUp: string) =>
  items(`
    discount -       - 0 ${discount}
    true-up  -       - 0 ${trueUp}`);
const BASE = [...P1, ...P2, ...AGENT, ...discountAndTrueUp('-70.76', '155.49')];

const divide = (document: string, base: readonly BaseItem[]): Distribution =>
  distribute({ document, currency: 'USD', groups: [{ version: AG_1, items: base }] });

const amounts = ({ versions }: Distribution): string[] =>
  versions.flatMap(({ shares }) => shares.map(({ amount }) => formatMoney(amount)));

const timesOf =
  (factor: bigint, divisor: bigint) =>
  (item: BaseItem): BaseItem => ({
    ...item,
    quantity: (item.quantity * factor) / divisor,
    amount: multiply(item.amount, rational(factor, divisor)),
  });

describe('B the invoice of 2,000.00, of which 1,500.00 are the base', () => {
  const invoice = divide('INV-1', BASE);

  it('gives every party its exact share', () => {
    const exact = invoice.versions.flatMap(({ shares }) =>
      shares.map((s) => exactDecimal(s.exact)),
    );
    expect(exact).toEqual(['37.5543', '107.5608', '745.186695', '270.97698', '338.721225']);
  });

  it('rounds once: the two leftover cents go to centre and carrier', () => {
    expect(amounts(invoice)).toEqual(['37.55', '107.56', '745.19', '270.98', '338.72']);
    expect(invoice.versions.map(({ base }) => formatMoney(base))).toEqual(['1500.00']);
    expect(formatMoney(invoice.undivided)).toBe('0.00');
  });

  it('splits a credit note of −10% into −150.00', () => {
    const note = divide('CN-1', BASE.map(timesOf(-1n, 10n)));
    expect(amounts(note)).toEqual(['-3.75', '-10.76', '-74.52', '-27.10', '-33.87']);
  });

  it('a full reversal is the negative of every share', () => {
    const reversal = divide('CN-2', BASE.map(timesOf(-1n, 1n)));
    expect(amounts(reversal)).toEqual(['-37.55', '-107.56', '-745.19', '-270.98', '-338.72']);
  });

  it('the lines of a statement add up to the share', () => {
    const lines = statementLines(invoice, { party: 'centre', invoiceNumber: 'S-2026-1' });
    expect(lines.map(({ model, base }) => [model, base])).toEqual([
      ['-', '84.73'],
      ['m-agent', '950.00'],
      ['m-chat', '465.27'],
    ]);
    expect(lines.reduce((sum, { amount }) => sum + amount.minor, 0n)).toBe(74_519n);
    expect(lines.every(({ share }) => share === '55.00% of the rest')).toBe(true);
  });

  it('a party has no line of a model in which it has no part', () => {
    const lines = statementLines(invoice, { party: 'vendor', invoiceNumber: 'S-2026-1' });
    expect(lines).toMatchObject([
      {
        model: 'm-chat',
        share: '0.20 per 1,000,000 (output, reasoning)',
        amount: { minor: 3755n },
      },
    ]);
    const reseller = statementLines(invoice, { party: 'reseller', invoiceNumber: 'S-2026-1' });
    expect(reseller[0]?.share).toBe('8.00% (usage, discount)');
  });
});

describe('B5 the late call of A5', () => {
  it('leaves the base at 1,500.00 and moves every share', () => {
    const late = items('usage m-chat input 10_000_000 3.00');
    const moved = [...P1, ...P2, ...AGENT, ...late, ...discountAndTrueUp('-70.91', '152.64')];
    const before = divide('INV-1', BASE).versions[0]?.shares ?? [];
    const after = divide('INV-1', moved).versions[0]?.shares ?? [];
    expect(after.map(({ amount }) => formatMoney(amount))).toEqual([
      '37.56',
      '107.79',
      '745.06',
      '270.93',
      '338.66',
    ]);
    const posted = after.map(({ amount }, i) => amount.minor - (before[i]?.amount.minor ?? 0n));
    expect(posted).toEqual([1n, 23n, -13n, -5n, -6n]);
  });
});

describe('B2 a change of shares on 16 May, Jakarta time', () => {
  const first = agreementVersion(1, may, [rest(5_500n, 2_000n, 2_500n)]);
  const second = agreementVersion(2, parseInstant('2026-05-15T17:00:00Z'), [
    rest(5_000n, 2_000n, 3_000n),
  ]);
  const invoice = distribute({
    document: 'INV-1',
    currency: 'USD',
    groups: [
      { version: second, items: P2 },
      { version: first, items: P1 },
    ],
  });

  it('divides 291.26 as 160.19, 58.25, 72.82 and 174.01 as 87.01, 34.80, 52.20', () => {
    const split = invoice.versions.map(({ base, shares }) => [
      formatMoney(base),
      ...shares.map(({ amount }) => formatMoney(amount)),
    ]);
    expect(split).toEqual([
      ['291.26', '160.19', '58.25', '72.82'],
      ['174.01', '87.01', '34.80', '52.20'],
    ]);
  });

  it('states both versions to the centre, 247.20 of 465.27', () => {
    const lines = statementLines(invoice, { party: 'centre', invoiceNumber: 'S-2026-1' });
    expect(lines.map((l) => [l.agreementVersion, l.base, l.share, l.amount.minor])).toEqual([
      [1, '291.26', '55.00% of the rest', 16_019n],
      [2, '174.01', '50.00% of the rest', 8_701n],
    ]);
  });
});
