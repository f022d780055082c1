import { describe, expect, it } from '@jest/globals';
import { fold } from '@suanpan/event-sourcing';
import type { JournalEntry } from '@suanpan/ledger';
import { trialBalance } from '@suanpan/ledger';
import { addMoney, formatMoney, parseDecimal, parseMoney } from '@suanpan/money';
import {
  invoiceEntry,
  matchedReceiptEntry,
  realisedGain,
  statementEntry,
  valued,
} from './booking.js';
import { convertAt } from './conversion.js';
import { fxRate } from './fx-rate.js';
import type { OpenItem, Side } from './open-item.js';
import { payable } from './open-item.js';
import { settlement } from './settlement.js';

/**
 * Row P2, first form: 24 cases. Every figure was computed with exact fractions by another program.
 * side | currency | amount | rate booked | rate settled | parts received | booked | settled | gain
 */
const TABLE = [
  'receivable|USD|     2000.00|    6.8000|    6.7500| 1788.00 200.00 12.00|13600.00|13500.00|-100.00',
  'receivable|USD|     2000.00|    6.7500|    6.8000| 2000.00             |13500.00|13600.00| 100.00',
  'receivable|USD|     2000.00|    6.8000|    6.8000| 2000.00             |13600.00|13600.00|   0.00',
  'receivable|USD|       27.56|    6.8000|    6.7400| 27.56               |  187.41|  185.75|  -1.66',
  'receivable|USD|        0.01|    6.8000|    6.7400| 0.01                |    0.07|    0.07|   0.00',
  'receivable|USD|        0.01|    6.5000|    7.5000| 0.01                |    0.06|    0.08|   0.02',
  'receivable|EUR|     1234.56|    7.8793|    7.8243| 1234.56             | 9727.47| 9659.57| -67.90',
  'receivable|EUR|     1234.56|    7.8243|    7.8793| 1000.00 234.56      | 9659.57| 9727.47|  67.90',
  'receivable|SGD|      103.60|    5.2988|    5.2631| 103.60              |  548.96|  545.26|  -3.70',
  'receivable|JPY|     1000000|  0.042487|  0.042250| 1000000             |42487.00|42250.00|-237.00',
  'receivable|JPY|           1|  0.042487|  0.042250| 1                   |    0.04|    0.04|   0.00',
  'receivable|IDR|    32000000|0.00037981|0.00037839| 28800000 3200000    |12153.92|12108.48| -45.44',
  'receivable|KWD|     999.999|   22.0125|   21.9875| 999.999             |22012.48|21987.48| -25.00',
  'receivable|CNY|     5371.33|         1|         1| 5371.33             | 5371.33| 5371.33|   0.00',
  'payable   |USD|      107.56|    6.8000|    6.7400| 107.56              |  731.41|  724.95|   6.46',
  'payable   |USD|      107.56|    6.7400|    6.8000| 107.56              |  724.95|  731.41|  -6.46',
  'payable   |USD|      107.56|    6.8000|    6.8000| 107.56              |  731.41|  731.41|   0.00',
  'payable   |USD|      745.19|    6.8000|    6.7450| 745.19              | 5067.29| 5026.31|  40.98',
  'payable   |EUR|      270.98|    7.8793|    7.8243| 270.98              | 2135.13| 2120.23|  14.90',
  'payable   |SGD|      103.60|    5.2631|    5.2988| 103.60              |  545.26|  548.96|  -3.70',
  'payable   |JPY|       88888|  0.042487|  0.042250| 88888               | 3776.58| 3755.52|  21.06',
  'payable   |IDR|123456789.01|0.00037981|0.00037839| 123456789.01        |46890.12|46714.81| 175.31',
  'payable   |KWD|       0.005|   22.0000|   21.0000| 0.005               |    0.11|    0.10|   0.01',
  'payable   |CNY|     5067.29|         1|         1| 5067.29             | 5067.29| 5067.29|   0.00',
];

interface Case {
  readonly side: Side;
  readonly currency: string;
  readonly amount: string;
  readonly bookedAt: string;
  readonly settledAt: string;
  readonly parts: readonly string[];
  readonly booked: string;
  readonly settled: string;
  readonly gain: string;
}

const caseOf = (row: string): Case => {
  const cells = row.split('|').map((cell) => cell.trim());
  const [side, currency = '', amount = '', bookedAt = '', settledAt = ''] = cells;
  const [parts = '', booked = '', settled = '', gain = ''] = cells.slice(5);
  return {
    side: side === 'payable' ? 'payable' : 'receivable',
    currency,
    amount,
    bookedAt,
    settledAt,
    parts: parts.split(/\s+/),
    booked,
    settled,
    gain,
  };
};

const at = (amount: string, currency: string, rate: string) =>
  valued(convertAt(parseMoney(amount, currency), 'CNY', { rate: parseDecimal(rate), legs: [] }));
const head = (entryId: string, bookingDate: string) => ({
  entity: 'shantou-operator',
  entryId,
  bookingDate,
  description: entryId,
  source: entryId,
});

const received = ({ currency, amount, bookedAt, settledAt, parts }: Case): JournalEntry[] => {
  const booked = at(amount, currency, bookedAt);
  const [credited = '', withheld, charges] = parts;
  const part = (text: string | undefined) =>
    text === undefined ? undefined : at(text, currency, settledAt);
  const kept = { withheld: part(withheld), charges: part(charges) };
  return [
    invoiceEntry(head('invoice', '2026-05-31'), 'buyer', booked),
    matchedReceiptEntry(head('receipt', '2026-06-10'), {
      payer: 'buyer',
      credited: at(credited, currency, settledAt),
      ...(kept.withheld && { withheld: kept.withheld }),
      ...(kept.charges && { charges: kept.charges }),
      cleared: [{ side: 'receivable', ...booked }],
    }),
  ];
};

const openPayable = ({ currency, amount, bookedAt }: Case): OpenItem => {
  const state = fold(
    payable,
    payable.decide(payable.initial, {
      type: 'BookItem',
      itemId: 'ST-1',
      side: 'payable',
      entity: 'shantou-operator',
      counterparty: 'partner',
      ...at(amount, currency, bookedAt),
      bookedOn: '2026-05-31',
      dueOn: '2026-06-30',
    }),
  );
  if (state.status !== 'open') throw new Error('A booked payable is open.');
  return state;
};

/** Paid from the account in the payable's own currency, through the settlement decider. */
const paid = (row: Case): JournalEntry[] => {
  const { currency, settledAt } = row;
  const item = openPayable(row);
  const rates = [
    ...(currency === 'CNY'
      ? []
      : [
          fxRate({
            source: 'STATED',
            purpose: 'booking',
            base: currency,
            quote: 'CNY',
            date: '2026-06-10',
            rate: parseDecimal(settledAt),
            fixingTime: 0n,
          }),
        ]),
  ];
  const policy = { source: 'STATED', purpose: 'booking' as const, validityDays: 0 };
  const [completed] = settlement.decide(settlement.initial, {
    type: 'CompleteSettlement',
    settlementId: 'S-1',
    entity: 'shantou-operator',
    counterparty: 'partner',
    period: '2026-05',
    date: '2026-06-10',
    items: [item],
    netting: false,
    rates,
    payoutCurrency: currency,
    functionalCurrency: 'CNY',
    bankCurrencies: [currency],
    booking: policy,
    dealing: policy,
  });
  if (completed === undefined) throw new Error('A settlement has one event.');
  const booked = { amount: item.amount, functional: item.functional };
  return [statementEntry(head('statement', '2026-05-31'), 'partner', booked), completed.entry];
};

const functionalOf = (entry: JournalEntry | undefined, accounts: readonly string[]): string => {
  const zero = parseMoney('0.00', 'CNY');
  const lines = entry?.lines.filter(({ account }) => accounts.includes(account)) ?? [];
  const total = lines.map(({ functional }) => functional).reduce(addMoney, zero);
  return formatMoney(total).replace('-', '');
};
const SETTLED_IN = ['bank', 'unapplied', 'withholding-tax-credit', 'bank-charges'];

describe('P2 realised gain or loss = booked difference, to the cent', () => {
  it('has 24 cases', () => {
    expect(TABLE).toHaveLength(24);
  });

  it.each(TABLE.map((row) => [row.replaceAll(/\s+/g, ' ').trim(), caseOf(row)] as const))(
    '%s',
    (_row, row) => {
      const [booking, clearing] = row.side === 'receivable' ? received(row) : paid(row);
      expect(functionalOf(booking, ['receivable', 'payable'])).toBe(row.booked);
      expect(functionalOf(clearing, SETTLED_IN)).toBe(row.settled);
      expect(clearing && formatMoney(realisedGain(clearing, 'CNY'))).toBe(row.gain);
      const [books] = trialBalance([booking, clearing].flatMap((entry) => entry ?? []));
      expect(books?.debit).toEqual(books?.credit);
      const subLedger = books?.rows.find(({ account }) => account === row.side);
      expect(subLedger?.functional.minor).toBe(0n);
    },
  );
});
