import { describe, expect, it } from '@jest/globals';
import { formatMoney, parseMoney } from '@suanpan/money';
import type { AccountId } from './accounts.js';
import { fxPositionLines } from './fx-position.js';
import type { JournalEntry, JournalLine } from './journal-entry.js';
import { balanced } from './journal-entry.js';
import { trialBalance } from './trial-balance.js';

/** `receivable 2000.00 USD 13600.00` is a line: account, amount, currency, functional CNY. */
const line = (text: string): JournalLine => {
  const [account, amount = '', currency = '', functional = amount] = text.trim().split(/\s+/);
  return {
    account: account as AccountId,
    amount: parseMoney(amount, currency),
    functional: parseMoney(functional, 'CNY'),
  };
};

const entry = (entryId: string, bookingDate: string, ...lines: JournalLine[]): JournalEntry => ({
  entity: 'shantou-operator',
  entryId,
  bookingDate,
  description: entryId,
  source: 'scenes.md C2',
  lines,
});

const written = (entryId: string, bookingDate: string, table: string): JournalEntry =>
  entry(entryId, bookingDate, ...table.trim().split('\n').map(line));

const exchange = fxPositionLines({
  given: parseMoney('1200.00', 'USD'),
  taken: parseMoney('8082.00', 'CNY'),
  functional: parseMoney('8082.00', 'CNY'),
});

const journal: readonly JournalEntry[] = [
  written(
    'J1',
    '2026-05-31',
    `
    receivable   2000.00 USD  13600.00
    revenue     -2000.00 USD -13600.00`,
  ),
  written(
    'J2',
    '2026-05-31',
    `
    receivable   27.56 USD  187.41
    revenue     -27.56 USD -187.41`,
  ),
  written(
    'J3',
    '2026-05-31',
    `
    cost-of-sales    107.56 USD 731.41
    cost-of-sales   7165.29 CNY
    payable         -107.56 USD -731.41
    accrued-cost    -255.34 CNY
    accrued-cost   -5067.29 CNY
    accrued-cost   -1842.66 CNY`,
  ),
  written(
    'J4',
    '2026-06-08',
    `
    accrued-cost  5067.29 CNY
    input-vat      304.04 CNY
    payable      -5371.33 CNY`,
  ),
  written(
    'J5',
    '2026-06-10',
    `
    bank                    1788.00 USD  12069.00
    withholding-tax-credit   200.00 USD   1350.00
    bank-charges              12.00 USD     81.00
    realised-fx                0.00 USD    100.00
    receivable             -2000.00 USD -13600.00`,
  ),
  entry(
    'J6',
    '2026-06-11',
    ...exchange,
    line('bank            8082.00 CNY'),
    line('realised-fx        0.00 USD     6.00'),
    line('dealing-spread     0.00 USD    12.00'),
    line('bank           -1200.00 USD -8100.00'),
  ),
  written(
    'J7',
    '2026-06-12',
    `
    payable       5371.33 CNY
    bank-charges    10.00 CNY
    bank         -5381.33 CNY`,
  ),
  written(
    'J8',
    '2026-06-12',
    `
    payable      107.56 USD  731.41
    receivable   -27.56 USD -187.41
    bank         -80.00 USD -540.00
    realised-fx    0.00 USD   -4.00`,
  ),
  written(
    'J9',
    '2026-06-30',
    `
    unrealised-fx  0.00 USD  25.40
    bank           0.00 USD -25.40`,
  ),
];

describe('C2 the journal', () => {
  it.each(journal.map((e) => [e.entryId, e] as const))('%s is zero in every currency', (_id, e) => {
    expect(balanced(e)).toBe(e);
  });
});

describe('C3 the trial balance of 30 June', () => {
  const [books, ...others] = trialBalance(journal);
  const held = (account: AccountId, currency: string): string => {
    const row = books?.rows.find((r) => r.account === account);
    const amount = row?.amounts.find((a) => a.currency === currency);
    return `${amount ? formatMoney(amount) : '-'} ${row ? formatMoney(row.functional) : '-'}`;
  };

  it('is one page, of one legal entity', () => {
    expect(others).toEqual([]);
    expect(books?.entity).toBe('shantou-operator');
  });

  it('has 15,885.41 on both sides', () => {
    expect(books && formatMoney(books.debit)).toBe('15885.41');
    expect(books && formatMoney(books.credit)).toBe('15885.41');
  });

  it('is zero in USD and in CNY', () => {
    expect(books?.transactionTotals).toEqual([parseMoney('0', 'CNY'), parseMoney('0', 'USD')]);
  });

  it.each([
    ['bank', '508.00 6104.27'],
    ['withholding-tax-credit', '200.00 1350.00'],
    ['bank-charges', '12.00 91.00'],
    ['realised-fx', '0.00 102.00'],
    ['dealing-spread', '0.00 12.00'],
    ['unrealised-fx', '0.00 25.40'],
    ['cost-of-sales', '107.56 7896.70'],
    ['fx-position', '1200.00 0.00'],
    ['revenue', '-2027.56 -13787.41'],
    ['receivable', '0.00 0.00'],
    ['payable', '0.00 0.00'],
  ] as const)('%s holds %s (USD, then CNY)', (account, expected) => {
    expect(held(account, 'USD')).toBe(expected);
  });

  it('bank holds USD 508.00 worth 3,403.60 and CNY 2,700.67', () => {
    const bank = journal.flatMap(({ lines }) => lines).filter(({ account }) => account === 'bank');
    const functional = (currency: string): bigint =>
      bank
        .filter(({ amount }) => amount.currency === currency)
        .reduce((sum, l) => sum + l.functional.minor, 0n);
    expect([functional('USD'), functional('CNY')]).toEqual([340_360n, 270_067n]);
  });

  it('leaves 2,098.00 accrued and 304.04 of input VAT in CNY', () => {
    expect(held('accrued-cost', 'CNY')).toBe('-2098.00 -2098.00');
    expect(held('input-vat', 'CNY')).toBe('304.04 304.04');
  });
});
