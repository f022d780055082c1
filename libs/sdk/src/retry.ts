/**
 * When to try again: exponential backoff with jitter, and never before the service asked for it.
 *
 * Units       milliseconds
 * Source      RFC 9110 10.2.3 (Retry-After: seconds, or a date)
 */
export interface RetryTimes {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** The longest that a Retry-After is believed. */
export const RETRY_AFTER_MAX_MS = 3_600_000;

/** How long the service asked to wait; 0 where it did not say. */
export const readRetryAfter = (header: string | null, nowMs: number): number => {
  if (header === null) return 0;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  if (Number.isNaN(ms)) return 0;
  return Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS);
};

/**
 * The wait before the next try. `failures` counts from 1; `random` is in [0, 1). Half of the wait is
 * fixed, half is chance, so that senders that failed together do not come back together.
 */
export const waitMs = (
  { baseMs, maxMs }: RetryTimes,
  tried: { readonly failures: number; readonly askedMs: number; readonly random: number },
): number => {
  const ceiling = Math.min(baseMs * 2 ** Math.min(tried.failures - 1, 30), maxMs);
  const own = ceiling / 2 + (ceiling / 2) * tried.random;
  return tried.askedMs > 0 ? tried.askedMs + own / 2 : own;
};
