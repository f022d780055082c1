/**
 * The calls that are held of a centre in a stretch of time, as it sent them: rated or without a price.
 *
 * Invariant   one row a name; a correction changes nothing here, since the call stays as it was sent.
 * Source      R3; requirements E9
 */
import { createHash } from 'node:crypto';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import type { Window } from './manifest-body.js';

export interface Asked extends Window {
  readonly tenant: string;
  readonly centre: string;
  /** Only this source; null: all. */
  readonly source: string | null;
}

/** Tokens of a call as one JSON object, rated or not. */
const KINDS = `jsonb_strip_nulls(jsonb_build_object('input', nullif(c.input, 0),
    'cached_input', nullif(c.cached_input, 0), 'cache_write', nullif(c.cache_write, 0),
    'output', nullif(c.output, 0), 'reasoning', nullif(c.reasoning, 0)))
  || coalesce(c.other_kinds, '{}')`;

const LONGS = `(select coalesce(jsonb_object_agg(k.key, k.value->>'long'), '{}')
  from jsonb_each(u.event::jsonb->'fields'->'kinds') k where k.value->>'long' <> '0')`;

/** $1 tenant, $2 centre, $3 from, $4 to, $5 source or null. */
export const HELD = `
select c.source, c.id, d.model_ordered as model, ${KINDS} as kinds, 'rated' as state
from call c join dimension_set d on d.id = c.dims
where d.tenant = $1 and d.centre = $2 and c.time >= $3 and c.time < $4
  and ($5::text is null or c.source = $5)
union all
select u.source, u.id, u.model, ${LONGS}, 'unpriced'
from unpriced u
where u.tenant = $1 and u.event::jsonb->'fields'->>'centre' = $2 and u.time >= $3 and u.time < $4
  and u.resolved_cut is null and ($5::text is null or u.source = $5)`;

export const heldParameters = (asked: Asked): readonly (string | null)[] => [
  asked.tenant,
  asked.centre,
  toRowInstant(asked.from),
  toRowInstant(asked.to),
  asked.source,
];

export interface HeldSums {
  readonly events: string;
  readonly rated: string;
  readonly unpriced: string;
  /** By model, then by kind. */
  readonly tokens: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const COUNT = `
select count(*)::text as events, count(*) filter (where state = 'rated')::text as rated,
  count(*) filter (where state = 'unpriced')::text as unpriced
from (${HELD}) held`;

const TOKENS = `
select model, kind, sum(quantity::numeric)::text as quantity
from (${HELD}) held cross join lateral jsonb_each_text(held.kinds) as k(kind, quantity)
group by model, kind order by model, kind`;

/** How many calls, and their tokens by model and kind. */
export const heldSums = async (tx: Tx, asked: Asked): Promise<HeldSums> => {
  const parameters = heldParameters(asked);
  const [counts] = await tx.query<Omit<HeldSums, 'tokens'>>(COUNT, parameters);
  const rows = await tx.query<{ model: string; kind: string; quantity: string }>(
    TOKENS,
    parameters,
  );
  // Models and kinds are senders' words: `__proto__` is one as good as another.
  const byModel = new Map<string, [kind: string, quantity: string][]>();
  for (const { model, kind, quantity } of rows) {
    const own = byModel.get(model) ?? [];
    own.push([kind, quantity]);
    byModel.set(model, own);
  }
  const tokens = Object.fromEntries(
    [...byModel].map(([model, kinds]) => [model, Object.fromEntries(kinds)]),
  );
  return { events: '0', rated: '0', unpriced: '0', ...counts, tokens };
};

const MODULUS = 1n << 256n;
const FETCHED = 10_000;

const prefixed = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/**
 * The hash over the names of the calls, in any order: Σ SHA-256 over source and id, each with its
 * length in 4 bytes before it, as unsigned integers modulo 2^256; 64 hexadecimal digits.
 */
export const namesHash = async (tx: Tx, asked: Asked): Promise<string> => {
  let sum = 0n;
  await tx.query(
    `declare held_names no scroll cursor for select source, id from (${HELD}) held`,
    heldParameters(asked),
  );
  for (;;) {
    const rows = await tx.query<{ source: string; id: string }>(
      `fetch forward ${FETCHED} from held_names`,
    );
    for (const { source, id } of rows) {
      const hash = createHash('sha256').update(prefixed(source)).update(prefixed(id)).digest('hex');
      sum = (sum + BigInt(`0x${hash}`)) % MODULUS;
    }
    if (rows.length < FETCHED) break;
  }
  await tx.query('close held_names');
  return sum.toString(16).padStart(64, '0');
};
