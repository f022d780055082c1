import { draw } from './seeded.js';
import type { TraceRequest } from './traces.js';

/**
 * Where a request of a trace stands in May 2026, Asia/Shanghai (R16).
 *
 * Shape       The Azure hour is stretched evenly over the month. Each coding session starts at a seeded
 *             place in the month and keeps its real gaps.
 * Units       microseconds since the epoch, UTC.
 * Invariant   every instant lies in May in the zone of every buyer (Asia/Dubai to Asia/Seoul), so that
 *             one close of May bills all of it.
 * Source      docs/adr and ruling R16 of the design.
 */
const DAY_MS = 86_400_000;
/** 1 May 08:00 in Shanghai: May has begun from UTC+0 eastwards. */
export const MONTH_START_MS = Date.UTC(2026, 4, 1);
/** 31 May 23:00 in Shanghai: midnight in Seoul, where May ends first. */
export const MONTH_END_MS = Date.UTC(2026, 4, 31, 15);

/** The longest coding session lasts 41.4 hours; a session starts early enough to end in May. */
const LONGEST_SESSION_MS = 2 * DAY_MS;

const spanOf = (requests: readonly TraceRequest[]): number =>
  requests.reduce((longest, { offsetMs }) => Math.max(longest, offsetMs), 1);

/** Gives each request its instant of the month; pure, and the same for the same seed. */
export const monthClock = (
  requests: readonly TraceRequest[],
  seed: string,
): ((request: TraceRequest) => bigint) => {
  const azureSpan = spanOf(requests.filter(({ trace }) => trace === 'azure'));
  // One second is kept free, so that the last request stays inside the half-open month.
  const month = MONTH_END_MS - MONTH_START_MS - 1_000;
  const sessionStart = (group: string): number =>
    MONTH_START_MS +
    draw({ seed, purpose: 'session-start', id: group }, month - LONGEST_SESSION_MS);
  return ({ trace, offsetMs, group }) => {
    const millis =
      trace === 'azure'
        ? MONTH_START_MS + Math.floor((offsetMs * month) / azureSpan)
        : sessionStart(group) + offsetMs;
    return BigInt(millis) * 1_000n;
  };
};

/** '2026-05-01T00:00:00.123Z' of an instant that is whole in milliseconds. */
export const toWireTime = (instant: bigint): string =>
  new Date(Number(instant / 1_000n)).toISOString();

/** The hour of the day in Shanghai (UTC+8 all year), 0 to 23. */
export const shanghaiHour = (instant: bigint): number =>
  Number((instant / 3_600_000_000n + 8n) % 24n);
