/**
 * The places of I1: how an accepted event ends, and how often that was.
 *
 * Source      design.md 4 (I1); ruling R1
 */
export interface Counts {
  rated: bigint;
  duplicate: bigint;
  conflict: bigint;
  unpriced: bigint;
  quarantined: bigint;
}

export type Place = keyof Counts;

/** In the order of the columns. */
export const PLACES = ['rated', 'duplicate', 'conflict', 'unpriced', 'quarantined'] as const;

export const noCounts = (): Counts => ({
  rated: 0n,
  duplicate: 0n,
  conflict: 0n,
  unpriced: 0n,
  quarantined: 0n,
});

/** Whose event it was, and of which day of its own time; '' is the name of what names none. */
export interface Owner {
  readonly tenant: string;
  readonly centre: string;
  /** Days since 1970-01-01, UTC. */
  readonly day: number;
}

/** How often something ended in one of I1's places. */
export interface Tally extends Owner {
  readonly place: Place;
  readonly events: bigint;
}

const MICROS_PER_DAY = 86_400_000_000;
const BIG_DAY = BigInt(MICROS_PER_DAY);
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** The UTC day of an instant from 1970 on. */
export const dayOf = (time: bigint): number =>
  time <= SAFE ? Math.floor(Number(time) / MICROS_PER_DAY) : Number(time / BIG_DAY);
