/**
 * Books an issued invoice: receivable, revenue, at the rate of its issue date.
 *
 * Invariant   an invoice is booked once, whatever is heard again.
 * Rejections  none leave here: they are the reason why the invoice waits
 * Source      scenes.md C2 J1; design rulings R28, R31
 */
import { localDate } from '@suanpan/calendar';
import type { InvoiceIssued } from '@suanpan/messages';
import type { Money } from '@suanpan/money';
import { parseMoney } from '@suanpan/money';
import { crashPoint } from '@suanpan/platform-observability';
import type { EventMeta, Tx } from '@suanpan/platform-postgres';
import type { Valued } from '@suanpan/settlement';
import { convert, invoiceEntry, rateTable, valued } from '@suanpan/settlement';
import { BOOKING, selectBookingRates } from '../fx-rates/booking-rates.js';
import { handleItem } from '../handle-item.js';
import { lockBooks } from '../journal/books.js';
import { toEntryBody } from '../journal/entry-body.js';
import type { LegalEntity } from '../legal-entities/legal-entity.js';
import { selectEntity } from '../legal-entities/legal-entity.js';
import type { Wait } from '../wait.js';
import { entityUnknown, isWait, orWait } from '../wait.js';

const EXISTS = `select 1 from receivable where tenant = $1 and invoice = $2`;

const entryOf = (issued: InvoiceIssued, worth: Valued) =>
  invoiceEntry(
    {
      entity: issued.seller,
      entryId: `invoice:${issued.invoice}`,
      bookingDate: issued.issueDate,
      description: `Invoice ${issued.number}, ${issued.period}`,
      source: issued.invoice,
    },
    issued.buyer,
    worth,
  );

const store = async (
  tx: Tx,
  issued: InvoiceIssued,
  { worth, zone, meta }: { worth: Valued; zone: string; meta: EventMeta },
): Promise<void> => {
  const { tenant, invoice } = issued;
  await handleItem(tx, {
    tenant,
    side: 'receivable',
    meta,
    document: {
      number: issued.number,
      contract: issued.contract,
      period: issued.period,
      dueAt: issued.dueAt.toString(),
      rateId: worth.rateId ?? null,
      entry: toEntryBody(entryOf(issued, worth)),
    },
    command: {
      type: 'BookItem',
      itemId: invoice,
      side: 'receivable',
      entity: issued.seller,
      counterparty: issued.buyer,
      amount: worth.amount,
      functional: worth.functional,
      bookedOn: issued.issueDate,
      dueOn: localDate(zone, issued.dueAt),
    },
  });
};

const notPositive = ({ invoice, total, currency }: InvoiceIssued): Wait => ({
  reason: 'AMOUNT_NOT_POSITIVE',
  detail: `Invoice ${invoice} is of ${total} ${currency}: nothing to receive.`,
});

const worthOf = async (
  tx: Tx,
  issued: InvoiceIssued,
  [total, { functionalCurrency }]: readonly [Money, LegalEntity],
): Promise<Valued | Wait> => {
  const table = rateTable(await selectBookingRates(tx, issued.tenant, issued.issueDate));
  const asked = { to: functionalCurrency, date: issued.issueDate, policy: BOOKING };
  return orWait(() => valued(convert(table, total, asked)));
};

/** Books the invoice, or says why it must wait; the tenant must have been entered. */
export const bookReceivable = async (
  tx: Tx,
  issued: InvoiceIssued,
  meta: EventMeta,
): Promise<Wait | null> => {
  const { tenant, invoice, seller } = issued;
  const total = parseMoney(issued.total, issued.currency);
  const entity = await selectEntity(tx, tenant, seller);
  if (entity === undefined) return entityUnknown(seller);
  await lockBooks(tx, tenant, seller);
  if ((await tx.query(EXISTS, [tenant, invoice])).length > 0) return null;
  if (total.minor <= 0n) return notPositive(issued);
  const worth = await worthOf(tx, issued, [total, entity]);
  if (isWait(worth)) return worth;
  await store(tx, issued, { worth, zone: entity.zone, meta });
  crashPoint('settlement:receivable-booked');
  return null;
};
