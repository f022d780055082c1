import type { Money } from '@suanpan/money';
import { addMoney, money } from '@suanpan/money';
import type { AccountId } from './accounts.js';
import { chartOfAccounts } from './accounts.js';
import type { JournalEntry, JournalLine } from './journal-entry.js';

/**
 * What the accounts of each legal entity hold after a set of entries.
 *
 * Shape       one trial balance an entity; one row an account that was used, in the chart's order.
 * Units       debit positive, credit negative; `debit` and `credit` totals are both positive.
 * Invariant   over balanced entries `debit` equals `credit` and every transaction total is zero.
 * Source      design.md R28; scenes.md C3
 */
export interface TrialBalanceRow {
  readonly account: AccountId;
  readonly functional: Money;
  /** Balances in transaction currencies, by currency code. */
  readonly amounts: readonly Money[];
}

export interface TrialBalance {
  readonly entity: string;
  readonly rows: readonly TrialBalanceRow[];
  readonly debit: Money;
  readonly credit: Money;
  /** Per transaction currency, over all accounts. */
  readonly transactionTotals: readonly Money[];
}

class Balances {
  private readonly byCurrency = new Map<string, Money>();

  add(item: Money): void {
    const before = this.byCurrency.get(item.currency);
    this.byCurrency.set(item.currency, before === undefined ? item : addMoney(before, item));
  }

  sorted(): readonly Money[] {
    return [...this.byCurrency.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
  }
}

const balancesOf = (amounts: readonly Money[]): readonly Money[] => {
  const balances = new Balances();
  for (const amount of amounts) balances.add(amount);
  return balances.sorted();
};

const rowOf = (account: AccountId, lines: readonly JournalLine[]): TrialBalanceRow | undefined => {
  const own = lines.filter((line) => line.account === account);
  const functional = own
    .map((line) => line.functional)
    .reduce<Money | undefined>(
      (sum, next) => (sum === undefined ? next : addMoney(sum, next)),
      undefined,
    );
  if (functional === undefined) return undefined;
  return { account, functional, amounts: balancesOf(own.map(({ amount }) => amount)) };
};

/** The total of one side: +1n is debit, −1n is credit. */
const sideOf = (rows: readonly TrialBalanceRow[], sign: 1n | -1n): bigint =>
  rows
    .map(({ functional }) => functional.minor * sign)
    .filter((minor) => minor > 0n)
    .reduce((sum, minor) => sum + minor, 0n);

const trialBalanceOf = (entity: string, lines: readonly JournalLine[]): TrialBalance[] => {
  const rows = chartOfAccounts.flatMap(({ id }) => rowOf(id, lines) ?? []);
  const currency = rows[0]?.functional.currency;
  if (currency === undefined) return [];
  return [
    {
      entity,
      rows,
      debit: money(sideOf(rows, 1n), currency),
      credit: money(sideOf(rows, -1n), currency),
      transactionTotals: balancesOf(lines.map(({ amount }) => amount)),
    },
  ];
};

/** One trial balance a legal entity, in the order of their names. */
export const trialBalance = (entries: Iterable<JournalEntry>): readonly TrialBalance[] => {
  const linesOf = new Map<string, JournalLine[]>();
  for (const { entity, lines } of entries) {
    const known = linesOf.get(entity);
    if (known === undefined) linesOf.set(entity, [...lines]);
    else known.push(...lines);
  }
  return [...linesOf]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([entity, lines]) => trialBalanceOf(entity, lines));
};
