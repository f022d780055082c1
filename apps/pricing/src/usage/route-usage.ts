/**
 * Usage by the way it went: route type, the region that controlled the call and the one that served
 * it.
 *
 * Shape       one row a way, model and kind: tokens of two models are never added (N7). `of` is the
 *             model's whole of that kind, so that the rows of a model and kind add to all of it.
 * Invariant   every bucket is in exactly one row; what says nothing of its way has a row of its own.
 * Source      requirements M4, M5, M6, N7
 */
import type { Tx } from '@suanpan/platform-postgres';
import { compareKinds } from '@suanpan/pricing';

export interface RoutesAsked {
  readonly contract: string | null;
  /** The service period. */
  readonly period: string;
}

const ROUTES = `
select d.route_type as "routeType", d.control_region as "controlRegion",
  d.inference_region as "inferenceRegion", c.model, c.kind,
  sum(b.quantity)::text as quantity, sum(b.calls)::text as calls
from bucket b
join dimension_set d on d.id = b.dims
join charge_cell c on c.id = b.cell
where b.service_period = $1 and ($2::text is null or d.contract = $2)
group by 1, 2, 3, 4, 5
having sum(b.quantity) <> 0 or sum(b.calls) <> 0
order by 1 nulls last, 2 nulls last, 3 nulls last, 4`;

interface RouteRow {
  readonly routeType: string | null;
  readonly controlRegion: string | null;
  readonly inferenceRegion: string | null;
  readonly model: string;
  readonly kind: string;
  readonly quantity: string;
  readonly calls: string;
}

export interface RouteUsage extends RouteRow {
  /** Controlled here, served there; null: one of the two is not said. */
  readonly regionsDiffer: boolean | null;
  /** What the model had of this kind over all ways. */
  readonly of: string;
}

const wholeKey = ({ model, kind }: RouteRow): string => JSON.stringify([model, kind]);

const differ = ({ controlRegion, inferenceRegion }: RouteRow): boolean | null =>
  controlRegion === null || inferenceRegion === null ? null : controlRegion !== inferenceRegion;

const wayOf = ({ routeType, controlRegion, inferenceRegion, model }: RouteRow): string =>
  JSON.stringify([routeType, controlRegion, inferenceRegion, model]);

/** The rows of a service period; kinds in their usual order inside a way and model. */
export const routeUsage = async (tx: Tx, asked: RoutesAsked): Promise<readonly RouteUsage[]> => {
  const rows = await tx.query<RouteRow>(ROUTES, [asked.period, asked.contract]);
  const wholes = new Map<string, bigint>();
  for (const row of rows) {
    wholes.set(wholeKey(row), (wholes.get(wholeKey(row)) ?? 0n) + BigInt(row.quantity));
  }
  const groups = new Map<string, RouteRow[]>();
  for (const row of rows) groups.set(wayOf(row), [...(groups.get(wayOf(row)) ?? []), row]);
  return [...groups.values()].flatMap((group) =>
    group
      .sort((one, other) => compareKinds(one.kind, other.kind))
      .map((row) => ({
        ...row,
        regionsDiffer: differ(row),
        of: String(wholes.get(wholeKey(row)) ?? 0n),
      })),
  );
};
