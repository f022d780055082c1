/**
 * Events of open items as they are stored; receivables and payables have the same.
 *
 * Shape       `ItemBooked` holds beside the item what its document says and the entry that books it.
 * Invariant   fields are written one by one: what is stored is for ever.
 */
import { formatMoney, parseMoney } from '@suanpan/money';
import type { ItemBooked, ItemCleared, OpenItemEvent } from '@suanpan/settlement';
import { z } from 'zod';

export const itemBody = z.object({
  itemId: z.string(),
  side: z.enum(['receivable', 'payable']),
  entity: z.string(),
  counterparty: z.string(),
  currency: z.string(),
  amount: z.string(),
  functionalCurrency: z.string(),
  functional: z.string(),
  bookedOn: z.string(),
  dueOn: z.string(),
});

export const clearedBody = z.object({
  itemId: z.string(),
  currency: z.string(),
  amount: z.string(),
  functionalCurrency: z.string(),
  functional: z.string(),
  date: z.string(),
  source: z.string(),
  settled: z.boolean(),
});

export const toBookedBody = (event: ItemBooked): z.infer<typeof itemBody> => ({
  itemId: event.itemId,
  side: event.side,
  entity: event.entity,
  counterparty: event.counterparty,
  currency: event.amount.currency,
  amount: formatMoney(event.amount),
  functionalCurrency: event.functional.currency,
  functional: formatMoney(event.functional),
  bookedOn: event.bookedOn,
  dueOn: event.dueOn,
});

export const toClearedBody = (event: ItemCleared): z.infer<typeof clearedBody> => ({
  itemId: event.itemId,
  currency: event.amount.currency,
  amount: formatMoney(event.amount),
  functionalCurrency: event.functional.currency,
  functional: formatMoney(event.functional),
  date: event.date,
  source: event.source,
  settled: event.settled,
});

const fromBookedBody = (body: z.infer<typeof itemBody>): ItemBooked => ({
  type: 'ItemBooked',
  itemId: body.itemId,
  side: body.side,
  entity: body.entity,
  counterparty: body.counterparty,
  amount: parseMoney(body.amount, body.currency),
  functional: parseMoney(body.functional, body.functionalCurrency),
  bookedOn: body.bookedOn,
  dueOn: body.dueOn,
});

const fromClearedBody = (body: z.infer<typeof clearedBody>): ItemCleared => ({
  type: 'ItemCleared',
  itemId: body.itemId,
  amount: parseMoney(body.amount, body.currency),
  functional: parseMoney(body.functional, body.functionalCurrency),
  date: body.date,
  source: body.source,
  settled: body.settled,
});

/** The event from its stored form. */
export const fromItemBody = (type: string, body: unknown): OpenItemEvent =>
  type === 'ItemBooked'
    ? fromBookedBody(itemBody.parse(body))
    : fromClearedBody(clearedBody.parse(body));
