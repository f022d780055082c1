/**
 * Usage by the device that a call was made with: a toy, a terminal, a meter.
 *
 * Shape       one row a device and model, page by page; kinds and calls net of corrections, under the
 *             device that the call named. A call without a device is in the row of device null.
 * Units       audioMs: milliseconds of audio as the calls said them when they were sent
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
const DEVICES = `
with mine as (
  select c.h1, c.h2, coalesce(c.extra->>'device', '') as device, d.model_ordered as model,
    coalesce((c.extra->>'audioMs')::numeric, 0) as audio
  from call c join dimension_set d on d.id = c.dims
  where d.contract = $1 and c.service_period = $2),
page as (
  select device, model, sum(audio)::text as audio from mine
  where $3::text is null or (device, model) > ($3, $4)
  group by device, model order by device, model limit $5),
parts as (
  select m.device, m.model, 1 as sign, c.${KINDS.join(', c.')}, c.other_kinds
  from mine m join page using (device, model) join call c on c.h1 = m.h1 and c.h2 = m.h2
  union all
  select m.device, m.model, e.sign, e.${KINDS.join(', e.')}, e.other_kinds
  from mine m join page using (device, model)
  join correction_effect e on e.h1 = m.h1 and e.h2 = m.h2)
select page.device, page.model, page.audio as "audioMs", sum(p.sign)::text as calls, ${signed},
  (select jsonb_object_agg(o.kind, o.quantity::text) from (
    select k.key as kind, sum(k.value::numeric) as quantity
    from parts q cross join jsonb_each_text(q.other_kinds) k
    where q.device = page.device and q.model = page.model group by k.key) o) as other_kinds
from page join parts p using (device, model)
group by page.device, page.model, page.audio
order by page.device, page.model`;

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
