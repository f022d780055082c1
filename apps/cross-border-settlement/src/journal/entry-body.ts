/**
 * A journal entry inside the event that caused it.
 *
 * Shape       amounts are decimal text in their currency; an absent field is null.
 * Invariant   the entry is stored with its cause, so that replay writes the same books.
 */
import type { JournalEntry, JournalLine } from '@suanpan/ledger';
import { balanced, requireAccount } from '@suanpan/ledger';
import { formatMoney, parseMoney } from '@suanpan/money';
import { z } from 'zod';

const lineBody = z.object({
  account: z.string(),
  counterparty: z.string().nullable(),
  currency: z.string(),
  amount: z.string(),
  functionalCurrency: z.string(),
  functional: z.string(),
  rateId: z.string().nullable(),
});

export const entryBody = z.object({
  entity: z.string(),
  entryId: z.string(),
  bookingDate: z.string(),
  description: z.string(),
  source: z.string(),
  lines: z.array(lineBody),
});
export type EntryBody = z.infer<typeof entryBody>;

export const toEntryBody = (entry: JournalEntry): EntryBody => ({
  entity: entry.entity,
  entryId: entry.entryId,
  bookingDate: entry.bookingDate,
  description: entry.description,
  source: entry.source,
  lines: entry.lines.map((line) => ({
    account: line.account,
    counterparty: line.counterparty ?? null,
    currency: line.amount.currency,
    amount: formatMoney(line.amount),
    functionalCurrency: line.functional.currency,
    functional: formatMoney(line.functional),
    rateId: line.rateId ?? null,
  })),
});

const fromLineBody = (body: z.infer<typeof lineBody>): JournalLine => ({
  account: requireAccount(body.account),
  ...(body.counterparty === null ? {} : { counterparty: body.counterparty }),
  amount: parseMoney(body.amount, body.currency),
  functional: parseMoney(body.functional, body.functionalCurrency),
  ...(body.rateId === null ? {} : { rateId: body.rateId }),
});

/** The entry, checked again to be zero. */
export const fromEntryBody = (body: EntryBody): JournalEntry =>
  balanced({
    entity: body.entity,
    entryId: body.entryId,
    bookingDate: body.bookingDate,
    description: body.description,
    source: body.source,
    lines: body.lines.map(fromLineBody),
  });
