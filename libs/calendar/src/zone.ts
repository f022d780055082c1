import { Malformed } from '@suanpan/event-sourcing';
import { IANAZone } from 'luxon';
import { civilOf, dayNumber, formatCivil, parseDate } from './civil.js';
import type { Instant } from './instant.js';
import { MICROS_PER_DAY, floorTo } from './instant.js';

/**
 * Local days of an IANA zone.
 *
 * Invariant   a day starts at the first instant whose local clock shows 00:00 of it, or, where the
 *             clock jumps over midnight, at the jump.
 * Rejections  UNKNOWN_ZONE
 * Source      IANA tz database as Node carries it (ICU), read through luxon
 */
const NAME = /^(?:UTC|[A-Z][A-Za-z]+(?:\/[A-Z][A-Za-z0-9_+-]*){1,2})$/;
const MICROS_PER_MINUTE = 60_000_000;
/** Two days are fewer than 2^40 microseconds, so the search always ends on one of them. */
const HALVINGS = 40;

/** Zones that were asked for and exist; there are some 600. */
const known = new Map<string, IANAZone>();

const zoneOf = (name: string): IANAZone => {
  const found = known.get(name);
  if (found !== undefined) return found;
  if (!NAME.test(name) || !IANAZone.isValidZone(name)) {
    const shown = JSON.stringify(name.slice(0, 40));
    throw new Malformed('UNKNOWN_ZONE', `${shown} is no IANA zone such as Asia/Shanghai.`);
  }
  const zone = IANAZone.create(name);
  known.set(name, zone);
  return zone;
};

/** Refuses a name that is no IANA zone; offsets (`+08:00`) and abbreviations (`CST`) are none. */
export const requireZone = (name: string): void => {
  zoneOf(name);
};

/** How far the local clock is ahead of UTC. */
const offsetMicros = (zone: IANAZone, instant: Instant): bigint =>
  BigInt(Math.round(zone.offset(Number(floorTo(instant, 1000n) / 1000n)) * MICROS_PER_MINUTE));

const localDay = (zone: IANAZone, instant: Instant): number => {
  const local = instant + offsetMicros(zone, instant);
  return Number(floorTo(local, MICROS_PER_DAY) / MICROS_PER_DAY);
};

const DAYS_PER_WEEK = 7;
const MINUTES_PER_DAY = 1_440;
/** 1970-01-01 was a Thursday: three days after Monday. */
const EPOCH_WEEKDAY = 3;

/**
 * What the calendar and the clock on the wall in `zone` show: whole minutes since Monday 00:00. An hour
 * that comes twice is shown twice, one that is left out never.
 */
export const minuteOfWeek = (zoneName: string, instant: Instant): number => {
  const zone = zoneOf(zoneName);
  const local = instant + offsetMicros(zone, instant);
  const day = floorTo(local, MICROS_PER_DAY);
  const minute = Number((local - day) / BigInt(MICROS_PER_MINUTE));
  const days = Number(day / MICROS_PER_DAY) + EPOCH_WEEKDAY;
  return (((days % DAYS_PER_WEEK) + DAYS_PER_WEEK) % DAYS_PER_WEEK) * MINUTES_PER_DAY + minute;
};

/** The date on the wall in `zone`. */
export const localDate = (zone: string, instant: Instant): string =>
  formatCivil(civilOf(localDay(zoneOf(zone), instant)));

/** The first instant of local day `day`, counted from 1970-01-01. */
export const startOfLocalDay = (zoneName: string, day: number): Instant => {
  const zone = zoneOf(zoneName);
  const midnight = BigInt(day) * MICROS_PER_DAY;
  const early = midnight - MICROS_PER_DAY;
  const late = midnight + MICROS_PER_DAY;
  const candidates = [early, late]
    .map((near) => midnight - offsetMicros(zone, near))
    .filter((at) => at + offsetMicros(zone, at) === midnight)
    .sort((a, b) => (a < b ? -1 : 1));
  return candidates[0] ?? firstInstantOf(zone, day);
};

/** Midnight does not exist that day: search the jump. */
const firstInstantOf = (zone: IANAZone, day: number): Instant => {
  let before = (BigInt(day) - 1n) * MICROS_PER_DAY;
  let after = (BigInt(day) + 1n) * MICROS_PER_DAY;
  for (let i = 0; i < HALVINGS && after - before > 1n; i += 1) {
    const middle = (before + after) / 2n;
    if (localDay(zone, middle) >= day) after = middle;
    else before = middle;
  }
  return after;
};

/** The instant at which the local day begins. */
export const startOfDay = (zone: string, date: string): Instant =>
  startOfLocalDay(zone, dayNumber(parseDate(date)));
