/**
 * Holds a manifest against what is held, and lists the differences down to single calls.
 *
 * Invariant   equal means: the same count, the same tokens of each model and kind, the same names
 *             where a hash or a list of them was given. What cannot be listed is counted.
 */
import type { Tx } from '@suanpan/platform-postgres';
import { HELD, heldParameters, heldSums, namesHash } from './held-usage.js';
import type { Asked, HeldSums } from './held-usage.js';
import type { ManifestBody } from './manifest-body.js';

/** More of a kind are counted and not listed. */
const LISTED_MAX = 1_000;

interface TokenDifference {
  readonly model: string;
  readonly kind: string;
  readonly sent: string;
  readonly held: string;
}

interface ItemDifference {
  readonly source: string;
  readonly id: string;
  /** missing: sent and not held; extra: held and not sent; different: other tokens. */
  readonly difference: 'missing' | 'extra' | 'different';
  readonly sent: Readonly<Record<string, string>> | null;
  readonly held: Readonly<Record<string, string>> | null;
}

export interface Comparison {
  readonly equal: boolean;
  readonly held: HeldSums & { readonly namesHash: string | null };
  readonly differences: {
    readonly events: string;
    readonly tokens: readonly TokenDifference[];
    readonly names: boolean | null;
    readonly items: readonly ItemDifference[];
    readonly itemsMore: boolean;
  };
}

/** The names of both sides, in order. */
const namesIn = (one: object = {}, other: object = {}): readonly string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();

/** What is said under a name; never what every object inherits. */
const said = <Value>(
  by: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined => (by !== undefined && Object.hasOwn(by, name) ? by[name] : undefined);

const tokenDifferences = (
  sent: ManifestBody['tokens'],
  held: HeldSums['tokens'],
): readonly TokenDifference[] =>
  namesIn(sent, held)
    .flatMap((model) =>
      namesIn(said(sent, model), said(held, model)).map((kind) => ({
        model,
        kind,
        sent: said(said(sent, model), kind) ?? '0',
        held: said(said(held, model), kind) ?? '0',
      })),
    )
    .filter((each) => BigInt(each.sent) !== BigInt(each.held));

/** Sent and held side by side; what is said of tokens is compared where the item says it. */
const ITEMS = `
with sent as (
  select coalesce(s.source, $7) as source, s.id, s.tokens
  from jsonb_to_recordset($6::jsonb) as s(source text, id text, tokens jsonb)),
held as (${HELD})
select coalesce(s.source, h.source) as source, coalesce(s.id, h.id) as id,
  case when h.id is null then 'missing' when s.id is null then 'extra' else 'different' end
    as difference, s.tokens as sent, h.kinds as held
from sent s full join held h on h.source = s.source and h.id = s.id
where h.id is null or s.id is null or (s.tokens is not null and exists (
  select from jsonb_each_text(s.tokens) t full join jsonb_each_text(h.kinds) k on k.key = t.key
  where coalesce(t.value, '0')::numeric <> coalesce(k.value, '0')::numeric))
order by 3, 1, 2 limit ${LISTED_MAX + 1}`;

const itemDifferences = async (
  tx: Tx,
  asked: Asked,
  { items, source }: ManifestBody,
): Promise<readonly ItemDifference[]> => {
  if (items === undefined) return [];
  return tx.query<ItemDifference>(ITEMS, [
    ...heldParameters(asked),
    JSON.stringify(items),
    source ?? '',
  ]);
};

/** Compares. The transaction is in the tenant's scope. */
export const compareManifest = async (
  tx: Tx,
  asked: Asked,
  body: ManifestBody,
): Promise<Comparison> => {
  const held = await heldSums(tx, asked);
  const hash = body.namesHash === undefined ? null : await namesHash(tx, asked);
  const tokens = tokenDifferences(body.tokens, held.tokens);
  const items = await itemDifferences(tx, asked, body);
  const events = BigInt(body.events) - BigInt(held.events);
  const names = body.namesHash === undefined ? null : body.namesHash === hash;
  return {
    equal: events === 0n && tokens.length === 0 && names !== false && items.length === 0,
    held: { ...held, namesHash: hash },
    differences: {
      events: events.toString(),
      tokens,
      names,
      items: items.slice(0, LISTED_MAX),
      itemsMore: items.length > LISTED_MAX,
    },
  };
};
