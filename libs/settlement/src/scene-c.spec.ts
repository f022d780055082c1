import { describe, expect, it } from '@jest/globals';
import type { JournalEntry } from '@suanpan/ledger';
import { formatMoney, parseDecimal, parseMoney } from '@suanpan/money';
import type { Valued } from './booking.js';
import {
  invoiceEntry,
  matchedReceiptEntry,
  realisedGain,
  settlementEntry,
  statementEntry,
  unappliedReceiptEntry,
  valued,
} from './booking.js';
import type { RatePolicy } from './conversion.js';
import { convert } from './conversion.js';
import { ecbRates } from './ecb-rates.js';
import type { FxRate } from './fx-rate.js';
import { fxRate } from './fx-rate.js';
import { rateTable } from './rate-table.js';

const usdCny = (date: string, rate: string): FxRate =>
  fxRate({
    source: 'STATED',
    purpose: 'booking',
    base: 'USD',
    quote: 'CNY',
    date,
    rate: parseDecimal(rate),
    fixingTime: 0n,
  });
const statedTable = rateTable([
  usdCny('2026-05-29', '6.8000'),
  usdCny('2026-06-10', '6.7500'),
  usdCny('2026-06-12', '6.7400'),
]);
const STATED: RatePolicy = { source: 'STATED', purpose: 'booking', validityDays: 3 };
const ECB: RatePolicy = { source: 'ECB', purpose: 'booking', pivot: 'EUR', validityDays: 3 };
const ecbTable = rateTable(
  ecbRates(
    [
      ['Date', 'USD', 'CNY'],
      ['2026-06-10', '1.1539', '7.8243'],
      ['2026-05-29', '1.1644', '7.8793'],
    ],
    'booking',
  ),
);

const valuing = (table: typeof ecbTable, policy: RatePolicy) => (usd: string, date: string) =>
  valued(convert(table, parseMoney(usd, 'USD'), { to: 'CNY', date, policy }));
const stated = valuing(statedTable, STATED);
const ecb = valuing(ecbTable, ECB);

const head = (entryId: string, bookingDate: string) => ({
  entity: 'shantou-operator',
  entryId,
  bookingDate,
  description: entryId,
  source: entryId,
});
/** `receivable 2000.00 13600.00`: account, transaction amount, functional amount. */
const shown = ({ lines }: JournalEntry): string[] =>
  lines.map(
    ({ account, amount, functional }) =>
      `${account} ${formatMoney(amount)} ${formatMoney(functional)}`,
  );
const receivableOf = (item: Valued) => ({ side: 'receivable' as const, ...item });

describe('C2 with the stated rates', () => {
  it('J1 AR Bintang / revenue ±2,000.00, ±13,600.00, at the rate of 29 May', () => {
    const entry = invoiceEntry(
      head('J1', '2026-05-31'),
      'bintang',
      stated('2000.00', '2026-05-31'),
    );
    expect(shown(entry)).toEqual(['receivable 2000.00 13600.00', 'revenue -2000.00 -13600.00']);
    expect(entry.lines.map(({ rateId }) => rateId)).toEqual([
      'STATED:booking:USD/CNY:2026-05-29',
      'STATED:booking:USD/CNY:2026-05-29',
    ]);
  });

  it('J2 AR reseller / revenue ±27.56, ±187.41', () => {
    const entry = invoiceEntry(head('J2', '2026-05-31'), 'reseller', stated('27.56', '2026-05-31'));
    expect(shown(entry)).toEqual(['receivable 27.56 187.41', 'revenue -27.56 -187.41']);
  });

  it('J3 cost of sales / AP reseller 107.56, 731.41', () => {
    const cost = stated('107.56', '2026-05-31');
    const entry = statementEntry(head('J3', '2026-05-31'), 'reseller', cost);
    expect(shown(entry)).toEqual(['cost-of-sales 107.56 731.41', 'payable -107.56 -731.41']);
  });

  const parts = {
    payer: 'bintang',
    credited: stated('1788.00', '2026-06-10'),
    withheld: stated('200.00', '2026-06-10'),
    charges: stated('12.00', '2026-06-10'),
    cleared: [receivableOf(stated('2000.00', '2026-05-31'))],
  };

  it('J5 bank, tax credit and charges against AR, through suspense; a loss of 100.00', () => {
    const posted = unappliedReceiptEntry(head('J5', '2026-06-10'), 'bintang', parts.credited);
    expect(shown(posted)).toEqual(['bank 1788.00 12069.00', 'unapplied -1788.00 -12069.00']);
    const entry = matchedReceiptEntry(head('J5', '2026-06-10'), parts);
    expect(shown(entry)).toEqual([
      'unapplied 1788.00 12069.00',
      'withholding-tax-credit 200.00 1350.00',
      'bank-charges 12.00 81.00',
      'receivable -2000.00 -13600.00',
      'realised-fx 0.00 100.00',
    ]);
    expect(formatMoney(realisedGain(entry, 'CNY'))).toBe('-100.00');
  });

  it('J8 AP and netted AR of the reseller, 80.00 from the USD account carried at 6.75', () => {
    const leg = {
      currency: 'USD',
      cleared: [
        { side: 'payable' as const, ...stated('107.56', '2026-05-31') },
        receivableOf(stated('27.56', '2026-05-31')),
      ],
      paid: { amount: parseMoney('80.00', 'USD'), functional: parseMoney('540.00', 'CNY') },
      position: [],
    };
    const entry = settlementEntry(head('J8', '2026-06-12'), 'reseller', {
      legs: [leg],
      functionalCurrency: 'CNY',
    });
    expect(shown(entry)).toEqual([
      'payable 107.56 731.41',
      'receivable -27.56 -187.41',
      'bank -80.00 -540.00',
      'realised-fx 0.00 -4.00',
    ]);
    expect(formatMoney(realisedGain(entry, 'CNY'))).toBe('4.00');
  });

  it('R29 a receipt without a match stands in suspense', () => {
    const entry = unappliedReceiptEntry(head('J', '2026-06-10'), 'unknown', parts.credited);
    expect(shown(entry)).toEqual(['bank 1788.00 12069.00', 'unapplied -1788.00 -12069.00']);
    expect(formatMoney(realisedGain(entry, 'CNY'))).toBe('0.00');
  });
});

describe('C4 the same receipt with the ECB file', () => {
  it('AR 13,533.67; 12,123.97 + 1,356.15 + 81.37; a gain of 27.82', () => {
    const invoice = invoiceEntry(head('J1', '2026-05-31'), 'bintang', ecb('2000.00', '2026-05-31'));
    expect(shown(invoice)[0]).toBe('receivable 2000.00 13533.67');
    const receipt = matchedReceiptEntry(head('J5', '2026-06-10'), {
      payer: 'bintang',
      credited: ecb('1788.00', '2026-06-10'),
      withheld: ecb('200.00', '2026-06-10'),
      charges: ecb('12.00', '2026-06-10'),
      cleared: [receivableOf(ecb('2000.00', '2026-05-31'))],
    });
    expect(shown(receipt)).toEqual([
      'unapplied 1788.00 12123.97',
      'withholding-tax-credit 200.00 1356.15',
      'bank-charges 12.00 81.37',
      'receivable -2000.00 -13533.67',
      'realised-fx 0.00 -27.82',
    ]);
    expect(formatMoney(realisedGain(receipt, 'CNY'))).toBe('27.82');
  });
});
