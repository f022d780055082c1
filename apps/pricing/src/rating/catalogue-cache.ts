/**
 * The compiled catalogue of one pipeline, kept in step with the database.
 *
 * Shape       rows carry the catalogue version at which they last changed; a reload reads what is
 *             newer than what is known. Maps are copied, so that a catalogue in use never changes.
 * Invariant   who reads the version while holding an offset row sees one state until the
 *             transaction ends: whoever changes the catalogue locks all offset rows first (R2, R8).
 * Source      rulings R2, R8
 */
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import type { Catalogue, CatalogueContract, CatalogueTable, ListedPrice } from '@suanpan/pricing';
import { catalogueOf } from '@suanpan/pricing';
import type { ContractRow } from '../contracts/contract-row.js';
import { fromRowContract } from '../contracts/contract-row.js';

interface Known {
  readonly version: bigint;
  readonly contracts: ReadonlyMap<string, CatalogueContract>;
  readonly tables: ReadonlyMap<string, CatalogueTable>;
  readonly catalogue: Catalogue;
}

const NOTHING: Known = {
  version: -1n,
  contracts: new Map(),
  tables: new Map(),
  catalogue: catalogueOf([], []),
};

const key = (tenant: string, name: string): string => JSON.stringify([tenant, name]);

interface PeriodRow {
  readonly tenant: string;
  readonly contract: string;
  readonly period: string;
}

interface VersionRow {
  readonly tenant: string;
  readonly price_table: string;
  readonly version: string;
  readonly currency: string;
  readonly effective_from: string;
  readonly source: string;
  readonly prices: readonly ListedPrice[];
}

const CONTRACTS = `select * from contract where catalogue_version > $1`;
const PERIODS = `select tenant, contract, period from period where catalogue_version > $1`;
const VERSIONS = `
select v.tenant, v.price_table, v.version, v.currency, lower(v.during) as effective_from, v.source,
  (select json_agg(json_build_object('model', p.model, 'kind', p.kind,
     'perMillion', p.per_million_text)) from price p where p.price_version = v.id) as prices
from price_version v
where (v.tenant, v.price_table) in (
  select tenant, price_table from price_version where catalogue_version > $1)
order by lower(v.during)`;

const withContracts = async (
  tx: Tx,
  { contracts, version }: Known,
): Promise<ReadonlyMap<string, CatalogueContract>> => {
  const next = new Map(contracts);
  for (const row of await tx.query<ContractRow>(CONTRACTS, [version.toString()])) {
    const at = key(row.tenant, row.contract);
    next.set(at, { ...fromRowContract(row), closed: next.get(at)?.closed ?? new Set() });
  }
  for (const row of await tx.query<PeriodRow>(PERIODS, [version.toString()])) {
    const at = key(row.tenant, row.contract);
    const signed = next.get(at);
    if (signed === undefined) continue;
    next.set(at, { ...signed, closed: new Set([...signed.closed, row.period]) });
  }
  return next;
};

const withTables = async (
  tx: Tx,
  { tables, version }: Known,
): Promise<ReadonlyMap<string, CatalogueTable>> => {
  const next = new Map(tables);
  const changed = new Map<string, VersionRow[]>();
  for (const row of await tx.query<VersionRow>(VERSIONS, [version.toString()])) {
    const at = key(row.tenant, row.price_table);
    changed.set(at, [...(changed.get(at) ?? []), row]);
  }
  for (const [at, rows] of changed) {
    const [first] = rows;
    if (first === undefined) continue;
    next.set(at, {
      tenant: first.tenant,
      priceTable: first.price_table,
      currency: first.currency,
      versions: rows.map((row) => ({
        version: row.version,
        effectiveFrom: fromRowInstant(row.effective_from),
        source: row.source,
        prices: row.prices,
      })),
    });
  }
  return next;
};

export class CatalogueCache {
  private known: Known = NOTHING;

  /** The last one that its pipeline has seen; probably still in force. */
  get latest(): Catalogue {
    return this.known.catalogue;
  }

  /** The catalogue in force; the transaction holds at least one offset row. */
  async inForce(tx: Tx): Promise<Catalogue> {
    const [row] = await tx.query<{ version: string }>('select version from catalogue_version');
    const version = BigInt(row?.version ?? '0');
    if (version !== this.known.version) await this.reload(tx, version);
    return this.known.catalogue;
  }

  private async reload(tx: Tx, version: bigint): Promise<void> {
    // A version that is older than ours belongs to a restored database: begin again.
    const from = version < this.known.version ? NOTHING : this.known;
    const contracts = await withContracts(tx, from);
    const tables = await withTables(tx, from);
    const catalogue = catalogueOf(contracts.values(), tables.values());
    this.known = { version, contracts, tables, catalogue };
  }
}
