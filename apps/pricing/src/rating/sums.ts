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
  readonly quarterHour: number;
  readonly billingState: BillingState;
  readonly servicePeriod: string;
  readonly postingPeriod: string;
  readonly scale: number;
  readonly byKind: Map<string, CellSum>;
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
  quarterHour,
  billingState: rated.billingState,
  servicePeriod: rated.servicePeriod,
  postingPeriod: rated.postingPeriod,
  scale: rated.scale,
  byKind: new Map(),
});

/** Under one catalogue a time and a contract have one service and one posting period. */
type ByMoment = Map<number, SumGroup>;

export class Sums {
  private readonly byDims = new Map<Dimensions, Map<PriceWindow, ByMoment>>();
  /** What a message that carries the sums weighs at most, in bytes. */
  bytes = 0;

  add(counted: Counted, rated: Rated): void {
    const { kinds, time } = counted;
    const group = this.group(counted.dims, rated, quarterOf(time));
    const term = multisetTerm(counted.payloadHash);
    for (const kind in kinds) {
      const quantity = kinds[kind] as bigint;
      if (quantity === 0n) continue;
      const sum = group.byKind.get(kind) ?? this.cell(group, kind, rated);
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
      const sum = group.byKind.get(kind) ?? this.cell(group, kind, rated);
      sum.quantity -= quantity;
      sum.calls -= 1n;
      sum.multiset -= term;
    }
  }

  *groups(): Generator<SumGroup> {
    for (const byWindow of this.byDims.values()) {
      for (const byMoment of byWindow.values()) yield* byMoment.values();
    }
  }

  private group(dims: Dimensions, rated: Rated, quarterHour: number): SumGroup {
    let byWindow = this.byDims.get(dims);
    if (byWindow === undefined) this.byDims.set(dims, (byWindow = new Map()));
    let byMoment = byWindow.get(rated.window);
    if (byMoment === undefined) byWindow.set(rated.window, (byMoment = new Map()));
    const moment = quarterHour * 2 + rated.billingState;
    let group = byMoment.get(moment);
    if (group === undefined) byMoment.set(moment, (group = groupOf(dims, rated, quarterHour)));
    return group;
  }

  private cell(group: SumGroup, kind: string, rated: Rated): CellSum {
    const price = rated.prices.kinds.get(kind);
    if (price === undefined) throw new TypeError(`${kind} was rated without a price.`);
    const sum = { ...price, quantity: 0n, calls: 0n, multiset: 0n };
    group.byKind.set(kind, sum);
    this.bytes += CELL_BYTES + UTF8_MAX * group.dims.length;
    return sum;
  }
}
