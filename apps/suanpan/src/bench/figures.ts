/**
 * Figures of a measurement: percentiles, what a second and an event cost, ratios.
 *
 * Shape       null where a window was too short to say anything; it is printed as –, never as 0.
 * Units       seconds, milliseconds, microseconds of CPU, MiB: in the names
 */
export type Figure = number | null;

const PERCENT = 100;

/** The smallest value that at least so many percent do not pass (nearest rank). */
export const percentile = (values: readonly number[], percent: number): Figure => {
  if (values.length === 0) return null;
  const sorted = [...values].sort((one, other) => one - other);
  const rank = Math.max(1, Math.ceil((percent / PERCENT) * sorted.length));
  return sorted[rank - 1] ?? null;
};

/** Rounded to so many places; figures of a bench are for people and for trends. */
export const rounded = (value: Figure, places = 0): Figure => {
  if (value === null || !Number.isFinite(value)) return null;
  const scale = 10 ** places;
  return Math.round(value * scale) / scale;
};

const quotient = (value: Figure, by: Figure): Figure =>
  value === null || by === null || by <= 0 ? null : value / by;

/** Whole events a second. */
export const perSecond = (events: number, seconds: Figure): Figure =>
  events <= 0 ? null : rounded(quotient(events, seconds));

/** CPU microseconds an event, to a tenth. */
export const microsEach = (micros: Figure, events: number): Figure =>
  rounded(quotient(micros, events), 1);

/** Ours to the machine's limit, to three places. */
export const ratio = (ours: Figure, limit: Figure): Figure => rounded(quotient(ours, limit), 3);

export interface RatioRow {
  readonly name: string;
  readonly ours: Figure;
  readonly limit: Figure;
  readonly ratio: Figure;
}

/** One row of the table of ratios. */
export const ratioRow = (name: string, ours: Figure, limit: Figure): RatioRow => ({
  name,
  ours,
  limit,
  ratio: ratio(ours, limit),
});

/** A figure for a table: thousands apart, – where there is none. */
export const shown = (figure: Figure): string => {
  if (figure === null) return '–';
  const [whole = '', fraction] = String(figure).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
};
