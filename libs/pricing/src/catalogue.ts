import type { Instant } from '@suanpan/calendar';
import { parsePrice, powerOfTen } from '@suanpan/money';
import type { ContractTerms } from './contract.js';
import { contentId } from './content-id.js';
import type { ListedPrice, PriceVersion } from './price-table.js';

/**
 * What a call must know to be priced, compiled for fast look-up: contract, version, model, kind.
 *
 * Owns        the way from (tenant, contract, model) to prices in force over time. Applying them is
 *             ./rate.
 * Units       a factor is a price's mantissa at the model's common scale, so that an amount is
 *             Σ quantity × factor ÷ 10^(scale + 6): integers only.
 * Invariant   a catalogue never changes; ids are made of content (R2).
 * Source      design.md 3.6; docs/architecture.md 2
 */
export interface CatalogueContract {
  readonly tenant: string;
  readonly contract: string;
  readonly terms: ContractTerms;
  readonly until: Instant | null;
  /** Ids of the closed periods. */
  readonly closed: ReadonlySet<string>;
}

export interface CatalogueTable {
  readonly tenant: string;
  readonly priceTable: string;
  readonly currency: string;
  /** Oldest first. */
  readonly versions: readonly PriceVersion[];
}

/** What a bucket counts under: one price of one version. */
export interface ChargeCell {
  readonly id: bigint;
  readonly tenant: string;
  readonly priceTable: string;
  readonly version: string;
  readonly model: string;
  readonly kind: string;
  readonly currency: string;
  /** Decimal text per million, as agreed. */
  readonly price: string;
}

export interface KindPrice {
  readonly cell: ChargeCell;
  readonly factor: bigint;
}

/** A model's prices in one version. */
export interface ModelPrices {
  /** Decimal digits of the factors. */
  readonly scale: number;
  readonly kinds: ReadonlyMap<string, KindPrice>;
}

/** The time in which one version is in force. */
export interface PriceWindow {
  readonly from: Instant;
  readonly until: Instant | null;
  readonly versionId: bigint;
  readonly version: string;
  /** Absent: the version has no price for the model. */
  readonly prices: ModelPrices | undefined;
}

/** Everything that prices one model under one contract. */
export interface Plan {
  /** Absent: nobody signed it. */
  readonly contract: CatalogueContract | undefined;
  readonly currency: string | undefined;
  /** Latest first, since most usage is fresh. */
  readonly windows: readonly PriceWindow[];
}

export interface Catalogue {
  readonly planOf: (tenant: string, contract: string, model: string) => Plan;
}

const key = (...parts: readonly string[]): string => JSON.stringify(parts);

export const priceVersionId = (tenant: string, priceTable: string, version: string): bigint =>
  contentId([tenant, priceTable, version]);

const NO_WINDOW = '';
const NO_STEP = '0';
const NO_TIER = '';

type CellName = Omit<ChargeCell, 'id'>;

/** Time windows, threshold steps and service tiers stand in the id from the start, still unused. */
const chargeCell = (name: CellName): ChargeCell => ({
  ...name,
  id: contentId([
    name.tenant,
    name.priceTable,
    name.version,
    name.model,
    name.kind,
    NO_WINDOW,
    NO_STEP,
    NO_TIER,
  ]),
});

const modelPrices = (
  table: CatalogueTable,
  version: PriceVersion,
  model: string,
): ModelPrices | undefined => {
  const own = version.prices.filter((price) => price.model === model);
  if (own.length === 0) return undefined;
  const parsed = own.map((listed) => ({ listed, price: parsePrice(listed.perMillion) }));
  const scale = Math.max(...parsed.map(({ price }) => price.scale));
  const kindPrice = (listed: ListedPrice): ChargeCell =>
    chargeCell({
      tenant: table.tenant,
      priceTable: table.priceTable,
      version: version.version,
      model,
      kind: listed.kind,
      currency: table.currency,
      price: listed.perMillion,
    });
  return {
    scale,
    kinds: new Map(
      parsed.map(({ listed, price }) => [
        listed.kind,
        { cell: kindPrice(listed), factor: price.mantissa * powerOfTen(scale - price.scale) },
      ]),
    ),
  };
};

const windowsOf = (table: CatalogueTable, model: string): readonly PriceWindow[] =>
  table.versions
    .map((version, index) => ({
      from: version.effectiveFrom,
      until: table.versions[index + 1]?.effectiveFrom ?? null,
      versionId: priceVersionId(table.tenant, table.priceTable, version.version),
      version: version.version,
      prices: modelPrices(table, version, model),
    }))
    .reverse();

/** Plans are compiled when they are first asked for: a catalogue may hold far more than is used. */
export const catalogueOf = (
  contracts: Iterable<CatalogueContract>,
  tables: Iterable<CatalogueTable>,
): Catalogue => {
  const contractBy = new Map([...contracts].map((each) => [key(each.tenant, each.contract), each]));
  const tableBy = new Map([...tables].map((each) => [key(each.tenant, each.priceTable), each]));
  const windowsBy = new Map<string, readonly PriceWindow[]>();
  const windows = (table: CatalogueTable, model: string): readonly PriceWindow[] => {
    const at = key(table.tenant, table.priceTable, model);
    const found = windowsBy.get(at) ?? windowsOf(table, model);
    windowsBy.set(at, found);
    return found;
  };
  return {
    planOf: (tenant, contract, model) => {
      const signed = contractBy.get(key(tenant, contract));
      const table = signed && tableBy.get(key(tenant, signed.terms.priceTable));
      return {
        contract: signed,
        currency: table?.currency,
        windows: table === undefined ? [] : windows(table, model),
      };
    },
  };
};
