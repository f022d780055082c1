/**
 * Money that came in and that nothing explains yet: the suspense balance, with its receipts.
 *
 * Units       amount: positive is money that we hold for nobody known.
 * Source      design ruling R29
 */
import { daysBetween, localDate } from '@suanpan/calendar';
import type { Tx } from '@suanpan/platform-postgres';

interface BalanceRow {
  readonly entity: string;
  readonly zone: string;
  readonly currency: string;
  readonly amount: string;
  readonly functional: string;
}

interface ReceiptRow {
  readonly entity: string;
  readonly currency: string;
  readonly receipt: string;
  readonly payer: string;
  readonly amount: string;
  readonly date: string;
  readonly reference: string;
  readonly reason: string | null;
}

const BALANCES = `
select l.entity, e.zone, l.currency, (-sum(l.amount))::text as amount,
  (-sum(l.functional))::text as functional
from journal_line l join legal_entity e on e.tenant = l.tenant and e.entity = l.entity
where l.tenant = $1 and l.account = 'unapplied'
group by l.entity, e.zone, l.currency having sum(l.amount) <> 0 or sum(l.functional) <> 0
order by l.entity collate "C", l.currency collate "C"`;

const RECEIPTS = `
select entity, currency, receipt, payer, amount::text as amount, date::text as date, reference,
  reason
from receipt where tenant = $1 and status = 'unmatched' order by date, receipt collate "C"`;

const toWireReceipt = (row: ReceiptRow, today: string): object => ({
  receipt: row.receipt,
  payer: row.payer,
  amount: row.amount,
  date: row.date,
  reference: row.reference,
  reason: row.reason,
  ageDays: daysBetween(row.date, today),
});

/** The suspense of every entity; the tenant must have been entered. */
export const readUnexplained = async (tx: Tx, tenant: string, now: bigint): Promise<object> => {
  const balances = await tx.query<BalanceRow>(BALANCES, [tenant]);
  const receipts = await tx.query<ReceiptRow>(RECEIPTS, [tenant]);
  const unexplained = balances.map(({ zone, ...balance }) => {
    const own = receipts.filter(
      ({ entity, currency }) => entity === balance.entity && currency === balance.currency,
    );
    const today = localDate(zone, now);
    return {
      ...balance,
      oldest: own[0]?.date ?? null,
      receipts: own.map((row) => toWireReceipt(row, today)),
    };
  });
  return { unexplained, count: receipts.length };
};
