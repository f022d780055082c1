/**
 * Tokens by day: the day of UTC, or of a customer's zone.
 *
 * Shape       summed from quarter-hours, which every zone's days are made of. One row a day, model and
 *             kind: tokens of two models are never added (N7).
 * Source      requirements E9, N7
 */
import type { Tx } from '@suanpan/platform-postgres';
import { compareKinds } from '@suanpan/pricing';

export interface DailyAsked {
  /** First and last day, as dates of the zone. */
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  readonly contract: string | null;
}

const DAILY = `
select to_char(b.quarter_hour at time zone $3, 'YYYY-MM-DD') as day, c.model, c.kind,
  sum(b.quantity)::text as quantity, sum(b.calls)::text as calls
from bucket b join charge_cell c on c.id = b.cell
where b.quarter_hour >= ($1::date)::timestamp at time zone $3
  and b.quarter_hour < ($2::date + 1)::timestamp at time zone $3
  and ($4::text is null or b.dims in (select id from dimension_set where contract = $4))
group by 1, 2, 3
having sum(b.quantity) <> 0 or sum(b.calls) <> 0
order by 1, 2, 3`;

export interface DailyRow {
  readonly day: string;
  readonly model: string;
  readonly kind: string;
  readonly quantity: string;
  readonly calls: string;
}

/** The rows of the stretch, in the order of days, models and kinds. */
export const dailyUsage = async (tx: Tx, asked: DailyAsked): Promise<readonly DailyRow[]> => {
  const { from, to, zone, contract } = asked;
  const rows = await tx.query<DailyRow>(DAILY, [from, to, zone, contract]);
  return rows.sort(
    (one, other) =>
      Number(one.day > other.day) - Number(one.day < other.day) ||
      Number(one.model > other.model) - Number(one.model < other.model) ||
      compareKinds(one.kind, other.kind),
  );
};
