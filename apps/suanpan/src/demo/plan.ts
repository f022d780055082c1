import { byInstant, byText, type CallOptions, evenly, toCalls, type TokenTotals } from './calls.js';
import {
  type Call,
  FAULTS,
  toAlteredEvent,
  toRefusedEvent,
  toUnpricedEvent,
  toWireEvent,
  type WireEvent,
} from './events.js';
import { changesByModel, correctionsOf } from './corrections.js';
import { CENTRES, type Centre } from './parties.js';
import { draw } from './seeded.js';

/**
 * What is sent, in which order: the whole play as a pure function of the traces, a number and a seed.
 *
 * Shape       originals in the order of their instants, 2% of them days late; 3% of them once more, exactly;
 *             0.5% once more with another payload, far enough behind; some that must be refused and some
 *             that nobody has priced; a few calls that are corrected or void.
 * Invariant   an altered copy is never in flight together with its original: the first payload wins,
 *             so the token totals of the rated calls are those of the input files and of ./corrections.
 */
export type Role =
  'original' | 'late' | 'duplicate' | 'altered' | 'refused' | 'unpriced' | 'correct' | 'void';

export interface PlannedEvent {
  readonly role: Role;
  readonly wire: () => WireEvent;
}

export interface PlannedBatch {
  readonly centre: Centre;
  /** True for the first batch of the tail: everything before it must be answered first. */
  readonly barrier: boolean;
  readonly events: readonly PlannedEvent[];
}

export interface Plan {
  readonly batches: readonly PlannedBatch[];
  readonly calls: readonly Call[];
  /** What its corrections change in the sums over the calls. */
  readonly changes: ReadonlyMap<string, TokenTotals>;
  readonly roles: Readonly<Record<Role, number>>;
}

export const BATCH_MAX = 1_000;
/** Batches in flight at a time; ./player keeps to it. */
export const IN_FLIGHT_MAX = 4;

const PER_MILLION = 1_000_000;
const LATE_PER_MILLION = 20_000;
const DUPLICATE_PER_MILLION = 30_000;
const ALTERED_PER_MILLION = 5_000;
const DUPLICATE_BEHIND_MAX = 3_000;
// Each of the three centres may hold back a batch that still fills, and four more may be in flight.
const ALTERED_BEHIND_MIN = BATCH_MAX * (CENTRES.length + IN_FLIGHT_MAX + 2);
const ALTERED_BEHIND_SPREAD = 3_000;
const LATE_DAYS_MIN = 2;
const LATE_DAYS_SPREAD = 5;
const DAY_MICROS = 86_400_000_000n;
const EXTRAS_OF_A_KIND = 24;

interface Placed {
  readonly position: number;
  readonly role: Role;
  readonly call: Call;
  readonly wire: () => WireEvent;
}

const chance = (seed: string, purpose: string, id: string): number =>
  draw({ seed, purpose, id }, PER_MILLION);

const originalsOf = (calls: readonly Call[], seed: string): readonly Placed[] =>
  calls
    .map((call) => {
      const { id } = call.request;
      const late = chance(seed, 'late', id) < LATE_PER_MILLION;
      const days = LATE_DAYS_MIN + draw({ seed, purpose: 'late-days', id }, LATE_DAYS_SPREAD);
      const sentAt = late ? call.instant + BigInt(days) * DAY_MICROS : call.instant;
      return { call, late, sentAt };
    })
    .sort((a, b) => byInstant(a.sentAt, b.sentAt) || byText(a.call.request.id, b.call.request.id))
    .map(({ call, late }, position) => ({
      position,
      role: late ? 'late' : 'original',
      call,
      wire: () => toWireEvent(call),
    }));

/** Exact and altered copies of one placed original, some positions behind it. */
const copiesOf = ({ call, position }: Placed, seed: string): readonly Placed[] => {
  const { id } = call.request;
  const copies: Placed[] = [];
  if (chance(seed, 'duplicate', id) < DUPLICATE_PER_MILLION) {
    const behind = 1 + draw({ seed, purpose: 'duplicate-behind', id }, DUPLICATE_BEHIND_MAX);
    const wire = () => toWireEvent(call);
    copies.push({ position: position + behind, role: 'duplicate', call, wire });
  }
  if (chance(seed, 'altered', id) < ALTERED_PER_MILLION) {
    const spread = draw({ seed, purpose: 'altered-behind', id }, ALTERED_BEHIND_SPREAD);
    const behind = ALTERED_BEHIND_MIN + spread;
    const wire = () => toAlteredEvent(call);
    copies.push({ position: position + behind, role: 'altered', call, wire });
  }
  return copies;
};

/** Events of our own making, spread over the play: some to refuse, some without a price. */
const extrasOf = (calls: readonly Call[]): readonly Placed[] =>
  evenly(calls, EXTRAS_OF_A_KIND).flatMap((call, index): readonly Placed[] => {
    const number = String(index + 1).padStart(3, '0');
    const position = Math.floor(((index + 0.5) * calls.length) / EXTRAS_OF_A_KIND);
    const fault = FAULTS[index % FAULTS.length];
    if (fault === undefined) throw new Error('There is no fault to plant.');
    const refused = () => toRefusedEvent(call, `refused-${number}`, fault);
    const unpriced = () => toUnpricedEvent(call, `unpriced-${number}`);
    return [
      { position, role: 'refused', call, wire: refused },
      { position, role: 'unpriced', call, wire: unpriced },
    ];
  });

/** What is said later of some calls, or before all else. */
const placedCorrections = (originals: readonly Placed[]): readonly Placed[] => {
  const placeOf = new Map(originals.map(({ call, position }) => [call, position]));
  return correctionsOf(originals.map(({ call }) => call)).map(({ role, call, behind, wire }) => ({
    position: behind < 0 ? behind : (placeOf.get(call) ?? 0) + behind,
    ...{ role, call, wire },
  }));
};

/** Cuts the play into batches of one centre each, in order; what lies behind the end is the tail. */
const toBatches = (placed: readonly Placed[], tailFrom: number): readonly PlannedBatch[] => {
  const batches: PlannedBatch[] = [];
  const open = new Map<Centre, PlannedEvent[]>(CENTRES.map((centre) => [centre, []]));
  let barrier = false;
  const flush = (centre: Centre): void => {
    const events = open.get(centre) ?? [];
    open.set(centre, []);
    if (events.length === 0) return;
    batches.push({ centre, barrier, events });
    barrier = false;
  };
  let inTail = false;
  for (const { position, call, role, wire } of placed) {
    if (!inTail && position >= tailFrom) {
      CENTRES.forEach(flush);
      inTail = true;
      barrier = true;
    }
    const events = open.get(call.centre) ?? [];
    events.push({ role, wire });
    if (events.length === BATCH_MAX) flush(call.centre);
  }
  CENTRES.forEach(flush);
  return batches;
};

/** Makes the play. The same options give the same batches, byte for byte. */
export const planPlay = (options: CallOptions): Plan => {
  const { seed } = options;
  const calls = toCalls(options);
  const originals = originalsOf(calls, seed);
  const copies = originals.flatMap((original) => copiesOf(original, seed));
  const corrections = placedCorrections(originals);
  const placed = [...originals, ...copies, ...extrasOf(calls), ...corrections].sort(
    (a, b) => a.position - b.position,
  );
  const roles = {
    ...{ original: 0, late: 0, duplicate: 0, altered: 0, refused: 0, unpriced: 0 },
    ...{ correct: 0, void: 0 },
  };
  for (const { role } of placed) roles[role] += 1;
  const changes = changesByModel(originals.map(({ call }) => call));
  return { batches: toBatches(placed, originals.length), calls, changes, roles };
};
