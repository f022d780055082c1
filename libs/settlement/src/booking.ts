import type { AccountId, JournalEntry, JournalLine } from '@suanpan/ledger';
import { balanced } from '@suanpan/ledger';
import type { Money } from '@suanpan/money';
import { negateMoney, sumMoney } from '@suanpan/money';
import type { Conversion } from './conversion.js';
import { rateIdsText } from './conversion.js';
import type { Side } from './open-item.js';

/**
 * The journal entries of invoices, statements and what clears them.
 *
 * Owns        which accounts a business fact touches.
 * Units       `Valued` amounts are positive in what they are called; debit and credit are made here.
 * Invariant   every entry is balanced. The realised FX difference is what the booked functional
 *             amounts and the functional amounts of the day leave over: nothing else enters it.
 * Source      scenes.md C2 (J1, J2, J3, J5, J8); design.md R28, R29
 */
export interface Valued {
  readonly amount: Money;
  readonly functional: Money;
  readonly rateId?: string;
}

/** A converted amount as a line's two amounts. */
export const valued = (conversion: Conversion): Valued => {
  const rateId = rateIdsText(conversion);
  const amounts = { amount: conversion.from, functional: conversion.to };
  return rateId === undefined ? amounts : { ...amounts, rateId };
};

export interface EntryHead {
  readonly entity: string;
  readonly entryId: string;
  readonly bookingDate: string;
  readonly description: string;
  readonly source: string;
}

const debit = (account: AccountId, counterparty: string, valued: Valued): JournalLine => ({
  account,
  counterparty,
  amount: valued.amount,
  functional: valued.functional,
  ...(valued.rateId === undefined ? {} : { rateId: valued.rateId }),
});

const credit = (account: AccountId, counterparty: string, valued: Valued): JournalLine =>
  debit(account, counterparty, {
    ...valued,
    amount: negateMoney(valued.amount),
    functional: negateMoney(valued.functional),
  });

const entryOf = (head: EntryHead, lines: readonly JournalLine[]): JournalEntry =>
  balanced({
    entity: head.entity,
    entryId: head.entryId,
    bookingDate: head.bookingDate,
    description: head.description,
    source: head.source,
    lines,
  });

/** Receivable against revenue. */
export const invoiceEntry = (head: EntryHead, debtor: string, valued: Valued): JournalEntry =>
  entryOf(head, [debit('receivable', debtor, valued), credit('revenue', debtor, valued)]);

/** Cost of sales against payable. */
export const statementEntry = (head: EntryHead, creditor: string, valued: Valued): JournalEntry =>
  entryOf(head, [debit('cost-of-sales', creditor, valued), credit('payable', creditor, valued)]);

/** A receipt that nothing explains yet: it stands in suspense until it is matched (R29). */
export const unappliedReceiptEntry = (
  head: EntryHead,
  payer: string,
  valued: Valued,
): JournalEntry =>
  entryOf(head, [debit('bank', payer, valued), credit('unapplied', payer, valued)]);

/** What is taken off an open item, at the functional amount that was booked for it. */
export interface ClearedItem extends Valued {
  readonly side: Side;
}

const clearedLine = (counterparty: string, item: ClearedItem): JournalLine =>
  item.side === 'receivable'
    ? credit('receivable', counterparty, item)
    : debit('payable', counterparty, item);

/** The line that is left over, in the foreign currency that caused it; none if nothing is. */
const realisedFxLines = (
  lines: readonly JournalLine[],
  { currency, functionalCurrency }: { currency: string; functionalCurrency: string },
): readonly JournalLine[] => {
  const left = sumMoney(
    functionalCurrency,
    lines.map(({ functional }) => functional),
  );
  if (left.minor === 0n) return [];
  return [
    { account: 'realised-fx', amount: { minor: 0n, currency }, functional: negateMoney(left) },
  ];
};

/** What came of a debtor's payment: the money itself, and what others kept of it. */
export interface ReceiptParts {
  readonly payer: string;
  readonly credited: Valued;
  readonly withheld?: Valued;
  readonly charges?: Valued;
  readonly cleared: readonly ClearedItem[];
}

/**
 * What a receipt that was posted pays: suspense, withheld tax and charges against the receivables,
 * with the realised difference. The bank is not touched.
 */
export const matchedReceiptEntry = (
  head: EntryHead,
  { payer, credited, withheld, charges, cleared }: ReceiptParts,
): JournalEntry => {
  const lines = [
    debit('unapplied', payer, credited),
    ...(withheld === undefined ? [] : [debit('withholding-tax-credit', payer, withheld)]),
    ...(charges === undefined ? [] : [debit('bank-charges', payer, charges)]),
    ...cleared.map((item) => clearedLine(payer, item)),
  ];
  const currencies = {
    currency: credited.amount.currency,
    functionalCurrency: credited.functional.currency,
  };
  return entryOf(head, [...lines, ...realisedFxLines(lines, currencies)]);
};

/** What moves for one currency of a settlement: items cleared, and the bank's line if money moves. */
export interface SettledLeg {
  readonly currency: string;
  readonly cleared: readonly ClearedItem[];
  /** Paid out of the bank, positive; absent where everything was netted. */
  readonly paid?: Valued;
  /** The exchange through which `paid` became the leg's currency, if it is in another. */
  readonly position: readonly JournalLine[];
}

const legLines = (leg: SettledLeg, counterparty: string, functionalCurrency: string) => {
  const lines = [
    ...leg.cleared.map((item) => clearedLine(counterparty, item)),
    ...(leg.paid === undefined ? [] : [credit('bank', counterparty, leg.paid)]),
    ...leg.position,
  ];
  const foreign =
    leg.currency === functionalCurrency
      ? (leg.paid?.amount.currency ?? leg.currency)
      : leg.currency;
  return [...lines, ...realisedFxLines(lines, { currency: foreign, functionalCurrency })];
};

/** Payables, netted receivables and the payment of one settlement, with the realised difference. */
export const settlementEntry = (
  head: EntryHead,
  counterparty: string,
  { legs, functionalCurrency }: { legs: readonly SettledLeg[]; functionalCurrency: string },
): JournalEntry =>
  entryOf(
    head,
    legs.flatMap((leg) => legLines(leg, counterparty, functionalCurrency)),
  );

/** The gain (positive) or loss (negative) that an entry realises. */
export const realisedGain = ({ lines }: JournalEntry, functionalCurrency: string): Money => {
  const differences = lines.filter(({ account }) => account === 'realised-fx');
  return negateMoney(
    sumMoney(
      functionalCurrency,
      differences.map(({ functional }) => functional),
    ),
  );
};
