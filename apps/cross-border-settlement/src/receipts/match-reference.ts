/**
 * Which receivables a receipt pays, by the invoice numbers that it quotes.
 *
 * Shape       pure. What is paid is what arrived and what others kept of it (tax, charges). A part
 *             payment clears the earliest due first.
 * Invariant   a receipt pays its own payer's invoices only (R44), in their currency, and never more
 *             than is open; else it stays in suspense with the reason.
 * Source      design rulings R29, R34, R44; scenes.md C1
 */
import type { Money } from '@suanpan/money';
import { sumMoney } from '@suanpan/money';
import type { OpenItem } from '@suanpan/settlement';
import { openAmount, releasedBy } from '@suanpan/settlement';

export interface NumberedItem {
  readonly number: string;
  readonly item: OpenItem;
}

export interface Paid {
  readonly number: string;
  readonly item: OpenItem;
  readonly amount: Money;
  /** The booked functional amount that goes with it. */
  readonly functional: Money;
}

export interface Quoted {
  readonly payer: string;
  readonly numbers: readonly string[];
  readonly gross: Money;
}

/** The invoice numbers in a reference, each once. */
export const numbersIn = (reference: string): readonly string[] => [
  ...new Set(reference.split(/[\s,]+/).filter((word) => word !== '')),
];

const reasonAgainst = (quoted: Quoted, found: readonly NumberedItem[]): string | null => {
  const { payer, numbers, gross } = quoted;
  const known = new Set(found.map(({ number }) => number));
  if (numbers.length === 0) return 'REFERENCE_EMPTY';
  if (numbers.some((number) => !known.has(number))) return 'INVOICE_UNKNOWN';
  if (found.some(({ item }) => item.counterparty !== payer)) return 'PAYER_DIFFERS';
  if (found.some(({ item }) => item.amount.currency !== gross.currency)) return 'CURRENCY_DIFFERS';
  const open = sumMoney(
    gross.currency,
    found.map(({ item }) => openAmount(item)),
  );
  return gross.minor > open.minor ? 'OVERPAID' : null;
};

const earliestDue = (a: NumberedItem, b: NumberedItem): number => {
  const [left, right] = [a, b].map(({ item }) => `${item.dueOn}\n${item.itemId}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
};

/** What the receipt pays, or why nothing. */
export const matchReference = (
  quoted: Quoted,
  found: readonly NumberedItem[],
): readonly Paid[] | string => {
  const reason = reasonAgainst(quoted, found);
  if (reason !== null) return reason;
  let left = quoted.gross.minor;
  return [...found].sort(earliestDue).flatMap(({ number, item }) => {
    const open = openAmount(item).minor;
    const minor = open < left ? open : left;
    left -= minor;
    const amount = { minor, currency: quoted.gross.currency };
    return minor === 0n ? [] : [{ number, item, amount, functional: releasedBy(item, amount) }];
  });
};
