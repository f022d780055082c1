/**
 * Bucket sums of rated calls, gathered in memory before they are added in the database.
 *
 * Units       quantities in tokens; quarterHour: quarter-hours since 1970-01-01T00:00Z.
 * Invariant   integers only, and addition commutes: any order gives the same sums. A call counts in
 *             the bucket of each kind that it used, with its payload hash as a multiset term.
 * Source      design.md 3.2, rulings R14, R15
 */
import type { BillingState, ChargeCell, PriceWindow, Rated } from '@suanpan/pricing';
import { multisetTerm } from '@suanpan/pricing';
import type { Dimensions } from './dimensions.js';

/** What is counted: a call, or a version of one. */
export interface Counted {
  readonly dims: Dimensions;
  readonly time: bigint;
  readonly kinds: Readonly<Record<string, bigint>>;
  /** 64 hex digits. */
  readonly payloadHash: string;
}

/** A signed effect of a void or a correction. */
export interface Effect {
  readonly sign: 1 | -1;
  readonly counted: Counted;
  readonly rated: Rated;
}

export interface CellSum {
  readonly cell: ChargeCell;
  /** The price as an integer at the group's scale. */
  readonly factor: bigint;
  quantity: bigint;
  calls: bigint;
  multiset: bigint;
}

/** The sums of one dimension set, price version, quarter-hour and billing state, by kind. */
export interface SumGroup {
  readonly dims: Dimensions;
  readonly window: PriceWindow;
  readonly quarterHour: number;
  readonly billingState: BillingState;
  readonly servicePeriod: string;
  readonly postingPeriod: string;
  readonly scale: number;
  /** One a kind: a handful. */
  readonly cells: CellSum[];
}

/** A delta without the texts of its dimension set: numbers, price, names of table, version, kind. */
const CELL_BYTES = 400;
/** Bytes of a UTF-16 unit in UTF-8. */
const UTF8_MAX = 3;
const MICROS_PER_QUARTER = 900_000_000;
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

const quarterOf = (time: bigint): number =>
  time <= SAFE
    ? Math.floor(Number(time) / MICROS_PER_QUARTER)
    : Number(time / BigInt(MICROS_PER_QUARTER));

export const quarterInstant = (quarterHour: number): bigint =>
  BigInt(quarterHour) * BigInt(MICROS_PER_QUARTER);

const groupOf = (dims: Dimensions, rated: Rated, quarterHour: number): SumGroup => ({
  dims,
  window: rated.window,
  quarterHour,
  billingState: rated.billingState,
  servicePeriod: rated.servicePeriod,
  postingPeriod: rated.postingPeriod,
  scale: rated.scale,
  cells: [],
});

/** A quarter-hour and a billing state. Under one catalogue they have one service and one posting period. */
type Moment = number;

const momentOf = (quarterHour: number, billingState: BillingState): Moment =>
  2 * quarterHour + billingState;

/** So few are found faster by looking at each. */
const LOOKED_AT_MAX = 8;

/** The groups of one dimension set: mostly one or two. */
class Groups {
  readonly all: SumGroup[] = [];
  private index: Map<PriceWindow, Map<Moment, SumGroup>> | undefined;

  find(window: PriceWindow, moment: Moment): SumGroup | undefined {
    if (this.index !== undefined) return this.index.get(window)?.get(moment);
    for (const group of this.all) {
      const { quarterHour, billingState } = group;
      if (group.window === window && momentOf(quarterHour, billingState) === moment) return group;
    }
    return undefined;
  }

  add(group: SumGroup): void {
    this.all.push(group);
    if (this.index !== undefined) this.note(this.index, group);
    else if (this.all.length > LOOKED_AT_MAX) {
      this.index = new Map();
      for (const one of this.all) this.note(this.index, one);
    }
  }

  private note(index: Map<PriceWindow, Map<Moment, SumGroup>>, group: SumGroup): void {
    const byMoment = index.get(group.window) ?? new Map<Moment, SumGroup>();
    index.set(group.window, byMoment.set(momentOf(group.quarterHour, group.billingState), group));
  }
}

const cellOf = ({ cells }: SumGroup, kind: string): CellSum | undefined => {
  for (const sum of cells) if (sum.cell.kind === kind) return sum;
  return undefined;
};

export class Sums {
  private readonly byDims = new Map<Dimensions, Groups>();
  /** What a message that carries the sums weighs at most, in bytes. */
  bytes = 0;

  add(counted: Counted, rated: Rated): void {
    const { kinds, time } = counted;
    const group = this.group(counted.dims, rated, quarterOf(time));
    const term = multisetTerm(counted.payloadHash);
    for (const kind in kinds) {
      const quantity = kinds[kind] as bigint;
      if (quantity === 0n) continue;
      const sum = cellOf(group, kind) ?? this.cell(group, kind, rated);
      sum.quantity += quantity;
      sum.calls += 1n;
      sum.multiset += term;
    }
  }

  /** Adds a version, or takes one back: the same integers with the other sign. */
  addEffect({ sign, counted, rated }: Effect): void {
    if (sign === 1) return this.add(counted, rated);
    const group = this.group(counted.dims, rated, quarterOf(counted.time));
    const term = multisetTerm(counted.payloadHash);
    for (const [kind, quantity] of Object.entries(counted.kinds)) {
      if (quantity === 0n) continue;
      const sum = cellOf(group, kind) ?? this.cell(group, kind, rated);
      sum.quantity -= quantity;
      sum.calls -= 1n;
      sum.multiset -= term;
    }
  }

  *groups(): Generator<SumGroup> {
    for (const { all } of this.byDims.values()) yield* all;
  }

  private group(dims: Dimensions, rated: Rated, quarterHour: number): SumGroup {
    let groups = this.byDims.get(dims);
    if (groups === undefined) this.byDims.set(dims, (groups = new Groups()));
    const known = groups.find(rated.window, momentOf(quarterHour, rated.billingState));
    if (known !== undefined) return known;
    const group = groupOf(dims, rated, quarterHour);
    groups.add(group);
    return group;
  }

  private cell(group: SumGroup, kind: string, rated: Rated): CellSum {
    const price = rated.prices.kinds.get(kind);
    if (price === undefined) throw new TypeError(`${kind} was rated without a price.`);
    const { cell, factor } = price;
    const sum: CellSum = { cell, factor, quantity: 0n, calls: 0n, multiset: 0n };
    group.cells.push(sum);
    this.bytes += CELL_BYTES + UTF8_MAX * group.dims.length;
    return sum;
  }
}
