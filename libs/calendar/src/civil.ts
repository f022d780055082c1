import { Malformed } from '@suanpan/event-sourcing';

/**
 * Days of the Gregorian calendar as numbers, without a zone.
 *
 * Units       a day number counts from 1970-01-01 = 0; a date is ISO text, `2026-05-31`.
 * Rejections  INVALID_DATE
 * Source      ISO 8601; the arithmetic is Hinnant's civil calendar algorithm (eras of 146,097 days)
 */
export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const DAYS_PER_ERA = 146_097;
const DAYS_TO_EPOCH = 719_468;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Years run from March in here, so that the leap day is the last day of a year. */
export const dayNumber = ({ year, month, day }: Civil): number => {
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_TO_EPOCH;
};

export const civilOf = (days: number): Civil => {
  const z = days + DAYS_TO_EPOCH;
  const era = Math.floor(z / DAYS_PER_ERA);
  const dayOfEra = z - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
};

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Whether the day is on the calendar: 2024-02-30 is not. */
export const isReal = ({ year, month, day }: Civil): boolean => {
  const days = month === 2 && isLeap(year) ? 29 : MONTH_DAYS[month - 1];
  return days !== undefined && day >= 1 && day <= days;
};

export const digits = (value: number, width: number): string =>
  value.toString().padStart(width, '0');

export const formatCivil = ({ year, month, day }: Civil): string =>
  `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;

/** Reads `2026-05-31`; years 1970 to 9999. */
export const parseDate = (text: string): Civil => {
  const match = DATE.exec(text);
  const civil = { year: Number(match?.[1]), month: Number(match?.[2]), day: Number(match?.[3]) };
  if (match === null || civil.year < 1970 || !isReal(civil)) {
    throw new Malformed('INVALID_DATE', `${JSON.stringify(text.slice(0, 40))} is no date.`);
  }
  return civil;
};

/** Refuses what is no real date. */
export const requireDate = (text: string): void => {
  parseDate(text);
};

/** The date `days` later (earlier if negative). */
export const addDays = (date: string, days: number): string =>
  formatCivil(civilOf(dayNumber(parseDate(date)) + days));

/** How many days `to` lies after `from`. */
export const daysBetween = (from: string, to: string): number =>
  dayNumber(parseDate(to)) - dayNumber(parseDate(from));
