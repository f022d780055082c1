import type { UsageRecorded } from '@suanpan/messages';

import { type ContractFact, keyOf, type Knowledge, type PriceVersionFact } from './catalogue.js';
import { type Exact, over, plus, times, NOTHING, whole } from './exact.js';
import { monthAfter, monthOf } from './months.js';

/**
 * What a call should have cost, computed again from the record and the facts it saw.
 *
 * Source      design.md 3.6, R11; the order of reasons is pricing's published list of codes
 */
export interface ExpectedRating {
  readonly status: 'rated';
  readonly contract: ContractFact;
  readonly version: PriceVersionFact;
  readonly amount: Exact;
  readonly hold: boolean;
  readonly servicePeriod: string;
  readonly postingPeriod: string;
}

export interface ExpectedUnpriced {
  readonly status: 'unpriced';
  readonly code: string;
}

export const PER_MILLION = whole(1_000_000n);

const unpriced = (code: string): ExpectedUnpriced => ({ status: 'unpriced', code });

/** The version in force at an instant: the last one that had begun. */
export const versionAt = (
  versions: readonly PriceVersionFact[],
  time: bigint,
): PriceVersionFact | undefined =>
  versions.reduce<PriceVersionFact | undefined>(
    (found, version) =>
      version.effectiveFrom <= time &&
      (found === undefined || version.effectiveFrom > found.effectiveFrom)
        ? version
        : found,
    undefined,
  );

/** The first month from the service period on that is open, as far as is known. */
export const postingOf = (
  { closed: months }: Knowledge,
  contract: string,
  servicePeriod: string,
): string => {
  const closed = months.get(contract);
  let month = servicePeriod;
  while (closed?.has(month) === true) month = monthAfter(month);
  return month;
};

/** Kinds of a call that were used at all. */
export const usedKinds = ({ kinds }: UsageRecorded): readonly (readonly [string, bigint])[] =>
  Object.entries(kinds).filter(([, quantity]) => quantity !== 0n);

/** Rates one record under what was known. */
export const rateAgain = (
  known: Knowledge,
  event: UsageRecorded,
): ExpectedRating | ExpectedUnpriced => {
  const name = keyOf(event.tenant, event.contract);
  const contract = known.contracts.get(name);
  if (contract === undefined) return unpriced('UNKNOWN_CONTRACT');
  const until = known.ends.get(name);
  const inForce = event.time >= contract.from && (until === undefined || event.time < until);
  if (!inForce) return unpriced('CONTRACT_NOT_IN_FORCE');
  if (event.buyer !== contract.buyer) return unpriced('BUYER_MISMATCH');
  const versions = known.tables.get(keyOf(event.tenant, contract.priceTable)) ?? [];
  const version = versionAt(versions, event.time);
  if (version === undefined) return unpriced('NO_PRICE_AT_TIME');
  if (version.currency !== contract.currency) return unpriced('CURRENCY_MISMATCH');
  const prices = version.prices.get(event.modelOrdered);
  if (prices === undefined) return unpriced('UNKNOWN_MODEL');
  let amount: Exact = NOTHING;
  for (const [kind, quantity] of usedKinds(event)) {
    const price = prices.get(kind);
    if (price === undefined) return unpriced('KIND_WITHOUT_PRICE');
    amount = plus(amount, times(whole(quantity), price.exact));
  }
  const servicePeriod = monthOf(contract.zone, event.time);
  return {
    status: 'rated',
    contract,
    version,
    amount: over(amount, PER_MILLION),
    hold: contract.requireAuthorization && event.authorization === null,
    servicePeriod,
    postingPeriod: postingOf(known, name, servicePeriod),
  };
};
