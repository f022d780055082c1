/**
 * Cuts what became of a partition's batch into slices: each is a row of `batch` and a message.
 *
 * Shape       one slice a batch, unless its deltas would make the message too long.
 * Invariant   the slices of a batch cover its offsets without gap; counts add up to the records.
 * Source      rulings R6, R15
 */
import type { LoggedRecord } from '@suanpan/platform-kafka';
import { merkleRoot } from '@suanpan/pricing';
import type { Candidate, PoisonRecord } from './candidate.js';
import type { Dimensions } from './dimensions.js';
import { dayOf, noCounts } from './places.js';
import type { Counts, Owner, Place, Tally } from './places.js';
import { isPoison } from './read-usage.js';
import { Sums } from './sums.js';

export interface Slice {
  readonly sourceTopic: 'usage.recorded' | 'unpriced';
  readonly partition: number;
  readonly firstOffset: bigint;
  lastOffset: bigint;
  readonly counts: Counts;
  readonly sums: Sums;
  /** Payload hashes of the rated calls, in the order of the log. */
  readonly leaves: string[];
  /** By centre and day, each once. */
  readonly owners: Map<string, OwnCounts>;
  /** Of each set its owner of late: most calls of one set are of one day. */
  readonly lately: Map<Dimensions, OwnCounts>;
}

export interface OwnCounts extends Owner {
  readonly counts: Counts;
}

/** One more call adds less than 1 MiB, and a message may have 8. */
const SLICE_BYTES_MAX = 4 * 1_048_576;

export const emptySlice = (
  sourceTopic: Slice['sourceTopic'],
  partition: number,
  firstOffset: bigint,
): Slice => ({
  sourceTopic,
  partition,
  firstOffset,
  lastOffset: firstOffset,
  counts: noCounts(),
  sums: new Sums(),
  leaves: [],
  owners: new Map(),
  lately: new Map(),
});

/** What an event did to the sums and places of others. */
export const addAftermath = (slice: Slice, { aftermath }: Candidate): void => {
  if (aftermath === null) return;
  for (const effect of aftermath.effects) slice.sums.addEffect(effect);
  for (const tally of aftermath.tallies) count(slice, tally);
};

export const addRated = (slice: Slice, candidate: Candidate): void => {
  if (candidate.rating.status !== 'rated') return;
  slice.sums.add(candidate, candidate.rating);
  slice.leaves.push(candidate.payloadHash);
};

const ownOf = ({ owners }: Slice, { tenant, centre, day }: Owner): OwnCounts => {
  const key = `${tenant}\0${centre}\0${day}`;
  let own = owners.get(key);
  if (own === undefined) owners.set(key, (own = { tenant, centre, day, counts: noCounts() }));
  return own;
};

export const count = (slice: Slice, tally: Tally): void => {
  slice.counts[tally.place] += tally.events;
  ownOf(slice, tally).counts[tally.place] += tally.events;
};

/** Whose event a readable record was. */
export const ownerOf = ({ dims, time }: Candidate): Owner => ({
  tenant: dims.event.tenant,
  centre: dims.event.centre,
  day: dayOf(time),
});

/** A readable event, in its own place. */
const countOne = (slice: Slice, candidate: Candidate, place: Place): void => {
  const { dims } = candidate;
  let own = slice.lately.get(dims);
  if (own?.day !== dayOf(candidate.time)) {
    own = ownOf(slice, ownerOf(candidate));
    slice.lately.set(dims, own);
  }
  own.counts[place] += 1n;
  slice.counts[place] += 1n;
};

/** A correction's own sums are its effects; a call's are the call, and what corrections did to it. */
const addCandidate = (slice: Slice, candidate: Candidate): void => {
  const { outcome, correction } = candidate;
  if (outcome === 'open') throw new TypeError('An event of the batch was not decided.');
  countOne(slice, candidate, outcome);
  if (outcome === 'rated' && correction === null) addRated(slice, candidate);
  else if (outcome === 'rated') slice.leaves.push(candidate.payloadHash);
  addAftermath(slice, candidate);
};

export const isFull = ({ sums }: Slice): boolean => sums.bytes >= SLICE_BYTES_MAX;

const offsetOf = ({ record }: { readonly record: LoggedRecord }): bigint => record.offset;

/** The slices of one partition's batch, whose events have their outcomes. */
export const slicesOf = (
  partition: number,
  reads: readonly (Candidate | PoisonRecord)[],
): readonly Slice[] => {
  const slices: Slice[] = [];
  let slice: Slice | undefined;
  for (const read of reads) {
    if (slice === undefined || isFull(slice)) {
      slice = emptySlice('usage.recorded', partition, offsetOf(read));
      slices.push(slice);
    }
    slice.lastOffset = offsetOf(read);
    if (isPoison(read)) {
      const { tenant, party, record } = read;
      // What cannot be read has no time of its own: the day is the broker's.
      const owner = { tenant: tenant ?? '', centre: party ?? '', day: dayOf(record.timestamp) };
      count(slice, { ...owner, place: 'quarantined', events: 1n });
    } else addCandidate(slice, read);
  }
  return slices;
};

export const rootOf = ({ leaves }: Slice): string => merkleRoot(leaves);
