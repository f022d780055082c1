import { Malformed } from '@suanpan/event-sourcing';
import type { Civil } from './civil.js';
import { civilOf, dayNumber, digits, formatCivil, isReal } from './civil.js';

/**
 * A point in time.
 *
 * Units       microseconds since 1970-01-01T00:00:00Z; leap seconds do not exist here.
 * Rejections  INVALID_TIME
 * Source      RFC 3339 with upper-case T and Z; reliability.md B43
 */
export type Instant = bigint;

export const MICROS_PER_SECOND = 1_000_000n;
const SECONDS_PER_DAY = 86_400;
export const MICROS_PER_DAY = BigInt(SECONDS_PER_DAY) * MICROS_PER_SECOND;
const QUARTER_HOUR = 900n * MICROS_PER_SECOND;
/** 10000-01-01T00:00:00Z. */
const END_OF_TIME = BigInt(dayNumber({ year: 10_000, month: 1, day: 1 })) * MICROS_PER_DAY;
const TEXT_MAX = 32;
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,6}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

const invalid = (text: string): Malformed =>
  new Malformed(
    'INVALID_TIME',
    `${JSON.stringify(text.slice(0, 40))} is no RFC 3339 time with a zone, at most six fraction ` +
      'digits, in the years 1970 to 9999.',
  );

/** Reads an RFC 3339 time with its zone; an offset is converted to UTC. */
export const parseInstant = (text: string): Instant => {
  const match = text.length > TEXT_MAX ? null : RFC_3339.exec(text);
  if (match === null) throw invalid(text);
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] =
    match;
  const civil: Civil = { year: Number(year), month: Number(month), day: Number(day) };
  if (!isReal(civil)) throw invalid(text);
  const offset =
    sign === undefined ? 0 : (Number(offsetHour) * 60 + Number(offsetMinute)) * 60 * signOf(sign);
  const seconds =
    dayNumber(civil) * SECONDS_PER_DAY +
    Number(hour) * 3600 +
    Number(minute) * 60 +
    Number(second) -
    offset;
  const micros = fraction === '' ? 0n : BigInt(fraction.padEnd(6, '0'));
  const instant = BigInt(seconds) * MICROS_PER_SECOND + micros;
  if (instant < 0n || instant >= END_OF_TIME) throw invalid(text);
  return instant;
};

const signOf = (sign: string): 1 | -1 => (sign === '-' ? -1 : 1);

/** Floor to a multiple of `step`, also before 1970. */
export const floorTo = (instant: Instant, step: bigint): Instant => {
  const over = instant % step;
  return over < 0n ? instant - over - step : instant - over;
};

/** `2026-05-15T16:59:59.999999Z`: always UTC and six digits, so that texts sort like instants. */
export const formatInstant = (instant: Instant): string => {
  const midnight = floorTo(instant, MICROS_PER_DAY);
  const micros = Number(instant - midnight);
  const seconds = Math.floor(micros / 1_000_000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const date = formatCivil(civilOf(Number(midnight / MICROS_PER_DAY)));
  const fraction = digits(micros % 1_000_000, 6);
  return `${date}T${clock.map((part) => digits(part, 2)).join(':')}.${fraction}Z`;
};

/** The start of the quarter-hour, in which buckets are kept: today's zones all start days on one. */
export const quarterHourOf = (instant: Instant): Instant => floorTo(instant, QUARTER_HOUR);
