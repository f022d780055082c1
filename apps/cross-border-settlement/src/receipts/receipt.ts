/**
 * A receipt: posted at once, explained later.
 *
 * Shape       new → posted (in suspense, with the reason why) → matched.
 * Invariant   a receipt is posted once and matched once; the same order again is no fact.
 * Rejections  RECEIPT_EXISTS
 * Source      design ruling R29
 */
import type { Decider } from '@suanpan/event-sourcing';
import { Rejection } from '@suanpan/event-sourcing';
import { z } from 'zod';
import { entryBody } from '../journal/entry-body.js';

/** What the bank said, as it is stored. */
export const receiptOrder = z.object({
  receipt: z.string(),
  payer: z.string(),
  currency: z.string(),
  amount: z.string(),
  withheld: z.string(),
  charges: z.string(),
  date: z.string(),
  reference: z.string(),
});
export type ReceiptOrder = z.infer<typeof receiptOrder>;

const postedBody = receiptOrder.extend({
  entity: z.string(),
  account: z.string(),
  functionalCurrency: z.string(),
  functional: z.string(),
  rateId: z.string().nullable(),
  entry: entryBody,
});
export type PostedBody = z.infer<typeof postedBody>;

const match = z.object({ invoice: z.string(), number: z.string(), amount: z.string() });

const matchedBody = z.object({
  receipt: z.string(),
  currency: z.string(),
  matches: z.array(match),
  /** In functional currency; a gain is positive. */
  realisedFx: z.string(),
  entry: entryBody,
});
export type MatchedBody = z.infer<typeof matchedBody>;

const heldBody = z.object({ receipt: z.string(), reason: z.string() });

export type ReceiptEvent =
  | { readonly type: 'ReceiptPosted'; readonly body: PostedBody }
  | { readonly type: 'ReceiptMatched'; readonly body: MatchedBody }
  | { readonly type: 'ReceiptHeld'; readonly body: z.infer<typeof heldBody> };

/** What is to be recorded: the decider says whether it is new. */
export type ReceiptCommand = ReceiptEvent;

export interface Receipt {
  readonly posted: PostedBody;
  readonly matched: MatchedBody | null;
  readonly reason: string | null;
}

const FIELDS = [
  ...(['payer', 'currency', 'amount', 'withheld', 'charges', 'date', 'reference'] as const),
];

/** Whether two orders of one receipt say the same. */
export const saysTheSame = (a: ReceiptOrder, b: ReceiptOrder): boolean =>
  FIELDS.every((field) => a[field] === b[field]);

const requireSame = (before: ReceiptOrder, after: ReceiptOrder): void => {
  if (saysTheSame(before, after)) return;
  throw new Rejection('RECEIPT_EXISTS', `Receipt ${after.receipt} was posted otherwise.`);
};

export const receipt: Decider<Receipt | null, ReceiptCommand, ReceiptEvent> = {
  initial: null,
  decide: (state, command) => {
    if (command.type === 'ReceiptPosted') {
      if (state === null) return [command];
      requireSame(state.posted, command.body);
      return [];
    }
    if (state === null || state.matched !== null) return [];
    if (command.type === 'ReceiptHeld' && state.reason === command.body.reason) return [];
    return [command];
  },
  evolve: (state, event) => {
    if (event.type === 'ReceiptPosted') return { posted: event.body, matched: null, reason: null };
    if (state === null) return state;
    return event.type === 'ReceiptMatched'
      ? { ...state, matched: event.body, reason: null }
      : { ...state, reason: event.body.reason };
  },
};

export const fromReceiptBody = (type: string, body: unknown): ReceiptEvent => {
  switch (type) {
    case 'ReceiptPosted':
      return { type, body: postedBody.parse(body) };
    case 'ReceiptMatched':
      return { type, body: matchedBody.parse(body) };
    default:
      return { type: 'ReceiptHeld', body: heldBody.parse(body) };
  }
};
