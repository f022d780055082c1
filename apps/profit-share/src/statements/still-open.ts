/**
 * What stands in the way of stating a period.
 *
 * Shape       a list: contracts that have not closed it, usage or invoices that are still on their
 *             way, invoices that are not divided. Empty means that nothing can come any more.
 * Source      design ruling R8 (statements close on PeriodClosed)
 */
import { monthPeriod } from '@suanpan/calendar';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';

interface Obstacle {
  /** A contract or an invoice. */
  readonly path: string;
  readonly code:
    'CONTRACT_NOT_CLOSED' | 'USAGE_NOT_HEARD' | 'INVOICE_NOT_RECEIVED' | 'INVOICE_NOT_DISTRIBUTED';
  readonly detail: string;
}

interface ContractRow {
  readonly contract: string;
  readonly zone: string;
  readonly valid_from: string;
  readonly valid_until: string | null;
}

const NOT_CLOSED = `
select c.contract, c.zone, c.valid_from, c.valid_until from contract c
where c.tenant = $1 and not exists (
  select 1 from period p
  where p.tenant = c.tenant and p.contract = c.contract and p.period = $2)
order by c.contract`;

/** A contract that was not in force in the period has nothing to close. */
const isInForce = (row: ContractRow, period: string): boolean => {
  const { start, end } = monthPeriod(row.zone, period);
  const from = fromRowInstant(row.valid_from);
  const until = row.valid_until === null ? undefined : fromRowInstant(row.valid_until);
  return from < end && (until === undefined || (until > start && until > from));
};

const contractsNotClosed = async (tx: Tx, tenant: string, period: string): Promise<Obstacle[]> => {
  const rows = await tx.query<ContractRow>(NOT_CLOSED, [tenant, period]);
  return rows
    .filter((row) => isInForce(row, period))
    .map(({ contract }) => ({
      path: contract,
      code: 'CONTRACT_NOT_CLOSED',
      detail: `Contract ${contract} has not closed ${period}.`,
    }));
};

const NOT_HEARD = `
select p.contract from period p
where p.tenant = $1 and p.period = $2 and exists (
  select 1 from jsonb_to_recordset(p.vector) as v(partition int, "nextOffset" text)
  left join rated_progress r
    on r.source_topic = 'usage.recorded' and r.source_partition = v.partition
  where coalesce(r.next_offset, 0) < v."nextOffset"::bigint)
order by p.contract`;

const usageNotHeard = async (tx: Tx, tenant: string, period: string): Promise<Obstacle[]> => {
  const rows = await tx.query<{ contract: string }>(NOT_HEARD, [tenant, period]);
  return rows.map(({ contract }) => ({
    path: contract,
    code: 'USAGE_NOT_HEARD',
    detail: `Rated usage of ${contract} in ${period} is still on its way.`,
  }));
};

const NOT_RECEIVED = `
select a.contract from accrual a
where a.tenant = $1 and a.posting_period = $2 and a.billing_state = 'billable'
  and not exists (
    select 1 from invoice i
    where i.tenant = a.tenant and i.contract = a.contract and i.period = a.posting_period)
group by a.contract having sum(a.quantity) <> 0 or sum(a.amount) <> 0 order by a.contract`;

const invoicesNotReceived = async (tx: Tx, tenant: string, period: string): Promise<Obstacle[]> => {
  const rows = await tx.query<{ contract: string }>(NOT_RECEIVED, [tenant, period]);
  return rows.map(({ contract }) => ({
    path: contract,
    code: 'INVOICE_NOT_RECEIVED',
    detail: `The invoice of ${contract} for ${period} is still on its way.`,
  }));
};

const NOT_DISTRIBUTED = `
select invoice, number, reason from invoice
where tenant = $1 and period = $2 and status = 'waiting' order by number`;

const invoicesNotDistributed = async (
  tx: Tx,
  tenant: string,
  period: string,
): Promise<Obstacle[]> => {
  const rows = await tx.query<{ invoice: string; number: string; reason: string | null }>(
    NOT_DISTRIBUTED,
    [tenant, period],
  );
  return rows.map(({ invoice, number, reason }) => ({
    path: invoice,
    code: 'INVOICE_NOT_DISTRIBUTED',
    detail: `Invoice ${number} is not divided yet (${reason ?? 'usage is still on its way'}).`,
  }));
};

/** Everything that is still open; the tenant must have been entered. */
export const obstaclesTo = async (
  tx: Tx,
  tenant: string,
  period: string,
): Promise<readonly Obstacle[]> => [
  ...(await contractsNotClosed(tx, tenant, period)),
  ...(await usageNotHeard(tx, tenant, period)),
  ...(await invoicesNotReceived(tx, tenant, period)),
  ...(await invoicesNotDistributed(tx, tenant, period)),
];
