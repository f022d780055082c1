/**
 * The rates with which the books value a day.
 *
 * Owns        the policy: ECB reference rates for booking, across EUR, the latest earlier day within
 *             a week. Where money is paid out in another currency the demo has no bank that deals:
 *             the same rates stand in for it, marked as simulated (R35 allows them no other way).
 * Units       validityDays: days.
 * Source      design rulings R28, R35
 */
import { parseDecimal } from '@suanpan/money';
import type { Tx } from '@suanpan/platform-postgres';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { FxRate, RatePolicy } from '@suanpan/settlement';
import { fxRate } from '@suanpan/settlement';

export const BOOKING: RatePolicy = {
  source: 'ECB',
  purpose: 'booking',
  pivot: 'EUR',
  validityDays: 7,
};

/** How a payout's rate is marked wherever it is shown. */
export const SIMULATED_DEALING = 'simulated: ECB reference rate in place of a bank’s dealt rate';

interface RateRow {
  readonly base: string;
  readonly quote: string;
  readonly date: string;
  readonly rate_text: string;
  readonly fixing_time: string;
}

const SELECT = `
select base, quote, date::text as date, rate_text, fixing_time from fx_rate
where tenant = $1 and source = $2 and purpose = $3 and date <= $4
  and date >= $4::date - $5::integer`;

/** What was published up to `date` and still holds on it. */
export const selectBookingRates = async (
  tx: Tx,
  tenant: string,
  date: string,
): Promise<readonly FxRate[]> => {
  const { source, purpose, validityDays } = BOOKING;
  const rows = await tx.query<RateRow>(SELECT, [tenant, source, purpose, date, validityDays]);
  return rows.map((row) =>
    fxRate({
      source,
      purpose,
      base: row.base,
      quote: row.quote,
      date: row.date,
      rate: parseDecimal(row.rate_text),
      fixingTime: fromRowInstant(row.fixing_time),
    }),
  );
};
