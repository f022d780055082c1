/**
 * Prices by the clock: windows of a week in the contract's zone, each with a name that a charge cell
 * carries. Outside of all of them the price has no window.
 *
 * Units       minutes of a week since Monday 00:00 on the wall; weekdays 1 (Monday) to 7.
 * Shape       a window whose end is not after its start runs over midnight, and belongs to the weekday on
 *             which it starts. Half-open: the minute `until` is outside.
 * Invariant   no minute of a week is in two windows.
 * Rejections  INVALID_WINDOW, DUPLICATE_WINDOW, WINDOWS_OVERLAP; malformed: UNKNOWN_ZONE
 * Source      design.md 1 (charge cell: time window); docs/price-models/time-window.md
 */
import type { Instant } from '@suanpan/calendar';
import { minuteOfWeek } from '@suanpan/calendar';
import { Rejection } from '@suanpan/event-sourcing';

export interface TimeWindow {
  readonly name: string;
  readonly weekdays: readonly number[];
  /** `22:00`. */
  readonly from: string;
  /** `06:00`; `24:00` is midnight. */
  readonly until: string;
}

interface Stretch {
  readonly name: string;
  readonly from: number;
  readonly until: number;
}

/** The windows of a week, in order, none across its end. */
export type WeekPlan = readonly Stretch[];

export const NO_WINDOW = '';

const MINUTES_PER_HOUR = 60;
const MINUTES_PER_DAY = 1_440;
const MINUTES_PER_WEEK = 10_080;
const TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const NAME = /^[a-z][a-z0-9-]{0,30}$/;

const invalid = (detail: string): Rejection => new Rejection('INVALID_WINDOW', detail);

const minuteOf = (text: string): number => {
  const match = TIME.exec(text);
  if (match === null) throw invalid(`${text.slice(0, 20)} is no time such as 22:00.`);
  const [, hours = '24', minutes = '0'] = match;
  return Number(hours) * MINUTES_PER_HOUR + Number(minutes);
};

const requireWindow = ({ name, weekdays, from }: TimeWindow): void => {
  if (!NAME.test(name)) throw invalid(`${name.slice(0, 40)} is no name of a window.`);
  const days = new Set(weekdays);
  if (days.size === 0 || days.size !== weekdays.length) {
    throw invalid(`${name} names each of its weekdays once, and at least one.`);
  }
  for (const day of days) {
    if (!Number.isInteger(day) || day < 1 || day > 7) throw invalid(`${day} is no weekday 1 to 7.`);
  }
  if (from === '24:00') throw invalid(`${name} starts at 00:00 of the next day, not at 24:00.`);
};

/** One stretch a weekday; two where it runs over the end of the week. */
const stretchesOf = ({ name, weekdays, from, until }: TimeWindow): readonly Stretch[] => {
  const start = minuteOf(from);
  const end = minuteOf(until);
  const length = end > start ? end - start : end + MINUTES_PER_DAY - start;
  return weekdays.flatMap((weekday) => {
    const first = (weekday - 1) * MINUTES_PER_DAY + start;
    const last = first + length;
    if (last <= MINUTES_PER_WEEK) return [{ name, from: first, until: last }];
    return [
      { name, from: first, until: MINUTES_PER_WEEK },
      { name, from: 0, until: last - MINUTES_PER_WEEK },
    ];
  });
};

/** Compiles windows; refuses what is none, and two that share a minute. */
export const weekPlan = (windows: readonly TimeWindow[]): WeekPlan => {
  for (const window of windows) requireWindow(window);
  if (new Set(windows.map(({ name }) => name)).size !== windows.length) {
    throw new Rejection('DUPLICATE_WINDOW', 'Two windows have one name.');
  }
  const plan = windows.flatMap(stretchesOf).sort((one, other) => one.from - other.from);
  for (const [index, { name, from }] of plan.entries()) {
    const before = plan[index - 1];
    if (before !== undefined && before.until > from) {
      throw new Rejection('WINDOWS_OVERLAP', `${before.name} and ${name} share a time.`);
    }
  }
  return plan;
};

/** The name of the window that holds `instant` in `zone`, or none. */
export const windowNameAt = (plan: WeekPlan, zone: string, instant: Instant): string => {
  if (plan.length === 0) return NO_WINDOW;
  const minute = minuteOfWeek(zone, instant);
  return plan.find(({ from, until }) => from <= minute && minute < until)?.name ?? NO_WINDOW;
};
