import type { Call } from './events.js';
import { monthClock, shanghaiHour } from './month.js';
import { BUYERS, type Buyer, CENTRES, readShapes } from './parties.js';
import { drawWeighted } from './seeded.js';
import type { TraceRequest } from './traces.js';

/**
 * Which buyer made a request, which centre served it, and when.
 *
 * Invariant   a coding session has one buyer and one centre; the load of a buyer over the day has the
 *             shape of its ServeGen client.
 */
export interface CallOptions {
  readonly traces: readonly TraceRequest[];
  readonly seed: string;
  /** How many real requests to play; fewer than all are taken evenly over the whole month. */
  readonly events: number;
}

/** `count` items at equal distances; all of them where there are not more. */
export const evenly = <T>(items: readonly T[], count: number): readonly T[] =>
  count >= items.length
    ? items
    : items.filter((_, index) => {
        const before = Math.floor((index * count) / items.length);
        return Math.floor(((index + 1) * count) / items.length) > before;
      });

export const byText = (left: string, right: string): number =>
  left < right ? -1 : left > right ? 1 : 0;

export const byInstant = (left: bigint, right: bigint): number =>
  left < right ? -1 : left > right ? 1 : 0;

const chosen = <T>(items: readonly T[], index: number): T => {
  const item = items[index];
  if (item === undefined) throw new Error(`There is no item ${index} of ${items.length}.`);
  return item;
};

/** All calls of the play in the order of their instants. */
export const toCalls = ({ traces, seed, events }: CallOptions): readonly Call[] => {
  const clock = monthClock(traces, seed);
  const shapes = readShapes();
  const weights = CENTRES.map(({ weight }) => weight);
  const buyers = new Map<string, Buyer>();
  const buyerOf = (group: string, instant: bigint): Buyer => {
    const known = buyers.get(group);
    if (known !== undefined) return known;
    const shape = chosen(shapes, shanghaiHour(instant));
    const buyer = chosen(BUYERS, drawWeighted({ seed, purpose: 'buyer', id: group }, shape));
    buyers.set(group, buyer);
    return buyer;
  };
  const placed = traces
    .map((request) => ({ request, instant: clock(request) }))
    .sort((a, b) => byInstant(a.instant, b.instant) || byText(a.request.id, b.request.id))
    .map(({ request, instant }) => {
      const group = request.group;
      const centre = chosen(CENTRES, drawWeighted({ seed, purpose: 'centre', id: group }, weights));
      return { request, instant, buyer: buyerOf(group, instant), centre };
    });
  return evenly(placed, events);
};

export interface TokenTotals {
  readonly requests: number;
  readonly input: bigint;
  readonly cached: bigint;
  readonly output: bigint;
}

/** Sums of the calls of a play, by the model that is sold: tokens of two models are never added. */
export const totalsByModel = (calls: readonly Call[]): ReadonlyMap<string, TokenTotals> => {
  const totals = new Map<string, TokenTotals>();
  for (const { request } of calls) {
    const sum = totals.get(request.model) ?? { requests: 0, input: 0n, cached: 0n, output: 0n };
    totals.set(request.model, {
      requests: sum.requests + 1,
      input: sum.input + request.input,
      cached: sum.cached + request.cached,
      output: sum.output + request.output,
    });
  }
  return totals;
};
