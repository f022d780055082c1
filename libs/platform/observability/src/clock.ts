/**
 * Time as a port: code that needs the present asks a `Clock`, never the process.
 *
 * Owns        the present. What an instant means in a contract's zone is libs/calendar.
 * Units       microseconds since the epoch, UTC, as a bigint.
 * Invariant   a simulated clock stands still, so that a run can be repeated; production has none.
 * Source      docs/architecture.md 2, design ruling R16
 */
export interface Clock {
  now(): bigint;
}

const MICROS_PER_MILLI = 1_000n;
const SIMULATED_NOW_SHAPE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/;

/** The machine's clock. */
export const systemClock: Clock = { now: () => BigInt(Date.now()) * MICROS_PER_MILLI };

/** A clock that always shows the one RFC 3339 instant it was given. */
export const simulatedClock = (instant: string): Clock => {
  const millis = SIMULATED_NOW_SHAPE.test(instant) ? Date.parse(instant) : Number.NaN;
  if (Number.isNaN(millis)) throw new RangeError(`SIMULATED_NOW is no instant: ${instant}.`);
  const fixed = BigInt(millis) * MICROS_PER_MILLI;
  return { now: () => fixed };
};

/** The clock that the environment asks for; a production process refuses a simulated one. */
export const clockFromEnv = (env: Readonly<Record<string, string | undefined>>): Clock => {
  const simulated = env['SIMULATED_NOW'];
  if (simulated === undefined || simulated === '') return systemClock;
  if (env['NODE_ENV'] === 'production') {
    throw new RangeError('SIMULATED_NOW is refused when NODE_ENV is production.');
  }
  return simulatedClock(simulated);
};
