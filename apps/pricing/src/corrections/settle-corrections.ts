/**
 * Applies the corrections of a batch to the calls that they name, in the order of the log.
 *
 * Shape       gather the calls that are touched → read what is stored of them → step by step → write.
 *             A batch that holds no correction, and no call that one waits for, costs one look.
 * Invariant   a revision is taken once: the same again is a duplicate, another one a conflict; a
 *             correction of an unknown call waits for it; one by another centre is set aside.
 * Rejections  none; Defect PRICED_WITHOUT_CALL; ORIGINAL_UNKNOWN and the codes of rating are states, CENTRE_MISMATCH a quarantine
 * Source      ruling R3; I1
 */
import { Defect } from '@suanpan/event-sourcing';
import type { UsageRecorded } from '@suanpan/messages';
import type { Tx } from '@suanpan/platform-postgres';
import type { Catalogue } from '@suanpan/pricing';
import { ORIGINAL, rate } from '@suanpan/pricing';
import { halvesOf, identityText } from '../rating/candidate.js';
import type { Aftermath, Candidate } from '../rating/candidate.js';
import type { DimensionCache } from '../rating/dimensions.js';
import { dayOf } from '../rating/places.js';
import type { Owner, Place } from '../rating/places.js';
import { ownerOf } from '../rating/slices.js';
import { CallHistory } from './call-history.js';
import type { Step, Version } from './call-history.js';
import type { CorrectionName } from './correction-name.js';
import { Changes } from './correction-rows.js';
import { readHistories } from './history-rows.js';
import type { Halves, StoredCorrection } from './history-rows.js';

export const ORIGINAL_UNKNOWN = 'ORIGINAL_UNKNOWN';
export const CENTRE_MISMATCH = 'CENTRE_MISMATCH';

export interface Settling {
  readonly catalogue: Catalogue;
  readonly dimensions: DimensionCache;
}

const keyOf = ({ h1, h2 }: Halves): string => identityText(h1, h2);

const halvesText = ({ identity }: Candidate): Halves => {
  const [h1, h2] = halvesOf(identity);
  return { h1: h1.toString(), h2: h2.toString() };
};

/** A version as the event itself says it, rated or not. */
export const versionOf = (candidate: Candidate, action: CorrectionName['action']): Version => {
  const { payloadHash, rating } = candidate;
  const said = { payloadHash, owner: ownerOf(candidate) };
  if (action === 'void') return { ...said, state: 'void', version: null };
  if (rating.status === 'unpriced') return { ...said, state: 'unpriced', version: null };
  return { ...said, state: 'rated', version: { counted: candidate, rated: rating } };
};

interface NewVersion {
  readonly version: Version;
  /** What it waits for; null: for nothing. */
  readonly code: string | null;
}

/** How a version that arrives stands: one that was overtaken before it came needs no price. */
const newVersion = (
  history: CallHistory,
  candidate: Candidate,
  { action, revision }: Pick<CorrectionName, 'action' | 'revision'>,
): NewVersion => {
  const version = versionOf(candidate, action);
  if (!history.isKnown) return { version, code: ORIGINAL_UNKNOWN };
  const { rating } = candidate;
  if (version.state !== 'unpriced' || rating.status !== 'unpriced') return { version, code: null };
  if (!history.isOvertaken(revision)) return { version, code: rating.code };
  return { version: { ...version, state: 'void' }, code: null };
};

const aftermathOf = (candidate: Candidate): Aftermath =>
  (candidate.aftermath ??= { effects: [], tallies: [] });

interface Move {
  /** Whose event moves. */
  readonly owner: Owner;
  readonly from: Place;
  readonly to: Place;
}

/** `cause` brought it about that another event's place is another one. */
const move = (cause: Candidate, { owner, from, to }: Move): void => {
  aftermathOf(cause).tallies.push(
    { ...owner, place: from, events: -1n },
    { ...owner, place: to, events: 1n },
  );
};

const ownerOfEvent = ({ tenant, centre, time }: UsageRecorded): Owner => ({
  tenant,
  centre,
  day: dayOf(time),
});

/** The calls of a batch that are touched, and what is known of each. */
export class Histories {
  readonly changes = new Changes();
  private readonly known = new Map<string, CallHistory>();
  private readonly waiting = new Map<string, StoredCorrection[]>();

  constructor(private readonly settling: Settling) {}

  /** Reads the calls. Those whose own event is still to come in this batch are left unknown. */
  async read(tx: Tx, touched: readonly Halves[], toCome: ReadonlySet<string>): Promise<void> {
    const calls = new Map(touched.map((halves) => [keyOf(halves), halves]));
    for (const key of calls.keys()) this.known.set(key, new CallHistory());
    const stored = await readHistories(tx, [...calls.values()], this.settling);
    for (const { revision, version, ...halves } of stored.counted) {
      if (revision === ORIGINAL && toCome.has(keyOf(halves))) continue;
      const { payloadHash, dims, time } = version.counted;
      const { tenant, centre } = dims.event;
      const owner = { tenant, centre, day: dayOf(time) };
      const history = this.of(halves);
      history.remember(revision, { state: 'rated', payloadHash, owner, version });
      if (revision === ORIGINAL) history.centre = dims.event.centre;
    }
    for (const { payloadHash, event, isOvertaken, ...halves } of stored.unpriced) {
      if (toCome.has(keyOf(halves))) continue;
      const history = this.of(halves);
      const owner = ownerOfEvent(event);
      const state = isOvertaken ? 'void' : 'unpriced';
      history.remember(ORIGINAL, { state, payloadHash, owner, version: null });
      history.centre = event.centre;
    }
    for (const correction of stored.corrections) this.rememberCorrection(correction);
  }

  private rememberCorrection(correction: StoredCorrection): void {
    const { revision, action, code, payloadHash, event } = correction;
    // Set aside: it is no version of the call.
    if (code === CENTRE_MISMATCH) return;
    const history = this.of(correction);
    const said = { payloadHash, owner: ownerOfEvent(event), version: null };
    if (code === ORIGINAL_UNKNOWN) {
      const key = keyOf(correction);
      this.waiting.set(key, [...(this.waiting.get(key) ?? []), correction]);
    } else if (code !== null) history.remember(revision, { ...said, state: 'unpriced' });
    else if (action === 'void') history.remember(revision, { ...said, state: 'void' });
    else if (history.payloadHashOf(revision) === undefined) {
      // Overtaken before it ever counted: it has a price, and nothing to take back.
      history.remember(revision, { ...said, state: 'rated' });
    }
  }

  of(halves: Halves): CallHistory {
    const key = keyOf(halves);
    const history = this.known.get(key) ?? new CallHistory();
    this.known.set(key, history);
    return history;
  }

  /** Takes the next event of the log that touches one of the calls. */
  take(candidate: Candidate): void {
    const { correction } = candidate;
    if (correction !== null) this.takeCorrection(candidate, correction);
    else if (candidate.outcome === 'rated' || candidate.outcome === 'unpriced') {
      this.takeCall(candidate);
    }
  }

  private takeCall(candidate: Candidate): void {
    const halves = halvesText(candidate);
    const history = this.of(halves);
    history.becomesKnown(versionOf(candidate, 'correct'), candidate.dims.event.centre);
    for (const waiting of this.waiting.get(keyOf(halves)) ?? []) {
      this.release(candidate, waiting);
    }
    this.waiting.delete(keyOf(halves));
  }

  /** A correction whose call has come. */
  private release(call: Candidate, waiting: StoredCorrection): void {
    const { revision, event } = waiting;
    if (event.centre !== call.dims.event.centre) {
      this.changes.setAside(waiting);
      return move(call, { owner: ownerOfEvent(event), from: 'unpriced', to: 'quarantined' });
    }
    const candidate = candidateOf(waiting, this.settling);
    const history = this.of(waiting);
    const { version, code } = newVersion(history, candidate, waiting);
    this.changes.recode(waiting, revision, code);
    this.follow(call, candidate, history.take(revision, version, this.settling.catalogue));
    if (code === null) {
      move(call, { owner: ownerOfEvent(event), from: 'unpriced', to: 'rated' });
    }
  }

  private takeCorrection(candidate: Candidate, name: CorrectionName): void {
    const halves = halvesText(candidate);
    const history = this.of(halves);
    const before = this.hashOf(halves, name.revision);
    if (before !== undefined) {
      candidate.outcome = before === candidate.payloadHash ? 'duplicate' : 'conflict';
    } else if (history.isKnown && history.centre !== candidate.dims.event.centre) {
      candidate.outcome = 'quarantined';
    } else {
      this.takeNew(candidate, name);
    }
  }

  private takeNew(candidate: Candidate, name: CorrectionName): void {
    const halves = halvesText(candidate);
    const history = this.of(halves);
    const { version, code } = newVersion(history, candidate, name);
    candidate.outcome = code === null ? 'rated' : 'unpriced';
    const stored = this.changes.add(candidate, { halves, name, code });
    if (code === ORIGINAL_UNKNOWN) {
      const others = [...(this.waiting.get(keyOf(halves)) ?? []), stored];
      others.sort((one, other) => (one.revision < other.revision ? -1 : 1));
      this.waiting.set(keyOf(halves), others);
      return;
    }
    this.follow(
      candidate,
      candidate,
      history.take(name.revision, version, this.settling.catalogue),
    );
  }

  /** A correction that lacked a price has one now. Its call is known: else it would wait for it. */
  getPrice(correction: StoredCorrection, candidate: Candidate): void {
    const { revision, action } = correction;
    if (!this.of(correction).isKnown) {
      throw new Defect('PRICED_WITHOUT_CALL', `Revision ${revision} has a price and no call.`);
    }
    this.changes.recode(correction, revision, null);
    const version = versionOf(candidate, action);
    const step = this.of(correction).take(revision, version, this.settling.catalogue);
    this.follow(candidate, candidate, step);
  }

  private hashOf(halves: Halves, revision: bigint): string | undefined {
    const waiting = this.waiting.get(keyOf(halves))?.find((other) => other.revision === revision);
    return waiting?.payloadHash ?? this.of(halves).payloadHashOf(revision);
  }

  /** Keeps the effects of a step, which belong to the record that brought it about. */
  follow(cause: Candidate, correction: Candidate, { effects, overtaken }: Step): void {
    const halves = halvesText(correction);
    for (const effect of effects) {
      aftermathOf(cause).effects.push(effect);
      this.changes.effect(correction, halves, effect);
    }
    for (const { revision, owner } of overtaken) {
      if (revision === ORIGINAL) {
        this.changes.supersede(halves, correction.correction?.revision ?? ORIGINAL);
      } else this.changes.recode(halves, revision, null);
      move(cause, { owner, from: 'unpriced', to: 'rated' });
    }
  }
}

/** A stored correction as it was when it came, rated by what is in force now. */
export const candidateOf = (
  { h1, h2, revision, action, event, payloadHash, partition, offset, since }: StoredCorrection,
  { dimensions, catalogue }: Settling,
): Candidate => {
  const dims = dimensions.of(event);
  const identity = identityText(h1, h2);
  const metered = {
    time: event.time,
    kinds: event.kinds,
    buyer: event.buyer,
    authorization: dims.authorization,
  };
  return {
    ...metered,
    record: { offset, key: null, value: null, headers: {}, timestamp: since },
    partition,
    source: event.source,
    id: event.id,
    identity,
    payloadHash,
    dims,
    extra: null,
    correction: {
      source: event.correctsSource ?? '',
      id: event.correctsId ?? '',
      revision,
      action,
    },
    rating: rate(dims.planIn(catalogue), metered),
    outcome: 'open',
    aftermath: null,
  };
};

const WAITED_FOR = `
select c.h1, c.h2 from correction c
where c.code = '${ORIGINAL_UNKNOWN}' and (exists (
    select from call_staging s where s.h1 = c.h1 and s.h2 = c.h2)
  or (c.h1, c.h2) in (select * from unnest($1::bigint[], $2::bigint[])))`;

const IS_WAITING = `
select exists (select from correction where code = '${ORIGINAL_UNKNOWN}') as waiting`;

/** The calls of this batch that corrections of earlier batches wait for. */
const waitedFor = async (tx: Tx, fresh: readonly Candidate[]): Promise<readonly Halves[]> => {
  const [row] = await tx.query<{ waiting: boolean }>(IS_WAITING);
  if (row?.waiting !== true || fresh.length === 0) return [];
  const unpriced = fresh.filter(({ outcome }) => outcome === 'unpriced').map(halvesText);
  return tx.query<Halves>(WAITED_FOR, [unpriced.map(({ h1 }) => h1), unpriced.map(({ h2 }) => h2)]);
};

/**
 * Settles the corrections of a batch after its calls have claimed their identities. Sets the
 * outcome of each correction, and what it did to others.
 */
export const settleCorrections = async (
  tx: Tx,
  candidates: readonly Candidate[],
  settling: Settling,
): Promise<Changes | null> => {
  const fresh = candidates.filter(
    ({ correction, outcome }) =>
      correction === null && (outcome === 'rated' || outcome === 'unpriced'),
  );
  const corrections = candidates.filter(({ correction }) => correction !== null);
  const waited = await waitedFor(tx, fresh);
  if (corrections.length === 0 && waited.length === 0) return null;
  const touched = new Map<string, Halves>();
  for (const halves of [...waited, ...corrections.map(halvesText)]) {
    touched.set(keyOf(halves), halves);
  }
  const isTouched = ({ identity }: Candidate): boolean => touched.has(identity);
  const toCome = new Set(fresh.filter(isTouched).map(({ identity }) => identity));
  const histories = new Histories(settling);
  await histories.read(tx, [...touched.values()], toCome);
  for (const candidate of candidates) if (isTouched(candidate)) histories.take(candidate);
  await histories.changes.write(tx);
  return histories.changes;
};
