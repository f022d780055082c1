import type { Instant } from '@suanpan/calendar';
import { formatInstant } from '@suanpan/calendar';
import type { Decider } from '@suanpan/event-sourcing';
import { Rejection } from '@suanpan/event-sourcing';
import { minorUnits, parsePrice } from '@suanpan/money';
import { isTokenKind } from './token-kinds.js';

/**
 * A price table: versions of prices by model and token kind, each in force from an instant on.
 *
 * Owns        which version is in force when. What a call costs is ./rate.
 * Units       perMillion: decimal text, major units of the table's currency for 1,000,000 tokens.
 * Invariant   a version is never changed; at any instant at most one is in force: each runs until
 *             the next one starts. A price of zero is free because it says so, never by absence.
 * Rejections  VERSION_EXISTS, NOT_LATER_THAN_PREVIOUS, CURRENCY_CHANGED, NO_PRICES, NEGATIVE_PRICE,
 *             DUPLICATE_PRICE, INVALID_MODEL, INVALID_KIND, USAGE_ALREADY_RATED; malformed:
 *             INVALID_PRICE, INVALID_CURRENCY
 * Source      design.md 1 (price table), R11; reliability.md I08, B50; requirements E3, E5
 */
export interface ListedPrice {
  readonly model: string;
  readonly kind: string;
  readonly perMillion: string;
}

export interface PriceVersion {
  readonly version: string;
  readonly effectiveFrom: Instant;
  readonly source: string;
  readonly prices: readonly ListedPrice[];
}

export interface ActivatePriceVersion extends PriceVersion {
  readonly type: 'ActivatePriceVersion';
  readonly priceTable: string;
  readonly currency: string;
  /** Whether a call at or after `effectiveFrom` was already rated under this table. */
  readonly usageRatedSince: boolean;
}

export interface PriceVersionActivated extends PriceVersion {
  readonly type: 'PriceVersionActivated';
  readonly priceTable: string;
  readonly currency: string;
}

export type PriceTable =
  | { readonly status: 'empty' }
  | {
      readonly status: 'active';
      readonly currency: string;
      /** Oldest first. */
      readonly versions: readonly [PriceVersion, ...PriceVersion[]];
    };

const MODEL_LENGTH_MAX = 200;

const requirePrice = ({ model, kind, perMillion }: ListedPrice): void => {
  if (model === '' || model.length > MODEL_LENGTH_MAX) {
    throw new Rejection('INVALID_MODEL', `A model's name has 1 to ${MODEL_LENGTH_MAX} characters.`);
  }
  if (!isTokenKind(kind))
    throw new Rejection('INVALID_KIND', `${kind} is no name of a token kind.`);
  if (perMillion.startsWith('-')) {
    parsePrice(perMillion.slice(1));
    throw new Rejection('NEGATIVE_PRICE', `${model} ${kind}: ${perMillion} is below zero.`);
  }
  parsePrice(perMillion);
};

const requirePrices = (prices: readonly ListedPrice[]): void => {
  if (prices.length === 0)
    throw new Rejection('NO_PRICES', 'A version without a price prices nothing.');
  const seen = new Set<string>();
  for (const price of prices) {
    requirePrice(price);
    const key = JSON.stringify([price.model, price.kind]);
    if (seen.has(key)) {
      throw new Rejection('DUPLICATE_PRICE', `${price.model} ${price.kind} has two prices.`);
    }
    seen.add(key);
  }
};

const byModelAndKind = (prices: readonly ListedPrice[]): string =>
  JSON.stringify(prices.map(({ model, kind, perMillion }) => [model, kind, perMillion]).sort());

const isSame = (known: PriceVersion, command: ActivatePriceVersion): boolean =>
  known.effectiveFrom === command.effectiveFrom &&
  known.source === command.source &&
  byModelAndKind(known.prices) === byModelAndKind(command.prices);

const requireFits = (
  { currency, versions }: Extract<PriceTable, { status: 'active' }>,
  command: ActivatePriceVersion,
): void => {
  if (currency !== command.currency) {
    throw new Rejection(
      'CURRENCY_CHANGED',
      `The table is in ${currency}, not ${command.currency}.`,
    );
  }
  if (versions.some(({ version }) => version === command.version)) {
    throw new Rejection('VERSION_EXISTS', `Version ${command.version} has other content.`);
  }
  const last = versions[versions.length - 1] ?? versions[0];
  if (command.effectiveFrom <= last.effectiveFrom) {
    const from = formatInstant(last.effectiveFrom);
    throw new Rejection('NOT_LATER_THAN_PREVIOUS', `Version ${last.version} starts at ${from}.`);
  }
};

const requireUnused = ({ usageRatedSince, effectiveFrom }: ActivatePriceVersion): void => {
  if (!usageRatedSince) return;
  const from = formatInstant(effectiveFrom);
  throw new Rejection('USAGE_ALREADY_RATED', `Calls since ${from} have a price; they keep it.`);
};

const activate = (
  state: PriceTable,
  command: ActivatePriceVersion,
): readonly PriceVersionActivated[] => {
  minorUnits(command.currency);
  requirePrices(command.prices);
  if (state.status === 'active') {
    const known = state.versions.find(({ version }) => version === command.version);
    const isRepeated =
      known !== undefined && state.currency === command.currency && isSame(known, command);
    if (isRepeated) return [];
    requireFits(state, command);
  }
  requireUnused(command);
  return [
    {
      type: 'PriceVersionActivated',
      priceTable: command.priceTable,
      version: command.version,
      currency: command.currency,
      effectiveFrom: command.effectiveFrom,
      source: command.source,
      prices: command.prices.map(({ model, kind, perMillion }) => ({ model, kind, perMillion })),
    },
  ];
};

export const priceTable: Decider<PriceTable, ActivatePriceVersion, PriceVersionActivated> = {
  initial: { status: 'empty' },
  decide: activate,
  evolve: (state, { version, effectiveFrom, source, prices, currency }) => {
    const added: PriceVersion = { version, effectiveFrom, source, prices };
    return state.status === 'empty'
      ? { status: 'active', currency, versions: [added] }
      : { status: 'active', currency, versions: [...state.versions, added] };
  },
};
