/**
 * Books an issued statement: cost of sales, payable, at the rate of its issue date.
 *
 * Shape       a statement's entity is the seller of the invoices it was earned from; one over
 *             invoices of several entities is a payable of each, by its lines.
 * Invariant   a statement is booked once; the operator's own share is nobody's payable.
 * Source      scenes.md C2 J3; design rulings R28, R31
 */
import type { StatementIssued } from '@suanpan/messages';
import { decode } from '@suanpan/messages';
import type { Money } from '@suanpan/money';
import { formatMoney, parseMoney, sumMoney } from '@suanpan/money';
import { crashPoint } from '@suanpan/platform-observability';
import type { EventMeta, Tx } from '@suanpan/platform-postgres';
import type { Valued } from '@suanpan/settlement';
import { convert, rateTable, statementEntry, valued } from '@suanpan/settlement';
import { BOOKING, selectBookingRates } from '../fx-rates/booking-rates.js';
import { handleItem } from '../handle-item.js';
import { lockBooks } from '../journal/books.js';
import { toEntryBody } from '../journal/entry-body.js';
import { selectEntity } from '../legal-entities/legal-entity.js';
import type { Wait } from '../wait.js';
import { entityUnknown, isWait, orWait } from '../wait.js';
import type { Earned } from './payable-rows.js';
import { payableItemId } from './payable-rows.js';

const OWN_ROLE = 'operator';

type Line = StatementIssued['lines'][number];

/** What one entity owes of a statement. */
interface Part {
  readonly entity: string;
  readonly itemId: string;
  readonly worth: Valued;
  readonly invoices: readonly Earned[];
}

const SELLERS = `
select invoice, entity from receivable where tenant = $1 and invoice = any($2::text[])`;

/** An invoice of nothing is never booked; a line may still name it. */
const OF_NOTHING = `
select value from waiting where tenant = $1 and kind = 'invoice'
  and reason = 'AMOUNT_NOT_POSITIVE' and document = any($2::text[])`;

const addUnbooked = async (
  tx: Tx,
  [tenant, invoices]: readonly [string, readonly string[]],
  sellers: Map<string, string>,
): Promise<void> => {
  const rows = await tx.query<{ value: Buffer }>(OF_NOTHING, [tenant, invoices]);
  for (const { value } of rows) {
    const message = decode(value);
    if (message.type === 'invoice.issued') sellers.set(message.value.invoice, message.value.seller);
  }
};

const sellersOf = async (
  tx: Tx,
  { tenant, lines }: StatementIssued,
): Promise<ReadonlyMap<string, string> | Wait> => {
  const invoices = [...new Set(lines.map(({ invoice }) => invoice))];
  const rows = await tx.query<{ invoice: string; entity: string }>(SELLERS, [tenant, invoices]);
  const sellers = new Map(rows.map(({ invoice, entity }) => [invoice, entity]));
  if (sellers.size < invoices.length) await addUnbooked(tx, [tenant, invoices], sellers);
  const unknown = invoices.filter((invoice) => !sellers.has(invoice));
  if (unknown.length === 0) return sellers;
  return { reason: 'INVOICE_UNKNOWN', detail: `Not booked yet: ${unknown.join(', ')}.` };
};

const sumOf = (lines: readonly Line[], currency: string): Money =>
  sumMoney(
    currency,
    lines.map(({ amount }) => parseMoney(amount, currency)),
  );

const earnedFrom = (lines: readonly Line[], currency: string): readonly Earned[] =>
  [...new Set(lines.map(({ invoice }) => invoice))].map((invoice) => {
    const own = lines.filter((line) => line.invoice === invoice);
    const number = own[0]?.invoiceNumber ?? '';
    return { invoice, number, amount: formatMoney(sumOf(own, currency)) };
  });

const notPositive = ({ statement, total, currency }: StatementIssued): Wait => ({
  reason: 'AMOUNT_NOT_POSITIVE',
  detail: `Statement ${statement} is of ${total} ${currency}: nothing to pay.`,
});

const partOf = async (
  tx: Tx,
  issued: StatementIssued,
  { entity, lines, entities }: { entity: string; lines: readonly Line[]; entities: number },
): Promise<Part | Wait> => {
  const { tenant, statement, issueDate, currency } = issued;
  const known = await selectEntity(tx, tenant, entity);
  if (known === undefined) return entityUnknown(entity);
  const amount = sumOf(lines, currency);
  if (amount.minor <= 0n) return notPositive(issued);
  const table = rateTable(await selectBookingRates(tx, tenant, issueDate));
  const asked = { to: known.functionalCurrency, date: issueDate, policy: BOOKING };
  const worth = orWait(() => valued(convert(table, amount, asked)));
  if (isWait(worth)) return worth;
  const itemId = payableItemId(statement, entity, entities);
  return { entity, itemId, worth, invoices: earnedFrom(lines, currency) };
};

const entryOf = (issued: StatementIssued, { entity, itemId, worth }: Part) =>
  statementEntry(
    {
      entity,
      entryId: `statement:${itemId}`,
      bookingDate: issued.issueDate,
      description: `Statement ${issued.number}, ${issued.period}`,
      source: issued.statement,
    },
    issued.partner,
    worth,
  );

const store = async (
  tx: Tx,
  issued: StatementIssued,
  { part, meta }: { part: Part; meta: EventMeta },
): Promise<void> => {
  const { entity, itemId, worth, invoices } = part;
  await handleItem(tx, {
    tenant: issued.tenant,
    side: 'payable',
    meta,
    document: {
      statement: issued.statement,
      number: issued.number,
      role: issued.role,
      period: issued.period,
      rateId: worth.rateId ?? null,
      invoices,
      entry: toEntryBody(entryOf(issued, part)),
    },
    command: {
      type: 'BookItem',
      itemId,
      side: 'payable',
      entity,
      counterparty: issued.partner,
      amount: worth.amount,
      functional: worth.functional,
      bookedOn: issued.issueDate,
      dueOn: issued.issueDate,
    },
  });
};

/** All parts, or why none can be booked yet. An entity of whose invoices nothing came owes none. */
const partsOf = async (
  tx: Tx,
  issued: StatementIssued,
  sellers: ReadonlyMap<string, string>,
): Promise<readonly Part[] | Wait> => {
  const owing = [...new Set(sellers.values())]
    .sort()
    .map((entity) => ({
      entity,
      lines: issued.lines.filter(({ invoice }) => sellers.get(invoice) === entity),
    }))
    .filter(({ lines }) => sumOf(lines, issued.currency).minor !== 0n);
  const parts: Part[] = [];
  for (const one of owing) {
    const part = await partOf(tx, issued, { ...one, entities: owing.length });
    if (isWait(part)) return part;
    parts.push(part);
  }
  return parts;
};

const EXISTS = `select 1 from payable where tenant = $1 and statement = $2 limit 1`;

/** Books the statement, or says why it must wait; the tenant must have been entered. */
export const bookPayable = async (
  tx: Tx,
  issued: StatementIssued,
  meta: EventMeta,
): Promise<Wait | null> => {
  const { tenant, statement, total, currency, role } = issued;
  if (role === OWN_ROLE) return null;
  if (parseMoney(total, currency).minor <= 0n) return notPositive(issued);
  const sellers = await sellersOf(tx, issued);
  if (isWait(sellers)) return sellers;
  for (const entity of [...new Set(sellers.values())].sort()) await lockBooks(tx, tenant, entity);
  if ((await tx.query(EXISTS, [tenant, statement])).length > 0) return null;
  const parts = await partsOf(tx, issued, sellers);
  if (isWait(parts)) return parts;
  for (const part of parts) await store(tx, issued, { part, meta });
  crashPoint('settlement:payable-booked');
  return null;
};
