import { Malformed } from '@suanpan/event-sourcing';
import { civilOf, dayNumber, digits } from './civil.js';
import type { Instant } from './instant.js';
import { MICROS_PER_DAY, floorTo } from './instant.js';
import { requireZone, startOfLocalDay } from './zone.js';

/**
 * Billing months in an IANA zone.
 *
 * Shape       half-open: `start` belongs to the period, `end` to the next one.
 * Units       id: `2026-05`, the month on the contract's calendar.
 * Invariant   the periods of a zone cover all time without gap or overlap.
 * Rejections  INVALID_PERIOD, UNKNOWN_ZONE
 * Source      scenes.md A: Asia/Jakarta, May 2026 = [2026-04-30T17:00:00Z, 2026-05-31T17:00:00Z)
 */
export interface Period {
  readonly id: string;
  readonly zone: string;
  readonly start: Instant;
  readonly end: Instant;
}

const ID = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** A month counted from January of year 0, so that the next month is one more. */
type MonthNumber = number;

const monthAt = (zone: string, month: MonthNumber): Period => {
  const startOf = (m: MonthNumber): Instant =>
    startOfLocalDay(zone, dayNumber({ year: Math.floor(m / 12), month: (m % 12) + 1, day: 1 }));
  const id = `${digits(Math.floor(month / 12), 4)}-${digits((month % 12) + 1, 2)}`;
  return { id, zone, start: startOf(month), end: startOf(month + 1) };
};

const monthNumberOf = (id: string): MonthNumber => {
  const match = ID.exec(id);
  if (match === null || Number(match[1]) < 1970) {
    throw new Malformed('INVALID_PERIOD', `${JSON.stringify(id.slice(0, 40))} is no month.`);
  }
  return Number(match[1]) * 12 + Number(match[2]) - 1;
};

/** The month `2026-05` on the calendar of `zone`. */
export const monthPeriod = (zone: string, id: string): Period => {
  requireZone(zone);
  return monthAt(zone, monthNumberOf(id));
};

export const nextPeriod = (p: Period): Period => monthAt(p.zone, monthNumberOf(p.id) + 1);

const holds = (p: Period, instant: Instant): boolean => p.start <= instant && instant < p.end;

/** Local time is within a day of UTC, so the month by UTC is the right one or a neighbour of it. */
const search = (zone: string, instant: Instant): Period => {
  const { year, month } = civilOf(Number(floorTo(instant, MICROS_PER_DAY) / MICROS_PER_DAY));
  const period = monthAt(zone, year * 12 + month - 1);
  if (instant < period.start) return monthAt(zone, year * 12 + month - 2);
  return instant < period.end ? period : monthAt(zone, year * 12 + month);
};

const KEPT_PER_ZONE = 8;

/**
 * Finds periods and keeps the last few of each zone: a batch of usage asks a million times for the
 * same two months. What it returns does not depend on what it was asked before.
 */
const periodFinder = (): ((zone: string, instant: Instant) => Period) => {
  const recent = new Map<string, Period[]>();
  return (zone, instant) => {
    const kept = recent.get(zone);
    if (kept !== undefined) {
      for (const period of kept) if (holds(period, instant)) return period;
    }
    requireZone(zone);
    const found = search(zone, instant);
    recent.set(zone, [found, ...(kept ?? []).slice(0, KEPT_PER_ZONE - 1)]);
    return found;
  };
};

/** The month of `zone` that holds the instant. */
export const periodOf: (zone: string, instant: Instant) => Period = periodFinder();
