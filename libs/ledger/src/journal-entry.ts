import { Rejection } from '@suanpan/event-sourcing';
import type { Money } from '@suanpan/money';
import { formatMoney, sumMoney } from '@suanpan/money';
import type { AccountId } from './accounts.js';
import { requireAccount } from './accounts.js';

/**
 * A journal entry of one legal entity.
 *
 * Owns        the sums-to-zero rule. Which entries a business fact makes is the domains' affair.
 * Shape       each line holds the transaction amount and its functional amount at a named rate.
 * Units       debit is positive, credit is negative; minor units.
 * Invariant   a balanced entry is zero in every transaction currency and in functional currency; a
 *             change of money goes through the FX position account; a pure FX difference has a
 *             transaction amount of zero in the foreign currency that caused it.
 * Rejections  ENTRY_NOT_ZERO, ENTRY_EMPTY, FUNCTIONAL_CURRENCY_MIXED, FUNCTIONAL_AMOUNT_DIFFERS,
 *             UNKNOWN_ACCOUNT
 * Source      design.md R28; scenes.md C2
 */
export interface JournalLine {
  readonly account: AccountId;
  /** The party of a sub-ledger, or the bank account. */
  readonly counterparty?: string;
  readonly amount: Money;
  readonly functional: Money;
  /** The rate that made `functional` of `amount`; absent where no conversion happened. */
  readonly rateId?: string;
}

export interface JournalEntry {
  /** The legal entity whose books these are. */
  readonly entity: string;
  readonly entryId: string;
  /** ISO date on the entity's calendar. */
  readonly bookingDate: string;
  readonly description: string;
  /** The document or event that caused the entry. */
  readonly source: string;
  readonly lines: readonly JournalLine[];
}

const functionalCurrencyOf = ({ entryId, lines }: JournalEntry): string => {
  const currencies = new Set(lines.map(({ functional }) => functional.currency));
  const [first, second] = currencies;
  if (first === undefined) throw new Rejection('ENTRY_EMPTY', `Entry ${entryId} has no lines.`);
  if (second !== undefined) {
    throw new Rejection(
      'FUNCTIONAL_CURRENCY_MIXED',
      `Entry ${entryId}: ${[...currencies].join()}.`,
    );
  }
  return first;
};

const requireZero = (entryId: string, kind: string, total: Money): void => {
  if (total.minor === 0n) return;
  const text = `${formatMoney(total)} ${total.currency}`;
  throw new Rejection('ENTRY_NOT_ZERO', `Entry ${entryId}: ${kind} amounts sum to ${text}, not 0.`);
};

/** Where both amounts are in one currency there is no rate that could make them differ. */
const requireSameAmount = (entryId: string, { account, amount, functional }: JournalLine): void => {
  if (amount.currency === functional.currency && amount.minor !== functional.minor) {
    const texts = `${formatMoney(amount)} and ${formatMoney(functional)} ${amount.currency}`;
    throw new Rejection('FUNCTIONAL_AMOUNT_DIFFERS', `Entry ${entryId}, ${account}: ${texts}.`);
  }
};

/** Gives the entry back if it may be posted. */
export const balanced = (entry: JournalEntry): JournalEntry => {
  const { entryId, lines } = entry;
  const functionalCurrency = functionalCurrencyOf(entry);
  for (const line of lines) {
    requireAccount(line.account);
    requireSameAmount(entryId, line);
  }
  for (const currency of new Set(lines.map(({ amount }) => amount.currency))) {
    const amounts = lines.map(({ amount }) => amount).filter((a) => a.currency === currency);
    requireZero(entryId, 'transaction', sumMoney(currency, amounts));
  }
  const functional = lines.map((line) => line.functional);
  requireZero(entryId, 'functional', sumMoney(functionalCurrency, functional));
  return entry;
};
