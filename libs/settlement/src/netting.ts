import { Rejection } from '@suanpan/event-sourcing';
import type { Money } from '@suanpan/money';
import { money, subtractMoney, sumMoney } from '@suanpan/money';
import type { OpenItem, Side } from './open-item.js';
import { openAmount, releasedBy } from './open-item.js';

/**
 * What of a counterparty's open items is settled, per currency.
 *
 * Shape       one leg a currency in which something is payable. All payables are cleared; receivables,
 *             where netting is agreed, up to the sum of the payables, the earliest due first.
 * Invariant   net = payable − receivable ≥ 0: nobody is asked for money by a settlement, what a
 *             counterparty owes beyond it stays open.
 * Rejections  ITEM_OF_ANOTHER
 * Source      design.md R38 (netting nets cash, off unless agreed); scenes.md C2 J8
 */
export interface Clearing {
  readonly itemId: string;
  readonly side: Side;
  readonly amount: Money;
  /** The booked functional amount that goes with it. */
  readonly functional: Money;
}

export interface NetLeg {
  readonly currency: string;
  readonly receivable: Money;
  readonly payable: Money;
  readonly net: Money;
  readonly clearings: readonly Clearing[];
}

export interface Parties {
  readonly entity: string;
  readonly counterparty: string;
}

const requireOwn = (items: readonly OpenItem[], { entity, counterparty }: Parties): void => {
  const stray = items.find((i) => i.entity !== entity || i.counterparty !== counterparty);
  if (stray !== undefined) {
    throw new Rejection(
      'ITEM_OF_ANOTHER',
      `${stray.itemId} is between ${stray.entity} and ${stray.counterparty}, not ${entity} and ` +
        `${counterparty}.`,
    );
  }
};

const earliestDue = (a: OpenItem, b: OpenItem): number => {
  const [left, right] = [a, b].map(({ dueOn, itemId }) => `${dueOn}\n${itemId}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
};

const clearingOf = (item: OpenItem, amount: Money): Clearing => ({
  itemId: item.itemId,
  side: item.side,
  amount,
  functional: releasedBy(item, amount),
});

/** Clears items in order until `limit` is used up. */
const clearUpTo = (items: readonly OpenItem[], limit: Money): readonly Clearing[] => {
  let left = limit.minor;
  return items.flatMap((item) => {
    const open = openAmount(item).minor;
    const minor = open < left ? open : left;
    left -= minor;
    return minor === 0n ? [] : [clearingOf(item, { minor, currency: limit.currency })];
  });
};

const totalOf = (currency: string, clearings: readonly Clearing[]): Money =>
  sumMoney(
    currency,
    clearings.map(({ amount }) => amount),
  );

const legOf = (currency: string, items: readonly OpenItem[], netting: boolean): NetLeg => {
  const sideOf = (side: Side) => items.filter((item) => item.side === side).sort(earliestDue);
  const payables = sideOf('payable').map((item) => clearingOf(item, openAmount(item)));
  const payable = totalOf(currency, payables);
  const receivables = clearUpTo(sideOf('receivable'), netting ? payable : money(0n, currency));
  const receivable = totalOf(currency, receivables);
  return {
    currency,
    receivable,
    payable,
    net: subtractMoney(payable, receivable),
    clearings: [...payables, ...receivables],
  };
};

/** The legs of a counterparty, in the order of their currencies. */
export const netLegs = (
  items: readonly OpenItem[],
  { netting, parties }: { readonly netting: boolean; readonly parties: Parties },
): readonly NetLeg[] => {
  requireOwn(items, parties);
  const open = items.filter((item) => openAmount(item).minor > 0n);
  const payables = open.filter(({ side }) => side === 'payable');
  return [...new Set(payables.map(({ amount }) => amount.currency))].sort().map((currency) =>
    legOf(
      currency,
      open.filter(({ amount }) => amount.currency === currency),
      netting,
    ),
  );
};
