import type { UsageRecorded } from '@suanpan/messages';

import { keyOf, type Knowledge, type Trial } from './catalogue.js';
import { type ExpectedRating, postingOf, rateAgain } from './rating.js';

/**
 * One call and what was said of it later, told again from the raw log: who arrives, waits, gets a price and counts.
 *
 * Shape       revision 0 is the call. Records come in the order of their offsets, trials between them. What waited
 *             for its call is taken in the order of revisions, as if it came just after the call.
 * Invariant   counted is the highest version of a known call that is void or has a price; each change of it takes
 *             the old one back and adds the new one.
 * Source      R3, docs/adr/0011; I1
 */
export type Ending = 'rated' | 'duplicate' | 'conflict' | 'unpriced' | 'quarantined';
export type Action = 'call' | 'correct' | 'void';

export interface Move {
  readonly from: Ending;
  readonly to: Ending;
}

/** How a record stands; a later record or trial may still move it. */
export interface Standing {
  /** How it ended when it was read; batches prove this. */
  first: Ending;
  now: Ending;
  /** Why it was set aside, in the words of the quarantine; null when it was not, or for its bytes. */
  setAside: string | null;
  /** What the batch of this record counts besides it: waiting ones whose end it was. */
  readonly moves: Move[];
}

/** A record before anything is known of it. */
export const newStanding = (): Standing => ({
  ...{ first: 'quarantined', now: 'quarantined', setAside: null, moves: [] },
});

/** What a record says, and of which revision. */
export interface Said {
  readonly revision: bigint;
  readonly action: Action;
  readonly offset: bigint;
  readonly event: UsageRecorded;
  readonly payloadHash: Buffer;
}

/** One version of a call; what is a duplicate, a conflict or set aside at once is none. */
export interface Version extends Said {
  readonly standing: Standing;
  /** Why it has no price; null when it has one, is void, or is a correction that needs none. */
  code: string | null;
  /** The last reason why it had no price, also when it has one now; null when it never waited for one. */
  waitedFor: string | null;
  rating: ExpectedRating | null;
  /** The trial that found its price. */
  resolvedBy: bigint | null;
  /** Of a call without a price: the first version that made one needless. */
  supersededBy: bigint | null;
  /** It was set aside, and its revision went to a version of the call's own centre. */
  isReplaced: boolean;
}

/** What a version adds (1) or what is taken back of it (−1), posted where it was open then. */
export interface Effect {
  readonly version: Version;
  readonly sign: 1n | -1n;
  readonly rating: ExpectedRating;
  /** The version that came to count by it. */
  readonly by: Version;
}

export const ORIGINAL_UNKNOWN = 'ORIGINAL_UNKNOWN';
export const CENTRE_MISMATCH = 'CENTRE_MISMATCH';

const isPriceless = (code: string | null): boolean =>
  code !== null && code !== ORIGINAL_UNKNOWN && code !== CENTRE_MISMATCH;

/** Whether a trial may still give it a price. */
export const wantsPrice = ({ code, supersededBy }: Version): boolean =>
  isPriceless(code) && supersededBy === null;

const canCount = ({ action, code, rating }: Version): boolean =>
  action === 'void' ? code === null : rating !== null;

export class History {
  readonly effects: Effect[] = [];
  /** In the order of revisions; most calls have no other than their own. */
  readonly versions: Version[] = [];
  private counted: Version | null = null;

  private get call(): Version | undefined {
    const [first] = this.versions;
    return first?.revision === 0n ? first : undefined;
  }

  /** A record arrives; gives the version that it became, or null. */
  arrive(said: Said, standing: Standing, known: Knowledge): Version | null {
    const own = this.versions.find(({ revision }) => revision === said.revision);
    // What was set aside as another centre's holds no revision any more.
    if (own !== undefined && own.code !== CENTRE_MISMATCH) {
      const isSame = own.payloadHash.equals(said.payloadHash);
      Object.assign(standing, isSame ? DUPLICATE : CONFLICT);
      return null;
    }
    if (said.action !== 'call' && this.isStrange(said)) {
      Object.assign(standing, STRANGE);
      return null;
    }
    if (own !== undefined) this.replace(own);
    const version = this.keep(said, standing);
    if (this.call === undefined) version.code = ORIGINAL_UNKNOWN;
    else this.settle(version, known, version);
    standing.first = version.code === null ? 'rated' : 'unpriced';
    standing.now = standing.first;
    if (version === this.call) this.release(known);
    return version;
  }

  /** Tries one version again under what is known later. */
  tryAgain(version: Version, { known, ordinal }: Trial): void {
    this.settle(version, known, null);
    if (version.code !== null) return;
    version.resolvedBy = ordinal;
    version.standing.now = 'rated';
  }

  private isStrange({ event }: Said): boolean {
    return this.call !== undefined && this.call.event.centre !== event.centre;
  }

  private replace(own: Version): void {
    own.isReplaced = true;
    this.versions.splice(this.versions.indexOf(own), 1);
  }

  private keep(said: Said, standing: Standing): Version {
    const version: Version = {
      ...said,
      ...{ standing, code: null, waitedFor: null, rating: null },
      ...{ resolvedBy: null, supersededBy: null, isReplaced: false },
    };
    this.versions.push(version);
    this.versions.sort((a, b) => (a.revision < b.revision ? -1 : 1));
    return version;
  }

  /**
   * Gives a version of a known call its price, or the reason why it has none, and counts it.
   * `by` is the version whose record was read; a trial has none.
   */
  private settle(version: Version, known: Knowledge, by: Version | null): void {
    version.code = null;
    if (version.action !== 'void') {
      const rated = rateAgain(known, version.event);
      if (rated.status === 'rated') version.rating = rated;
      else version.code = rated.code;
    }
    version.waitedFor = version.code ?? version.waitedFor;
    if (canCount(version)) this.count(version, known, by);
    else if (this.counted !== null && version.revision < this.counted.revision) version.code = null;
  }

  private count(version: Version, known: Knowledge, by: Version | null): void {
    const { counted } = this;
    if (counted !== null && counted.revision > version.revision) return;
    this.counted = version;
    // The call's own row is no effect: it stands for itself.
    if (counted !== null) this.effect({ version: counted, sign: -1n, by: version }, known);
    if (version.revision > 0n) this.effect({ version, sign: 1n, by: version }, known);
    this.overtake(version, by);
  }

  private effect({ version, sign, by }: Omit<Effect, 'rating'>, known: Knowledge): void {
    const { event, rating } = version;
    if (rating === null) return;
    const contract = keyOf(event.tenant, event.contract);
    const postingPeriod = postingOf(known, contract, rating.servicePeriod);
    this.effects.push({ version, sign, by, rating: { ...rating, postingPeriod } });
  }

  /** What waits for a price below the counted version needs none any more. */
  private overtake({ revision }: Version, by: Version | null): void {
    for (const version of this.versions) {
      if (version.revision >= revision) break;
      if (!wantsPrice(version)) continue;
      if (version.revision === 0n) version.supersededBy = revision;
      else version.code = null;
      this.move(version, 'rated', by);
    }
  }

  /** The call is here: what waited for it gets its end, or waits for a price. */
  private release(known: Knowledge): void {
    const { call } = this;
    if (call === undefined) return;
    for (const version of this.versions) {
      if (version.code !== ORIGINAL_UNKNOWN) continue;
      if (this.isStrange(version)) {
        version.code = CENTRE_MISMATCH;
        version.standing.setAside = CENTRE_MISMATCH;
        this.move(version, 'quarantined', call);
        continue;
      }
      this.settle(version, known, call);
      if (version.code === null) this.move(version, 'rated', call);
    }
  }

  private move({ standing }: Version, to: Ending, by: Version | null): void {
    by?.standing.moves.push({ from: standing.now, to });
    standing.now = to;
  }
}

const DUPLICATE = { first: 'duplicate', now: 'duplicate' } as const;
const CONFLICT = { first: 'conflict', now: 'conflict', setAside: 'CONFLICT' } as const;
const STRANGE = { setAside: CENTRE_MISMATCH } as const;
