import type { Rational } from '@suanpan/money';
import { ZERO, add, amountOf, multiply, rational, subtract, sum } from '@suanpan/money';
import type { Party, PerMillionStep, PercentageStep, Step } from './steps.js';
import { WHOLE_BPS, partiesOf } from './steps.js';

/**
 * The exact share of each party in each model of a set of base items.
 *
 * Shape       steps in order: 'per-million' and 'percentage' take from the rest, 'shares' divides what
 *             is left by basis points.
 * Units       amounts are exact major units. An item's quantity counts tokens once: discount and
 *             true-up items carry a quantity of 0.
 * Invariant   for every model the parties' shares add up to its base exactly. A rest below zero is
 *             divided too: the parties of the last step bear it.
 * Source      scenes.md B
 */
export interface BaseItem {
  readonly model: string;
  readonly tokenKind: string;
  readonly revenueType: string;
  readonly quantity: bigint;
  readonly amount: Rational;
}

export interface ModelShare {
  readonly model: string;
  /** The model's whole base, of which this is a share. */
  readonly base: Rational;
  readonly exact: Rational;
}

export interface ExactShare extends Party {
  readonly exact: Rational;
  readonly models: readonly ModelShare[];
}

const admits = (list: readonly string[], name: string): boolean =>
  list.length === 0 || list.includes(name);

const perMillionOf = (step: PerMillionStep, items: readonly BaseItem[]): Rational => {
  const quantity = items
    .filter((item) => admits(step.tokenKinds, item.tokenKind) && admits(step.models, item.model))
    .reduce((total, item) => total + item.quantity, 0n);
  return amountOf(quantity, step.perMillion);
};

const partOf = (amount: Rational, shareBps: bigint): Rational =>
  multiply(amount, rational(shareBps, WHOLE_BPS));

const percentageOf = (step: PercentageStep, items: readonly BaseItem[]): Rational => {
  const counted = items.filter(({ revenueType }) => admits(step.revenueTypes, revenueType));
  return partOf(sum(counted.map(({ amount }) => amount)), step.shareBps);
};

/** Each party's share in the items of one model. */
const sharesOfModel = (steps: readonly Step[], items: readonly BaseItem[]) => {
  const shares = new Map<string, Rational>();
  let rest = sum(items.map(({ amount }) => amount));
  const give = (party: string, share: Rational): void => {
    shares.set(party, add(shares.get(party) ?? ZERO, share));
  };
  for (const step of steps) {
    if (step.kind === 'shares') {
      for (const { party, shareBps } of step.parties) give(party, partOf(rest, shareBps));
      continue;
    }
    const share =
      step.kind === 'per-million' ? perMillionOf(step, items) : percentageOf(step, items);
    give(step.party, share);
    rest = subtract(rest, share);
  }
  return shares;
};

/** Models in the order of their names, so that no result depends on the order of the items. */
const byModel = (items: readonly BaseItem[]): readonly (readonly [string, BaseItem[]])[] => {
  const models = new Map<string, BaseItem[]>();
  for (const item of items) {
    const known = models.get(item.model);
    if (known === undefined) models.set(item.model, [item]);
    else known.push(item);
  }
  return [...models].sort(([a], [b]) => (a < b ? -1 : 1));
};

/** One share a party, in the agreement's order of parties, also where it is zero. */
export const exactShares = (
  steps: readonly Step[],
  items: readonly BaseItem[],
): readonly ExactShare[] => {
  const models = byModel(items).map(([model, own]) => ({
    model,
    base: sum(own.map(({ amount }) => amount)),
    shares: sharesOfModel(steps, own),
  }));
  return partiesOf(steps).map(({ party, role }) => {
    const own = models.map(({ model, base, shares }) => ({
      model,
      base,
      exact: shares.get(party) ?? ZERO,
    }));
    return { party, role, exact: sum(own.map(({ exact }) => exact)), models: own };
  });
};
