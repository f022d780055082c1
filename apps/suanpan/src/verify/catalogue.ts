import { type Exact, exactOf } from './exact.js';
import type { Snapshot } from './database.js';

/**
 * Which contracts, prices and closed periods were known when a record was rated (R2).
 *
 * Shape       pricing's own streams name, for each such fact, a cut: its ordinal, and per partition of
 *             usage.recorded the first offset that already saw it. A record sees the facts whose cut lies at or
 *             before its offset.
 */
export interface ContractFact {
  readonly buyer: string;
  readonly seller: string;
  readonly currency: string;
  readonly zone: string;
  readonly priceTable: string;
  readonly requireAuthorization: boolean;
  readonly rounding: string;
  readonly from: bigint;
}

export interface PriceVersionFact {
  readonly version: string;
  readonly currency: string;
  readonly effectiveFrom: bigint;
  /** By model, then by kind. */
  readonly prices: ReadonlyMap<string, ReadonlyMap<string, ListedPrice>>;
}

export interface ListedPrice {
  readonly text: string;
  readonly exact: Exact;
}

/** All that is known at one moment. */
export interface Knowledge {
  readonly contracts: ReadonlyMap<string, ContractFact>;
  readonly ends: ReadonlyMap<string, bigint>;
  readonly tables: ReadonlyMap<string, readonly PriceVersionFact[]>;
  /** `tenant contract` → closed months. */
  readonly closed: ReadonlyMap<string, ReadonlySet<string>>;
}

interface CutRow {
  readonly tenant: string;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly ordinal: bigint;
  readonly vector: readonly bigint[];
}

export const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

const EMPTY: Knowledge = {
  contracts: new Map(),
  ends: new Map(),
  tables: new Map(),
  closed: new Map(),
};

const textOf = (body: CutRow['body'], name: string): string => String(body[name]);

const contractOf = (body: CutRow['body']): ContractFact => {
  const terms = body['terms'] as CutRow['body'];
  return {
    buyer: textOf(terms, 'buyer'),
    seller: textOf(terms, 'seller'),
    currency: textOf(terms, 'currency'),
    zone: textOf(terms, 'zone'),
    priceTable: textOf(terms, 'priceTable'),
    requireAuthorization: terms['requireAuthorization'] === true,
    rounding: textOf(terms, 'rounding'),
    from: BigInt(textOf(terms, 'from')),
  };
};

interface ListedRow {
  readonly model: string;
  readonly kind: string;
  readonly perMillion: string;
}

/** A version's prices by model and kind. */
export const pricesOf = (rows: readonly ListedRow[]): PriceVersionFact['prices'] => {
  const prices = new Map<string, Map<string, ListedPrice>>();
  for (const { model, kind, perMillion } of rows) {
    const kinds = prices.get(model) ?? new Map<string, ListedPrice>();
    prices.set(model, kinds.set(kind, { text: perMillion, exact: exactOf(perMillion) }));
  }
  return prices;
};

const versionOf = (body: CutRow['body']): PriceVersionFact => ({
  version: textOf(body, 'version'),
  currency: textOf(body, 'currency'),
  effectiveFrom: BigInt(textOf(body, 'effectiveFrom')),
  prices: pricesOf(body['prices'] as readonly ListedRow[]),
});

const learn = (known: Knowledge, { tenant, type, body }: CutRow): Knowledge => {
  const contract = keyOf(tenant, textOf(body, 'contract'));
  switch (type) {
    case 'ContractSigned':
      return { ...known, contracts: new Map(known.contracts).set(contract, contractOf(body)) };
    case 'ContractEnded': {
      const until = BigInt(textOf(body, 'until'));
      return { ...known, ends: new Map(known.ends).set(contract, until) };
    }
    case 'PriceVersionActivated': {
      const table = keyOf(tenant, textOf(body, 'priceTable'));
      const versions = [...(known.tables.get(table) ?? []), versionOf(body)];
      return { ...known, tables: new Map(known.tables).set(table, versions) };
    }
    case 'PeriodClosed': {
      const months = new Set(known.closed.get(contract)).add(textOf(body, 'period'));
      return { ...known, closed: new Map(known.closed).set(contract, months) };
    }
    default:
      return known;
  }
};

/** A place among the waiting versions of one contract: the halves of an identity, and a revision. */
export type Mark = readonly [h1: bigint, h2: bigint, revision: bigint];

/** A later moment at which versions without a price were tried again: those after `after`, up to `upTo`. */
export interface Trial {
  readonly ordinal: bigint;
  readonly known: Knowledge;
  readonly contract: string;
  readonly after: Mark | null;
  readonly upTo: Mark;
}

interface Moment {
  readonly ordinal: bigint;
  readonly vector: readonly bigint[];
  readonly known: Knowledge;
  readonly trial: Trial | null;
}

type MarkBody = { readonly h1: string; readonly h2: string; readonly revision?: string };

const markOf = ({ h1, h2, revision = '0' }: MarkBody): Mark => [
  ...([BigInt(h1), BigInt(h2)] as const),
  BigInt(revision),
];

const trialOf = ({ tenant, type, body, ordinal }: CutRow, known: Knowledge): Trial | null => {
  if (type !== 'UnpricedRerated') return null;
  const after = (body['after'] ?? null) as MarkBody | null;
  return {
    ...{ ordinal, known, contract: keyOf(tenant, textOf(body, 'contract')) },
    after: after === null ? null : markOf(after),
    upTo: markOf(body['upTo'] as MarkBody),
  };
};

export class Catalogue {
  private constructor(private readonly moments: readonly Moment[]) {}

  static of(rows: readonly CutRow[]): Catalogue {
    let known = EMPTY;
    const moments = [...rows]
      .sort((a, b) => (a.ordinal < b.ordinal ? -1 : 1))
      .map((row) => {
        known = learn(known, row);
        const { ordinal, vector } = row;
        return { ordinal, vector, known, trial: trialOf(row, known) };
      });
    return new Catalogue(moments);
  }

  /** What a record at this place of the log saw when it was first read. */
  at(partition: number, offset: bigint): Knowledge {
    // Vectors only grow with the ordinal, so the last cut that lies before the record decides.
    let [low, high] = [0, this.moments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const seen = (this.moments[middle]?.vector[partition] ?? 0n) <= offset;
      if (seen) low = middle + 1;
      else high = middle;
    }
    return this.moments[low - 1]?.known ?? EMPTY;
  }

  /** All later trials in order, each with the first offset of a partition that it did not see. */
  trials(partition: number): readonly (readonly [trial: Trial, before: bigint])[] {
    return this.moments.flatMap(({ trial, vector }) =>
      trial === null ? [] : [[trial, vector[partition] ?? 0n] as const],
    );
  }

  /** All that is known now. */
  get now(): Knowledge {
    return this.moments.at(-1)?.known ?? EMPTY;
  }

  /** Whether every partition's cut grows with the ordinal: what `at` rests on. */
  faults(): readonly string[] {
    return this.moments.flatMap(({ ordinal, vector }, index) => {
      const before = this.moments[index - 1];
      const back = vector.findIndex(
        (offset, partition) => offset < (before?.vector[partition] ?? 0n),
      );
      return back === -1 ? [] : [`cut ${ordinal} goes back in partition ${back}`];
    });
  }
}

interface EventRow {
  readonly tenant: string;
  readonly type: string;
  readonly body: string;
}

interface Cut {
  readonly ordinal: string | number;
  readonly vector: readonly (string | number)[];
}

/** Reads every fact with a cut out of pricing's event store. */
export const readCatalogue = async (snapshot: Snapshot): Promise<Catalogue> => {
  const rows = await snapshot.rows<EventRow>(
    'select tenant, type, body from pricing.event_store order by position',
  );
  const facts = rows.flatMap(({ tenant, type, body }): readonly CutRow[] => {
    const parsed = JSON.parse(body) as Record<string, unknown>;
    const cut = parsed['cut'] as Cut | undefined;
    if (cut === undefined) return [];
    const vector = cut.vector.map((offset) => BigInt(offset));
    return [{ tenant, type, body: parsed, ordinal: BigInt(cut.ordinal), vector }];
  });
  return Catalogue.of(facts);
};
