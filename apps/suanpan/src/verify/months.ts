/**
 * Billing months in a buyer's zone, by the platform's own calendar (ICU), not by ours.
 *
 * Units       instants: microseconds since the epoch.
 */
const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, calendar: 'gregory', numberingSystem: 'latn' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  });
  formats.set(zone, made);
  return made;
};

// 05/31/2026
const partsOf = (zone: string, instant: bigint): readonly string[] =>
  formatOf(zone)
    .format(new Date(Number(instant / 1_000n)))
    .split('/');

/** '2026-05': the month in which an instant lies for a zone. */
export const monthOf = (zone: string, instant: bigint): string => {
  const [month = '', , year = ''] = partsOf(zone, instant);
  return `${year}-${month}`;
};

/** '2026-05-31': the day of an instant for a zone. */
export const dayOf = (zone: string, instant: bigint): string => {
  const [month = '', day = '', year = ''] = partsOf(zone, instant);
  return `${year}-${month}-${day}`;
};

/** '2027-01' after '2026-12'. */
export const monthAfter = (month: string): string => {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
};

const QUARTER_HOUR = 900_000_000n;

/** The quarter of an hour that an instant lies in, UTC. */
export const quarterHourOf = (instant: bigint): bigint =>
  instant >= 0n || instant % QUARTER_HOUR === 0n
    ? instant - (instant % QUARTER_HOUR)
    : instant - (instant % QUARTER_HOUR) - QUARTER_HOUR;
