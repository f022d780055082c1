/**
 * Takes a receipt into the books: bank against suspense at once, then what it pays.
 *
 * Invariant   a receipt is posted once; an order that says otherwise is refused.
 * Rejections  RECEIPT_EXISTS
 * Source      design ruling R29
 */
import { Rejection, fold } from '@suanpan/event-sourcing';
import { encode } from '@suanpan/messages';
import { formatMoney, parseMoney } from '@suanpan/money';
import { crashPoint } from '@suanpan/platform-observability';
import type { EventMeta, Tx } from '@suanpan/platform-postgres';
import { enqueue, loadStream } from '@suanpan/platform-postgres';
import type { Valued } from '@suanpan/settlement';
import { convert, rateTable, unappliedReceiptEntry, valued } from '@suanpan/settlement';
import { accountIn } from '../bank-lines/bank-line-rows.js';
import { BOOKING, selectBookingRates } from '../fx-rates/booking-rates.js';
import { lockBooks } from '../journal/books.js';
import { toEntryBody } from '../journal/entry-body.js';
import type { LegalEntity } from '../legal-entities/legal-entity.js';
import { selectEntities } from '../legal-entities/legal-entity.js';
import type { Wait } from '../wait.js';
import { entityUnknown, isWait, orWait } from '../wait.js';
import type { Receiving } from './match-receipt.js';
import { matchReceipt, recordReceipt } from './match-receipt.js';
import { numbersIn } from './match-reference.js';
import type { PostedBody, Receipt, ReceiptOrder } from './receipt.js';
import { fromReceiptBody, receipt, saysTheSame } from './receipt.js';

export interface ReceiptTold extends ReceiptOrder {
  /** Null: the tenant's only entity, or the one that issued what is quoted. */
  readonly entity: string | null;
}

const ISSUERS = `
select distinct entity from receivable where tenant = $1 and number = any($2::text[])`;

const entityOf = async (tx: Tx, tenant: string, told: ReceiptTold): Promise<LegalEntity | Wait> => {
  const entities = await selectEntities(tx, tenant);
  const named = (name: string | undefined) => entities.find(({ entity }) => entity === name);
  if (told.entity !== null) return named(told.entity) ?? entityUnknown(told.entity);
  const [only, second] = entities;
  if (only !== undefined && second === undefined) return only;
  const rows = await tx.query<{ entity: string }>(ISSUERS, [tenant, numbersIn(told.reference)]);
  const issuer = rows.length === 1 ? named(rows[0]?.entity) : undefined;
  const detail = 'Name the legal entity that received it.';
  return issuer ?? { reason: 'ENTITY_UNKNOWN', detail };
};

/** The receipt as it stands, or null. */
export const loadReceipt = async (tx: Tx, tenant: string, id: string): Promise<Receipt | null> => {
  const stored = await loadStream(tx, tenant, `receipt:${id}`);
  return fold(
    receipt,
    stored.map(({ type, body }) => fromReceiptBody(type, body)),
  );
};

const postedOf = (told: ReceiptTold, entity: LegalEntity, worth: Valued): PostedBody => {
  const { entity: name, functionalCurrency, bankAccounts } = entity;
  const { receipt: id, payer, date } = told;
  const head = {
    entity: name,
    entryId: `receipt:${id}`,
    bookingDate: date,
    description: `Receipt ${id} of ${payer}`,
    source: id,
  };
  return {
    receipt: id,
    payer,
    currency: told.currency,
    amount: told.amount,
    withheld: told.withheld,
    charges: told.charges,
    date,
    reference: told.reference,
    entity: name,
    account: accountIn(bankAccounts, told.currency),
    functionalCurrency,
    functional: formatMoney(worth.functional),
    rateId: worth.rateId ?? null,
    entry: toEntryBody(unappliedReceiptEntry(head, payer, worth)),
  };
};

/** Says to the others what came in, and what it paid so far. */
export const tellReceived = async (tx: Tx, tenant: string, known: Receipt): Promise<void> => {
  const { posted, matched } = known;
  await enqueue(tx, [
    {
      topic: 'payment',
      key: posted.receipt,
      type: 'payment.received',
      tenant,
      streamId: posted.receipt,
      value: encode('payment.received', {
        tenant,
        payment: posted.receipt,
        payer: posted.payer,
        currency: posted.currency,
        amount: posted.amount,
        date: posted.date,
        reference: posted.reference,
        invoices: matched === null ? [] : matched.matches.map(({ invoice }) => invoice),
      }),
    },
  ]);
};

const post = async (tx: Tx, receiving: Receiving, posted: PostedBody): Promise<Receipt> => {
  await recordReceipt(tx, receiving, { type: 'ReceiptPosted', body: posted });
  crashPoint('settlement:receipt-posted');
  const outcome = await matchReceipt(tx, receiving, posted);
  const known: Receipt =
    typeof outcome === 'string'
      ? { posted, matched: null, reason: outcome }
      : { posted, matched: outcome, reason: null };
  await tellReceived(tx, receiving.tenant, known);
  crashPoint('settlement:receipt-before-commit');
  return known;
};

/** Posts the receipt, or says why it must wait; the tenant must have been entered. */
export const postReceipt = async (
  tx: Tx,
  told: ReceiptTold,
  { tenant, meta }: { readonly tenant: string; readonly meta: EventMeta },
): Promise<Receipt | Wait> => {
  const entity = await entityOf(tx, tenant, told);
  if (isWait(entity)) return entity;
  await lockBooks(tx, tenant, entity.entity);
  const known = await loadReceipt(tx, tenant, told.receipt);
  if (known !== null) {
    if (saysTheSame(known.posted, told)) return known;
    throw new Rejection('RECEIPT_EXISTS', `Receipt ${told.receipt} was posted otherwise.`);
  }
  const table = rateTable(await selectBookingRates(tx, tenant, told.date));
  const asked = { to: entity.functionalCurrency, date: told.date, policy: BOOKING };
  const amount = parseMoney(told.amount, told.currency);
  const worth = orWait(() => valued(convert(table, amount, asked)));
  if (isWait(worth)) return worth;
  return post(tx, { tenant, entity, meta }, postedOf(told, entity, worth));
};
