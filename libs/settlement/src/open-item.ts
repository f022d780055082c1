import type { Decider } from '@suanpan/event-sourcing';
import { Rejection } from '@suanpan/event-sourcing';
import type { Money } from '@suanpan/money';
import { addMoney, formatMoney, moneyToRational, subtractMoney } from '@suanpan/money';
import { divide, multiply, roundToMoney } from '@suanpan/money';

/**
 * A receivable or a payable: what a document is still open for.
 *
 * Shape       one stream a document; `receivable` and `payable` are the same decider, told apart by
 *             `side`. draft → open → settled.
 * Units       amount: what the document says; functional: what it was booked at. The amount is above zero; one cent of a
 *             small currency may be booked at 0.00.
 * Invariant   what was cleared never exceeds the amount; the functional parts released by partial
 *             clearings add up to the booked amount when the item is settled.
 * Rejections  ITEM_EXISTS, ITEM_NOT_OPEN, AMOUNT_NOT_POSITIVE, OVERPAID, CURRENCY_DIFFERS
 * Source      scenes.md C2; row P2 (realised gain or loss = booked difference)
 */
export type Side = 'receivable' | 'payable';

/** A document that is owed, to us or by us. */
export interface BookedItem {
  readonly itemId: string;
  readonly side: Side;
  readonly entity: string;
  readonly counterparty: string;
  readonly amount: Money;
  readonly functional: Money;
  readonly bookedOn: string;
  readonly dueOn: string;
}

export interface OpenItem extends BookedItem {
  readonly cleared: Money;
  readonly released: Money;
}

export interface BookItem extends BookedItem {
  readonly type: 'BookItem';
}

export interface ClearItem {
  readonly type: 'ClearItem';
  readonly itemId: string;
  readonly amount: Money;
  readonly date: string;
  /** The receipt, payment or settlement that clears. */
  readonly source: string;
}

export type OpenItemCommand = BookItem | ClearItem;

export interface ItemBooked extends BookedItem {
  readonly type: 'ItemBooked';
}

export interface ItemCleared {
  readonly type: 'ItemCleared';
  readonly itemId: string;
  readonly amount: Money;
  /** The part of the booked functional amount that this clearing releases. */
  readonly functional: Money;
  readonly date: string;
  readonly source: string;
  readonly settled: boolean;
}

export type OpenItemEvent = ItemBooked | ItemCleared;

export type OpenItemState =
  | { readonly status: 'draft' }
  | ({ readonly status: 'open' } & OpenItem)
  | ({ readonly status: 'settled' } & OpenItem);

const zeroOf = (amount: Money): Money => ({ minor: 0n, currency: amount.currency });

const requirePositive = (itemId: string, amount: Money): void => {
  if (amount.minor <= 0n) {
    const text = `${formatMoney(amount)} ${amount.currency}`;
    throw new Rejection('AMOUNT_NOT_POSITIVE', `${itemId}: ${text} is not above zero.`);
  }
};

/** What is still owed. */
export const openAmount = ({ amount, cleared }: OpenItem): Money => subtractMoney(amount, cleared);

/**
 * The part of the booked functional amount that clearing `amount` more releases. It is the rounded
 * running share less what was released before, so that the last clearing releases the exact rest.
 */
export const releasedBy = (item: OpenItem, amount: Money): Money => {
  const cleared = moneyToRational(addMoney(item.cleared, amount));
  const share = divide(cleared, moneyToRational(item.amount));
  const running = multiply(moneyToRational(item.functional), share);
  return subtractMoney(roundToMoney(running, item.functional.currency), item.released);
};

const book = (state: OpenItemState, side: Side, command: BookItem): ItemBooked => {
  const { itemId, entity, counterparty, amount, functional, bookedOn, dueOn } = command;
  if (state.status !== 'draft') {
    throw new Rejection('ITEM_EXISTS', `${itemId} is ${state.status}.`);
  }
  requirePositive(itemId, amount);
  if (functional.minor < 0n) {
    throw new Rejection('AMOUNT_NOT_POSITIVE', `${itemId} was booked below zero.`);
  }
  return {
    type: 'ItemBooked',
    itemId,
    side,
    entity,
    counterparty,
    amount,
    functional,
    bookedOn,
    dueOn,
  };
};

const clear = (state: OpenItemState, command: ClearItem): ItemCleared => {
  const { itemId, amount, date, source } = command;
  if (state.status !== 'open') {
    throw new Rejection('ITEM_NOT_OPEN', `${itemId} is ${state.status}.`);
  }
  if (amount.currency !== state.amount.currency) {
    const currencies = `${amount.currency}, not ${state.amount.currency}`;
    throw new Rejection('CURRENCY_DIFFERS', `${itemId} is cleared in ${currencies}.`);
  }
  requirePositive(itemId, amount);
  const open = openAmount(state);
  if (amount.minor > open.minor) {
    const texts = `${formatMoney(amount)} of ${formatMoney(open)} ${open.currency}`;
    throw new Rejection('OVERPAID', `${itemId} cannot be cleared by ${texts}.`);
  }
  return {
    type: 'ItemCleared',
    itemId,
    amount,
    functional: releasedBy(state, amount),
    date,
    source,
    settled: amount.minor === open.minor,
  };
};

const opened = (event: ItemBooked): OpenItem => ({
  itemId: event.itemId,
  side: event.side,
  entity: event.entity,
  counterparty: event.counterparty,
  amount: event.amount,
  functional: event.functional,
  bookedOn: event.bookedOn,
  dueOn: event.dueOn,
  cleared: zeroOf(event.amount),
  released: zeroOf(event.functional),
});

const openItem = (side: Side): Decider<OpenItemState, OpenItemCommand, OpenItemEvent> => ({
  initial: { status: 'draft' },
  decide: (state, command) => {
    switch (command.type) {
      case 'BookItem':
        return [book(state, side, command)];
      case 'ClearItem':
        return [clear(state, command)];
    }
  },
  evolve: (state, event) => {
    if (event.type === 'ItemBooked') return { status: 'open', ...opened(event) };
    if (state.status === 'draft') return state;
    return {
      ...state,
      status: event.settled ? 'settled' : 'open',
      cleared: addMoney(state.cleared, event.amount),
      released: addMoney(state.released, event.functional),
    };
  },
});

export const receivable = openItem('receivable');
export const payable = openItem('payable');
