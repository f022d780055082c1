import type { Instant } from '@suanpan/calendar';
import { nextPeriod, periodOf } from '@suanpan/calendar';
import type { Period } from '@suanpan/calendar';
import type { CatalogueContract, ModelPrices, Plan, PriceWindow } from './catalogue.js';

/**
 * Rates one call: which price version, which exact amount, billed or held back, in which period.
 *
 * Units       amount: an integer at `scale` decimal digits, major units of the contract's currency.
 * Invariant   the call's own time picks version and period; nothing rounds; a call without a price
 *             is never priced at zero; a kind of quantity zero needs no price.
 * Rejections  none: what cannot be priced is `unpriced` with its code, a fact and not an error.
 * Source      design.md 3.6, R11; scenes.md A1 (c2 to c7); reliability.md B48, B50
 */
export interface MeteredUsage {
  readonly time: Instant;
  readonly buyer: string;
  readonly authorization: string | null;
  readonly kinds: Readonly<Record<string, bigint>>;
}

export const BILLABLE = 0;
export const HOLD = 1;
/** Numbers, since a call's row holds one. */
export type BillingState = typeof BILLABLE | typeof HOLD;

export const billingStateName = (state: BillingState): 'billable' | 'hold' =>
  state === HOLD ? 'hold' : 'billable';

export interface Rated {
  readonly status: 'rated';
  readonly window: PriceWindow;
  readonly prices: ModelPrices;
  readonly amount: bigint;
  readonly scale: number;
  readonly billingState: BillingState;
  readonly servicePeriod: string;
  readonly postingPeriod: string;
}

export type UnpricedCode =
  | 'UNKNOWN_CONTRACT'
  | 'CONTRACT_NOT_IN_FORCE'
  | 'BUYER_MISMATCH'
  | 'NO_PRICE_AT_TIME'
  | 'CURRENCY_MISMATCH'
  | 'UNKNOWN_MODEL'
  | 'KIND_WITHOUT_PRICE';

export interface Unpriced {
  readonly status: 'unpriced';
  readonly code: UnpricedCode;
}

/** A price is for 10^6 tokens. */
const BASE_DIGITS = 6;

const unpriced = (code: UnpricedCode): Unpriced => ({ status: 'unpriced', code });

const windowAt = (windows: readonly PriceWindow[], time: Instant): PriceWindow | undefined => {
  for (const window of windows) {
    if (time >= window.from)
      return window.until === null || time < window.until ? window : undefined;
  }
  return undefined;
};

/** An exact amount: an integer at `scale` decimal digits. */
export type Amount = Pick<Rated, 'amount' | 'scale'>;

/** What the kinds cost, or nothing when a kind that was used has no price. */
export const amountAt = (
  { kinds: prices, scale }: ModelPrices,
  kinds: MeteredUsage['kinds'],
): Amount | undefined => {
  let amount = 0n;
  for (const kind in kinds) {
    const quantity = kinds[kind] as bigint;
    if (quantity === 0n) continue;
    const price = prices.get(kind);
    if (price === undefined) return undefined;
    amount += quantity * price.factor;
  }
  return { amount, scale: scale + BASE_DIGITS };
};

/** The service period while it is open, else the first open one after it: a closed one is frozen. */
export const postingPeriodOf = (service: Period, closed: ReadonlySet<string>): Period => {
  let period = service;
  while (closed.has(period.id)) period = nextPeriod(period);
  return period;
};

const inForce = ({ terms, until }: CatalogueContract, time: Instant): boolean =>
  time >= terms.from && (until === null || time < until);

/** Rates a call under its plan. */
export const rate = (plan: Plan, usage: MeteredUsage): Rated | Unpriced => {
  const { contract } = plan;
  if (contract === undefined) return unpriced('UNKNOWN_CONTRACT');
  const { terms } = contract;
  if (!inForce(contract, usage.time)) return unpriced('CONTRACT_NOT_IN_FORCE');
  if (usage.buyer !== terms.buyer) return unpriced('BUYER_MISMATCH');
  const window = windowAt(plan.windows, usage.time);
  if (window === undefined) return unpriced('NO_PRICE_AT_TIME');
  if (plan.currency !== terms.currency) return unpriced('CURRENCY_MISMATCH');
  const { prices } = window;
  if (prices === undefined) return unpriced('UNKNOWN_MODEL');
  const amount = amountAt(prices, usage.kinds);
  if (amount === undefined) return unpriced('KIND_WITHOUT_PRICE');
  const service = periodOf(terms.zone, usage.time);
  const posting = contract.closed.size === 0 ? service : postingPeriodOf(service, contract.closed);
  return {
    status: 'rated',
    window,
    prices,
    amount: amount.amount,
    scale: amount.scale,
    billingState: terms.requireAuthorization && usage.authorization === null ? HOLD : BILLABLE,
    servicePeriod: service.id,
    postingPeriod: posting.id,
  };
};
