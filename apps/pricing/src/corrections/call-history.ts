/**
 * What is known of one call while a batch is applied: its versions, and corrections that wait for it.
 *
 * Shape       a call becomes known, or a version of it arrives or gets a price; each step gives the
 *             signed effects that lead from what counted to what counts.
 * Invariant   steps are taken in the order of the log, one by one, so that the cut into batches
 *             changes nothing; the effect of the call itself is the call's own row, never an effect here.
 * Source      ruling R3; libs/pricing corrections
 */
import { monthPeriod } from '@suanpan/calendar';
import { Defect } from '@suanpan/event-sourcing';
import type { Catalogue, Rated, VersionState } from '@suanpan/pricing';
import { changeOf, inForce, ORIGINAL, postingPeriodOf } from '@suanpan/pricing';
import type { Owner } from '../rating/places.js';
import type { Counted, Effect } from '../rating/sums.js';

/** A version that counts or counted. */
export interface RatedVersion {
  readonly counted: Counted;
  readonly rated: Rated;
}

export interface Version {
  readonly state: VersionState;
  readonly payloadHash: string;
  /** Whose record it came in. */
  readonly owner: Owner;
  /** Present where the version may be taken back. */
  readonly version: RatedVersion | null;
}

/** What one step did. */
export interface Step {
  readonly effects: readonly (Effect & { readonly revision: bigint })[];
  /** Revisions without a price that need none any more, since a later one counts. */
  readonly overtaken: readonly Overtaken[];
}

export interface Overtaken {
  readonly revision: bigint;
  readonly owner: Owner;
}

const NOTHING: Step = { effects: [], overtaken: [] };

/** A closed period is frozen: what is taken back of it is posted to the first open one. */
const postedNow = ({ counted, rated }: RatedVersion, catalogue: Catalogue): Rated => {
  const { contract } = counted.dims.planIn(catalogue);
  if (contract === undefined) {
    throw new Defect('CONTRACT_GONE', `${counted.dims.event.contract} rated a call and is gone.`);
  }
  const service = monthPeriod(contract.terms.zone, rated.servicePeriod);
  return { ...rated, postingPeriod: postingPeriodOf(service, contract.closed).id };
};

export class CallHistory {
  private readonly versions = new Map<bigint, Version>();
  /** The centre of the call itself; null while it is unknown. */
  centre: string | null = null;

  get isKnown(): boolean {
    return this.versions.has(ORIGINAL);
  }

  payloadHashOf(revision: bigint): string | undefined {
    return this.versions.get(revision)?.payloadHash;
  }

  /** What was stored before; nothing follows from it. */
  remember(revision: bigint, version: Version): void {
    this.versions.set(revision, version);
  }

  /** The call itself is known now, with what its own row says. */
  becomesKnown(version: Version, centre: string): void {
    this.versions.set(ORIGINAL, version);
    this.centre = centre;
  }

  /** A version arrives, or gets the price that it lacked. */
  take(revision: bigint, version: Version, catalogue: Catalogue): Step {
    if (!this.isKnown) return NOTHING;
    const before = this.states();
    this.versions.set(revision, version);
    const now = this.states();
    const change = changeOf(before, now);
    const effects: (Effect & { readonly revision: bigint })[] = [];
    if (change.takeBack !== null) effects.push(this.effect(change.takeBack, -1, catalogue));
    if (change.add !== null) effects.push(this.effect(change.add, 1, catalogue));
    return { effects, overtaken: this.overtake(inForce(now) ?? ORIGINAL) };
  }

  /** True when a later version counts already. */
  isOvertaken(revision: bigint): boolean {
    return (inForce(this.states()) ?? ORIGINAL) > revision;
  }

  private overtake(upTo: bigint): readonly Overtaken[] {
    const overtaken = [...this.versions].filter(
      ([revision, { state }]) => revision < upTo && state === 'unpriced',
    );
    for (const [revision, version] of overtaken) {
      this.versions.set(revision, { ...version, state: 'void' });
    }
    return overtaken.map(([revision, { owner }]) => ({ revision, owner }));
  }

  private effect(
    revision: bigint,
    sign: Effect['sign'],
    catalogue: Catalogue,
  ): Effect & { readonly revision: bigint } {
    const version = this.versions.get(revision)?.version;
    if (version === null || version === undefined) {
      throw new Defect('VERSION_WITHOUT_PRICE', `Revision ${revision} counted without a price.`);
    }
    const { counted, rated } = version;
    const posted = sign === 1 ? rated : postedNow(version, catalogue);
    return { revision, sign, counted, rated: posted };
  }

  private states(): ReadonlyMap<bigint, VersionState> {
    return new Map([...this.versions].map(([revision, { state }]) => [revision, state]));
  }
}
