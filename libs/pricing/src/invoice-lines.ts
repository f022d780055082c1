import type { Instant } from '@suanpan/calendar';
import { Defect } from '@suanpan/event-sourcing';
import type { Rational, RoundingRule } from '@suanpan/money';
import { amountOf, parsePrice, roundToMoney, subtract } from '@suanpan/money';
import { compareKinds } from './token-kinds.js';

/**
 * From bucket sums to invoice lines: one line a (service period, model, price version, kind).
 *
 * Units       quantities in tokens, prices per 1,000,000 of them, amounts in minor units.
 * Invariant   exact = quantity × price ÷ 1,000,000; a line is rounded once. An adjustment is
 *             f(sums now) − f(sums billed), so that all lines of a service period together are the
 *             rounded price of all its usage, however late it came.
 * Source      design.md 3.6, 3.8; rulings R5, R8, R11, R36; scenes.md A2
 */
export interface SumKey {
  readonly servicePeriod: string;
  readonly model: string;
  readonly kind: string;
  readonly priceTable: string;
  readonly priceVersion: string;
}

/** Billable usage posted to the period that is invoiced. */
export interface PostedSum extends SumKey {
  /** Decimal text per million. */
  readonly price: string;
  /** When the price version starts: the order of lines. */
  readonly priceFrom: Instant;
  readonly quantity: bigint;
  readonly calls: bigint;
  readonly multiset: bigint;
}

/** What earlier invoices hold of one key. */
export interface BilledSum extends SumKey {
  readonly quantity: bigint;
  /** Minor units. */
  readonly amount: bigint;
}

export interface InvoiceLine extends SumKey {
  readonly line: number;
  readonly revenueType: 'usage';
  readonly price: string;
  readonly priceBase: string;
  readonly quantity: bigint;
  readonly calls: bigint;
  readonly multiset: bigint;
  readonly exact: Rational;
  /** Minor units of the invoice's currency. */
  readonly amount: bigint;
  readonly adjustment: boolean;
}

export interface LineInput {
  readonly period: string;
  readonly currency: string;
  readonly rounding: RoundingRule;
  readonly posted: readonly PostedSum[];
  readonly billed: readonly BilledSum[];
}

const PRICE_BASE_TEXT = '1000000';

const keyOf = (sum: SumKey): string =>
  JSON.stringify([sum.servicePeriod, sum.model, sum.kind, sum.priceTable, sum.priceVersion]);

const compareText = (one: string, other: string): number =>
  one === other ? 0 : one < other ? -1 : 1;

/** The invoiced period first, then older service periods; inside by model, version, kind. */
const inOrder =
  (period: string) =>
  (one: PostedSum, other: PostedSum): number =>
    Number(one.servicePeriod !== period) - Number(other.servicePeriod !== period) ||
    compareText(one.servicePeriod, other.servicePeriod) ||
    compareText(one.model, other.model) ||
    Number(one.priceFrom > other.priceFrom) - Number(one.priceFrom < other.priceFrom) ||
    compareText(one.priceTable, other.priceTable) ||
    compareText(one.priceVersion, other.priceVersion) ||
    compareKinds(one.kind, other.kind);

interface Figures {
  readonly exact: Rational;
  readonly amount: bigint;
}

/** f(billed + posted) − f(billed); for a fresh key simply f(posted). */
const figuresOf = (sum: PostedSum, billed: BilledSum | undefined, input: LineInput): Figures => {
  const price = parsePrice(sum.price);
  const before = billed?.quantity ?? 0n;
  const now = amountOf(before + sum.quantity, price);
  const { minor } = roundToMoney(now, input.currency, input.rounding);
  return {
    exact: subtract(now, amountOf(before, price)),
    amount: minor - (billed?.amount ?? 0n),
  };
};

const billedBy = (billed: readonly BilledSum[]): ReadonlyMap<string, BilledSum> =>
  new Map(billed.map((sum) => [keyOf(sum), sum]));

/** The lines of an invoice for what was posted to `period`. */
export const invoiceLines = (input: LineInput): readonly InvoiceLine[] => {
  const before = billedBy(input.billed);
  const sums = input.posted
    .filter(({ quantity, calls }) => quantity !== 0n || calls !== 0n)
    .sort(inOrder(input.period));
  return sums.map((sum, index) => {
    const adjustment = sum.servicePeriod !== input.period;
    const billed = before.get(keyOf(sum));
    if (billed !== undefined && !adjustment) {
      throw new Defect('BILLED_TWICE', `${keyOf(sum)} was invoiced before its period closed.`);
    }
    return {
      line: index + 1,
      revenueType: 'usage',
      servicePeriod: sum.servicePeriod,
      model: sum.model,
      kind: sum.kind,
      priceTable: sum.priceTable,
      priceVersion: sum.priceVersion,
      price: sum.price,
      priceBase: PRICE_BASE_TEXT,
      quantity: sum.quantity,
      calls: sum.calls,
      multiset: sum.multiset,
      ...figuresOf(sum, billed, input),
      adjustment,
    };
  });
};
