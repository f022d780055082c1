import { describe, expect, it } from '@jest/globals';
import { Rejection } from '@suanpan/event-sourcing';
import { money } from '@suanpan/money';
import fc from 'fast-check';
import { chartOfAccounts, requireAccount } from './accounts.js';
import { fxPositionLines } from './fx-position.js';
import type { JournalEntry, JournalLine } from './journal-entry.js';
import { balanced } from './journal-entry.js';
import { trialBalance } from './trial-balance.js';

const usd = (minor: bigint) => money(minor, 'USD');
const cny = (minor: bigint) => money(minor, 'CNY');
const entryOf = (...lines: JournalLine[]): JournalEntry => ({
  entity: 'shantou-operator',
  entryId: 'E1',
  bookingDate: '2026-05-31',
  description: 'Invoice 1',
  source: 'invoice-1',
  lines,
});
const debit: JournalLine = { account: 'receivable', amount: usd(200n), functional: cny(1360n) };
const credit: JournalLine = { account: 'revenue', amount: usd(-200n), functional: cny(-1360n) };

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Rejection) return error.code;
    throw error;
  }
  return 'posted';
};

describe('balanced', () => {
  it('gives the entry back when every currency is zero', () => {
    const entry = entryOf(debit, credit);
    expect(balanced(entry)).toBe(entry);
  });

  it.each([
    ['one cent off in the transaction currency', { ...credit, amount: usd(-199n) }],
    ['one fen off in functional currency', { ...credit, functional: cny(-1359n) }],
    ['another transaction currency', { ...credit, amount: money(-200n, 'SGD') }],
  ])('%s is ENTRY_NOT_ZERO', (_what, line) => {
    expect(codeOf(() => balanced(entryOf(debit, line)))).toBe('ENTRY_NOT_ZERO');
  });

  it('two currencies that only balance in functional currency are ENTRY_NOT_ZERO', () => {
    const given: JournalLine = { account: 'bank', amount: usd(-200n), functional: cny(-1360n) };
    const taken: JournalLine = { account: 'bank', amount: cny(1360n), functional: cny(1360n) };
    expect(codeOf(() => balanced(entryOf(given, taken)))).toBe('ENTRY_NOT_ZERO');
    const position = fxPositionLines({
      given: usd(200n),
      taken: cny(1360n),
      functional: cny(1360n),
      rateId: 'r1',
    });
    expect(codeOf(() => balanced(entryOf(given, taken, ...position)))).toBe('posted');
    expect(position.every(({ rateId }) => rateId === 'r1')).toBe(true);
  });

  it('an entry without lines is ENTRY_EMPTY', () => {
    expect(codeOf(() => balanced(entryOf()))).toBe('ENTRY_EMPTY');
  });

  it('two functional currencies are FUNCTIONAL_CURRENCY_MIXED', () => {
    const mixed = entryOf(debit, { ...credit, functional: usd(-200n) });
    expect(codeOf(() => balanced(mixed))).toBe('FUNCTIONAL_CURRENCY_MIXED');
  });

  it('an amount in functional currency worth another amount is FUNCTIONAL_AMOUNT_DIFFERS', () => {
    const lines = [cny(100n), cny(-100n)].map((amount) => ({ ...debit, amount }));
    const [a, b] = lines;
    if (!a || !b) throw new Error('two lines');
    const off = [
      { ...a, functional: cny(101n) },
      { ...b, functional: cny(-101n) },
    ];
    expect(codeOf(() => balanced(entryOf(...off)))).toBe('FUNCTIONAL_AMOUNT_DIFFERS');
    const same = lines.map((line) => ({ ...line, functional: line.amount }));
    expect(codeOf(() => balanced(entryOf(...same)))).toBe('posted');
  });

  it('an account outside the chart is UNKNOWN_ACCOUNT', () => {
    const stray = { ...debit, account: 'petty-cash' } as unknown as JournalLine;
    expect(codeOf(() => balanced(entryOf(stray, credit)))).toBe('UNKNOWN_ACCOUNT');
    expect(chartOfAccounts.map(({ id }) => requireAccount(id))).toContain('receivable');
  });
});

const accounts = fc.constantFrom(...chartOfAccounts.map(({ id }) => id));
const anyPair = fc
  .tuple(
    accounts,
    accounts,
    fc.bigInt({ min: 1n, max: 10n ** 9n }),
    fc.bigInt({ min: 1n, max: 10n ** 9n }),
    fc.constantFrom('north', 'south'),
  )
  .map(([from, to, minor, functional, entity]): JournalEntry => ({
    ...entryOf(
      { account: to, amount: usd(minor), functional: cny(functional) },
      { account: from, amount: usd(-minor), functional: cny(-functional) },
    ),
    entity,
  }));

describe('trialBalance, for any balanced entries', () => {
  it('is zero in every currency, with equal sides, for each entity', () => {
    fc.assert(
      fc.property(fc.array(anyPair, { maxLength: 20 }), (entries) => {
        entries.forEach(balanced);
        for (const books of trialBalance(entries)) {
          expect(books.debit).toEqual(books.credit);
          expect(books.transactionTotals.every(({ minor }) => minor === 0n)).toBe(true);
        }
      }),
    );
  });

  it('does not depend on the order of the entries', () => {
    fc.assert(
      fc.property(fc.array(anyPair, { maxLength: 20 }), (entries) => {
        expect(trialBalance([...entries].reverse())).toEqual(trialBalance(entries));
      }),
    );
  });

  it('an unbalanced pile shows it', () => {
    const [books] = trialBalance([entryOf(debit)]);
    expect(books?.debit).not.toEqual(books?.credit);
    expect(trialBalance([])).toEqual([]);
  });
});
