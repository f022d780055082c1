/**
 * Numbers of invoices: one series a legal entity and year of issue, without a gap.
 *
 * Shape       `INV-2026-000001`, in the series `INV-2026`.
 * Invariant   the counter's row is locked until the transaction ends: a number that is not used
 *             was never taken (I7).
 * Source      design.md 1 (invoice); ruling R28 (numbering belongs to a legal entity)
 */
import { localDate } from '@suanpan/calendar';
import type { Tx } from '@suanpan/platform-postgres';
import type { ContractTerms } from '@suanpan/pricing';

const DIGITS = 6;

const TAKE = `
insert into invoice_series (tenant, seller, series, last_sequence) values ($1, $2, $3, 1)
on conflict (tenant, seller, series) do update set last_sequence = invoice_series.last_sequence + 1
returning last_sequence`;

export interface TakenNumber {
  readonly series: string;
  readonly sequence: bigint;
  readonly number: string;
}

/** Takes the seller's next number in the series of the day of issue. */
export const takeNumber = async (
  tx: Tx,
  {
    tenant,
    terms,
    at,
  }: {
    readonly tenant: string;
    readonly terms: ContractTerms;
    readonly at: bigint;
  },
): Promise<TakenNumber> => {
  const series = `INV-${localDate(terms.zone, at).slice(0, 4)}`;
  const [row] = await tx.query<{ last_sequence: string }>(TAKE, [tenant, terms.seller, series]);
  const sequence = BigInt(row?.last_sequence ?? '1');
  return { series, sequence, number: `${series}-${sequence.toString().padStart(DIGITS, '0')}` };
};
