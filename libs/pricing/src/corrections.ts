/**
 * Which version of a call counts, after the voids and corrections that name it.
 *
 * Owns        the rule that the highest revision wins, and which signed effects a change has. What a
 *             version costs is ./rate; storing is the service's.
 * Shape       revision 0 is the call as it was sent; a version without a price yet does not count,
 *             and the one before it stands until it has one.
 * Invariant   Σ effects = the amount of the version in force, in whatever order versions arrive;
 *             nothing counts before the call itself is known.
 * Source      ruling R3; issue "corrections": the original stays, effects are signed
 */
export type VersionState = 'rated' | 'void' | 'unpriced';

/** Versions of one call by revision; the call itself is revision 0. */
export type Versions = ReadonlyMap<bigint, VersionState>;

export const ORIGINAL = 0n;

/** The revision that counts; null while the call is unknown, or nothing of it has a price. */
export const inForce = (versions: Versions): bigint | null => {
  if (!versions.has(ORIGINAL)) return null;
  let highest: bigint | null = null;
  for (const [revision, state] of versions) {
    if (state !== 'unpriced' && (highest === null || revision > highest)) highest = revision;
  }
  return highest;
};

/** What a change of versions takes back and what it adds, each by revision. */
export interface Change {
  readonly takeBack: bigint | null;
  readonly add: bigint | null;
}

const counted = (versions: Versions): bigint | null => {
  const revision = inForce(versions);
  return revision !== null && versions.get(revision) === 'rated' ? revision : null;
};

/** The effects that lead from what counted before to what counts now. */
export const changeOf = (before: Versions, now: Versions): Change => {
  const [old, fresh] = [counted(before), counted(now)];
  return old === fresh ? { takeBack: null, add: null } : { takeBack: old, add: fresh };
};
