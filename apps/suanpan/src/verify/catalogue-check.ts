import { decode, type PriceTableVersionActivated } from '@suanpan/messages';

import { type Catalogue, keyOf, type PriceVersionFact } from './catalogue.js';
import type { Snapshot } from './database.js';
import { exactOf, same } from './exact.js';
import type { Tally } from './findings.js';
import { contentIdOf } from './identity.js';
import { type TopicLog, recordsOf } from './log.js';

/**
 * Prices and contracts that rating used are those that were published, and interned rows are named by what
 * they hold.
 *
 * Source      I7; R2 (ids derive from content)
 */
const priceFault = (
  published: PriceTableVersionActivated,
  known: PriceVersionFact | undefined,
): string | null => {
  if (known === undefined) return 'is published and not known to rating';
  if (known.effectiveFrom !== published.effectiveFrom) return 'starts at another instant';
  const count = [...known.prices.values()].reduce((sum, kinds) => sum + kinds.size, 0);
  if (count !== published.prices.length)
    return `has ${count} prices, not ${published.prices.length}`;
  const other = published.prices.find(
    ({ model, kind, perMillion }) => known.prices.get(model)?.get(kind)?.text !== perMillion,
  );
  return other === undefined
    ? null
    : `${other.model} ${other.kind} is published at ${other.perMillion}`;
};

const checkPublished = (
  logs: ReadonlyMap<string, TopicLog>,
  catalogue: Catalogue,
  tally: Tally,
): void => {
  for (const { value } of recordsOf(logs.get('price-table'))) {
    const message = decode(value);
    if (message.type !== 'price-table.version-activated') continue;
    const { tenant, priceTable, version } = message.value;
    const versions = catalogue.now.tables.get(keyOf(tenant, priceTable)) ?? [];
    const known = versions.find((each) => each.version === version);
    const fault = priceFault(message.value, known);
    tally.see(fault === null ? null : `price table ${priceTable} ${version} ${fault}`);
  }
  for (const { value } of recordsOf(logs.get('contract'))) {
    const message = decode(value);
    if (message.type !== 'contract.signed') continue;
    const { tenant, contract, ...terms } = message.value;
    const known = catalogue.now.contracts.get(keyOf(tenant, contract));
    const fields = [
      'buyer',
      'seller',
      'currency',
      'zone',
      'priceTable',
      'rounding',
      'from',
    ] as const;
    const odd = fields.find((field) => String(known?.[field]) !== String(terms[field]));
    tally.see(odd === undefined ? null : `contract ${contract}: ${odd} is published otherwise`);
  }
  for (const fault of catalogue.faults()) tally.violate(fault);
};

const INTERNED: readonly (readonly [string, string])[] = [
  [
    'dimension set',
    `select id, jsonb_build_array(tenant, contract, buyer, centre, model_ordered, model_served,
       upstream, authorization_id, lot, route, end_user_country, data_origin, facility, pool,
       return_country, purpose, service_tier, route_type, control_region, inference_region,
       use_case, industry, data_class, dataset_tag) as fields
     from pricing.dimension_set`,
  ],
  [
    'charge cell',
    `select id, jsonb_build_array(tenant, price_table, version, model, kind, time_window,
       threshold_step::text, service_tier) as fields
     from pricing.charge_cell`,
  ],
  [
    'price version',
    `select id, jsonb_build_array(tenant, price_table, version) as fields
     from pricing.price_version`,
  ],
];

interface CellRow {
  readonly tenant: string;
  readonly price_table: string;
  readonly version: string;
  readonly model: string;
  readonly kind: string;
  readonly price: string;
}

const checkInterned = async (snapshot: Snapshot, tally: Tally): Promise<void> => {
  for (const [what, sql] of INTERNED) {
    const rows = await snapshot.rows<{ id: string; fields: readonly (string | null)[] }>(sql);
    for (const { id, fields } of rows) {
      tally.see(
        contentIdOf(fields) === id ? null : `${what} ${id} does not hold what it is named by`,
      );
    }
  }
};

/** The price that stands beside a charge cell, and in the projection, is the published one. */
const checkPrices = async (
  snapshot: Snapshot,
  catalogue: Catalogue,
  tally: Tally,
): Promise<void> => {
  const cells = await snapshot.rows<CellRow>(
    `select tenant, price_table, version, model, kind, price from pricing.charge_cell
     union all
     select v.tenant, v.price_table, v.version, p.model, p.kind, p.per_million
     from pricing.price p join pricing.price_version v on v.id = p.price_version`,
  );
  for (const cell of cells) {
    const versions = catalogue.now.tables.get(keyOf(cell.tenant, cell.price_table)) ?? [];
    const version = versions.find((each) => each.version === cell.version);
    const listed = version?.prices.get(cell.model)?.get(cell.kind);
    const holds = listed !== undefined && same(listed.exact, exactOf(cell.price));
    const name = `${cell.price_table} ${cell.version} ${cell.model} ${cell.kind}`;
    tally.see(holds ? null : `${name}: ${cell.price}, published ${listed?.text ?? 'nothing'}`);
  }
};

/** Topics, streams and tables of the catalogue. */
export const checkCatalogue = async (
  snapshot: Snapshot,
  facts: { readonly logs: ReadonlyMap<string, TopicLog>; readonly catalogue: Catalogue },
  tally: Tally,
): Promise<void> => {
  checkPublished(facts.logs, facts.catalogue, tally);
  await checkInterned(snapshot, tally);
  await checkPrices(snapshot, facts.catalogue, tally);
};
