/**
 * Usage by the device that a call was made with: a toy, a terminal, a meter.
 *
 * Shape       one row a device and model, page by page; kinds and calls net of corrections, under the
 *             device that the call named. A call without a device is in the row of device null, and
 *             so is, for a buyer, a correction whose call it may not see: one of another contract,
 *             or one that never had a price.
 * Units       audioMs: milliseconds of audio as the rated calls said them when they were sent
 * Invariant   the rows of a contract's month add up to its usage, model by model, kind by kind.
 * Source      requirement M8; N7 (never two models in one sum)
 */
import type { Tx } from '@suanpan/platform-postgres';
import { compareKinds } from '@suanpan/pricing';

export interface DevicesAsked {
  readonly contract: string;
  readonly period: string;
  /** After this device and model; null: from the first. */
  readonly after: readonly [device: string, model: string] | null;
  readonly limit: number;
}

const KINDS = ['input', 'cached_input', 'cache_write', 'output', 'reasoning'] as const;

const signed = KINDS.map((kind) => `sum(p.${kind})::text as ${kind}`).join(', ');

// A call adds itself; an effect adds or takes back a version of it: its quantities have the sign.
// A version may be of another model, contract or month than its call: each stands under its own.
const DEVICES = `
with own as (select id, model_ordered as model from dimension_set where contract = $1),
mine as (
  select coalesce(c.extra->>'device', '') as device, own.model,
    coalesce((c.extra->>'audioMs')::numeric, 0) as audio, 1 as sign, c.${KINDS.join(', c.')},
    c.other_kinds
  from call c join own on own.id = c.dims
  where c.service_period = $2
  union all
  select coalesce(c.extra->>'device', u.event::jsonb->'fields'->>'device', ''), own.model, 0,
    e.sign, e.${KINDS.join(', e.')}, e.other_kinds
  from correction_effect e join own on own.id = e.dims
  left join call c on c.h1 = e.h1 and c.h2 = e.h2
  left join unpriced u on c.h1 is null and u.h1 = e.h1 and u.h2 = e.h2
  where e.service_period = $2),
page as (
  select device, model from mine
  where $3::text is null or (device, model) > ($3, $4)
  group by device, model order by device, model limit $5),
parts as (select * from mine join page using (device, model))
select device, model, sum(p.audio)::text as "audioMs", sum(p.sign)::text as calls, ${signed},
  (select jsonb_object_agg(o.kind, o.quantity::text) from (
    select k.key as kind, sum(k.value::numeric) as quantity
    from parts q cross join jsonb_each_text(q.other_kinds) k
    where q.device = p.device and q.model = p.model group by k.key) o) as other_kinds
from parts p
group by device, model
order by device, model`;

type KindColumns = Readonly<Record<(typeof KINDS)[number], string>>;

interface DeviceRow extends KindColumns {
  readonly device: string;
  readonly model: string;
  readonly audioMs: string;
  readonly calls: string;
  readonly other_kinds: Readonly<Record<string, string>> | null;
}

const kindsOf = (row: DeviceRow): Readonly<Record<string, string>> => {
  const named: readonly (readonly [string, string])[] = KINDS.map((kind) => [kind, row[kind]]);
  const all = [...named, ...Object.entries(row.other_kinds ?? {})];
  return Object.fromEntries(
    all
      .filter(([, quantity]) => BigInt(quantity) !== 0n)
      .sort(([one], [other]) => compareKinds(one, other)),
  );
};

/** The key that a page goes on from. */
export const deviceKey = ({ device, model }: { device: string | null; model: string }) => [
  device ?? '',
  model,
];

/** A page of the devices of a contract's service period. */
export const deviceUsage = async (tx: Tx, asked: DevicesAsked) => {
  const { contract, period, after, limit } = asked;
  const [device = null, model = null] = after ?? [];
  const rows = await tx.query<DeviceRow>(DEVICES, [contract, period, device, model, limit]);
  return rows.map((row) => ({
    device: row.device === '' ? null : row.device,
    model: row.model,
    calls: row.calls,
    audioMs: row.audioMs,
    kinds: kindsOf(row),
  }));
};
