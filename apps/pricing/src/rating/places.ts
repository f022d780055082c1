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

/** How often something ended in one of I1's places; '' is the tenant of what names none. */
export interface Tally {
  readonly tenant: string;
  readonly place: Place;
  readonly events: bigint;
}
