/**
 * Explains a posted receipt: from suspense to the receivables that it pays.
 *
 * Invariant   matching only reclassifies: the bank's line is not touched, and suspense is left by
 *             exactly what it was entered with, whatever rates were published since. Realised FX is
 *             what the receivables were booked at against that, and what others kept of it.
 * Source      design ruling R29; scenes.md C1, C2 J5, C4
 */
import type { JournalEntry } from '@suanpan/ledger';
import { addMoney, formatMoney, parseMoney } from '@suanpan/money';
import { crashPoint } from '@suanpan/platform-observability';
import type { EventMeta, Tx } from '@suanpan/platform-postgres';
import { handleIn } from '@suanpan/platform-postgres';
import type { ReceiptParts, Valued } from '@suanpan/settlement';
import { convert, matchedReceiptEntry, rateTable, realisedGain, valued } from '@suanpan/settlement';
import { BOOKING, selectBookingRates } from '../fx-rates/booking-rates.js';
import { handleItem } from '../handle-item.js';
import { toEntryBody } from '../journal/entry-body.js';
import type { LegalEntity } from '../legal-entities/legal-entity.js';
import { projectStored } from '../projection.js';
import { fromRowReceivable, selectReceivablesByNumber } from '../receivables/receivable-rows.js';
import type { Paid } from './match-reference.js';
import { matchReference, numbersIn } from './match-reference.js';
import type { MatchedBody, PostedBody, ReceiptCommand, ReceiptEvent } from './receipt.js';
import { fromReceiptBody, receipt } from './receipt.js';

export interface Receiving {
  readonly tenant: string;
  readonly entity: LegalEntity;
  readonly meta: EventMeta;
}

/** Records what happened to a receipt, if it is new. */
export const recordReceipt = async (
  tx: Tx,
  { tenant, meta }: Receiving,
  command: ReceiptCommand,
): Promise<readonly ReceiptEvent[]> => {
  const { events } = await handleIn(
    tx,
    {
      decider: receipt,
      toBody: (event) => event,
      fromBody: fromReceiptBody,
      project: projectStored,
    },
    { scope: { tenant }, streamId: `receipt:${command.body.receipt}`, meta, command },
  );
  return events;
};

const findPaid = async (
  tx: Tx,
  { tenant, entity }: Receiving,
  posted: PostedBody,
): Promise<readonly Paid[] | string> => {
  const { currency, payer } = posted;
  const numbers = numbersIn(posted.reference);
  const rows = await selectReceivablesByNumber(tx, [tenant, entity.entity, numbers]);
  const parts = [posted.amount, posted.withheld, posted.charges];
  const [amount, withheld, charges] = parts.map((text) => parseMoney(text, currency));
  const zero = { minor: 0n, currency };
  const gross = addMoney(addMoney(amount ?? zero, withheld ?? zero), charges ?? zero);
  return matchReference(
    { payer, numbers, gross },
    rows.map((row) => ({ number: row.number, item: fromRowReceivable(row, entity.zone) })),
  );
};

const entryOf = (posted: PostedBody, parts: ReceiptParts): JournalEntry =>
  matchedReceiptEntry(
    {
      entity: posted.entity,
      entryId: `receipt:${posted.receipt}:match`,
      bookingDate: posted.date,
      description: `Receipt ${posted.receipt} matched`,
      source: posted.receipt,
    },
    parts,
  );

/** What stands in suspense for the receipt: its amounts as they were posted. */
const postedWorth = (posted: PostedBody): Valued => ({
  amount: parseMoney(posted.amount, posted.currency),
  functional: parseMoney(posted.functional, posted.functionalCurrency),
  ...(posted.rateId === null ? {} : { rateId: posted.rateId }),
});

const matchedOf = async (
  tx: Tx,
  { tenant, entity }: Receiving,
  [posted, paid]: readonly [PostedBody, readonly Paid[]],
): Promise<MatchedBody> => {
  const { date, currency, payer } = posted;
  const table = rateTable(await selectBookingRates(tx, tenant, date));
  const asked = { to: entity.functionalCurrency, date, policy: BOOKING };
  const kept = (text: string) => {
    const amount = parseMoney(text, currency);
    return amount.minor === 0n ? undefined : valued(convert(table, amount, asked));
  };
  const withheld = kept(posted.withheld);
  const charges = kept(posted.charges);
  const entry = entryOf(posted, {
    payer,
    credited: postedWorth(posted),
    ...(withheld === undefined ? {} : { withheld }),
    ...(charges === undefined ? {} : { charges }),
    cleared: paid.map(({ amount, functional }) => ({ side: 'receivable', amount, functional })),
  });
  return {
    receipt: posted.receipt,
    currency,
    matches: paid.map(({ item, number, amount }) => ({
      ...{ invoice: item.itemId, number },
      ...{ amount: formatMoney(amount) },
    })),
    realisedFx: formatMoney(realisedGain(entry, entity.functionalCurrency)),
    entry: toEntryBody(entry),
  };
};

const clear = async (
  tx: Tx,
  { tenant, meta }: Receiving,
  [posted, paid]: readonly [PostedBody, readonly Paid[]],
): Promise<void> => {
  for (const { item, amount } of paid) {
    const { date, receipt: source } = posted;
    const command = { type: 'ClearItem', itemId: item.itemId, amount, date, source } as const;
    await handleItem(tx, { tenant, side: 'receivable', command, meta });
  }
};

/** Matches the receipt, or notes why not; the entity's books must be locked. */
export const matchReceipt = async (
  tx: Tx,
  receiving: Receiving,
  posted: PostedBody,
): Promise<MatchedBody | string> => {
  const paid = await findPaid(tx, receiving, posted);
  if (typeof paid === 'string') {
    const body = { receipt: posted.receipt, reason: paid };
    await recordReceipt(tx, receiving, { type: 'ReceiptHeld', body });
    return paid;
  }
  const body = await matchedOf(tx, receiving, [posted, paid]);
  await recordReceipt(tx, receiving, { type: 'ReceiptMatched', body });
  await clear(tx, receiving, [posted, paid]);
  crashPoint('settlement:receipt-matched');
  return body;
};
