/**
 * What a quantity costs under a price model: the whole of a period, as parts that an invoice shows.
 *
 * Units       quantities in units, prices for `base` of them, amounts in major units of the contract's
 *             currency; a percentage is of an amount in that currency.
 * Invariant   a function of the quantity alone, so that the order in which usage came never matters;
 *             no amount is rounded; it is the sum of the parts. An adjustment is
 *             f(sums now) − f(sums billed), never the price of what came late.
 * Rejections  those of ./tiers, EMPTY_PACKAGE
 * Source      design.md 3.6; rulings R5, R11, R36; docs/price-models/README.md
 */
import { Defect, Rejection } from '@suanpan/event-sourcing';
import type { Rational } from '@suanpan/money';
import {
  add,
  compare,
  divide,
  multiply,
  rational,
  roundRational,
  subtract,
  sum,
  ZERO,
} from '@suanpan/money';
import type { FilledTier, Tier } from './tiers.js';
import { graduatedTiers, requireTiers, volumeTier } from './tiers.js';

export interface PerUnit {
  readonly model: 'per-unit';
  readonly price: Rational;
  readonly base: bigint;
}

/** A package that was begun is due whole; what is free is taken off first. */
export interface Package {
  readonly model: 'package';
  readonly price: Rational;
  readonly size: Rational;
  readonly free: Rational;
}

/** Of `graduated` and `volume`: unit prices. Of `graduated-percentage`: shares, with base 1. */
export interface Tiered {
  readonly model: 'graduated' | 'volume' | 'graduated-percentage';
  readonly tiers: readonly Tier[];
  readonly base: bigint;
}

/** A share of an amount. */
export interface Percentage {
  readonly model: 'percentage';
  readonly share: Rational;
}

/** Due once a period, whatever is used. */
export interface Flat {
  readonly model: 'flat';
  readonly amount: Rational;
}

export type PriceModel = Flat | Package | PerUnit | Percentage | Tiered;

/** One part of a charge: quantity × price ÷ base, plus what is flat. */
export interface ChargePart {
  /** The tier, from 1; 0: the model has none. */
  readonly step: number;
  readonly quantity: Rational;
  readonly price: Rational;
  readonly base: Rational;
  readonly flat: Rational;
  readonly amount: Rational;
}

type Priced = Omit<ChargePart, 'amount'>;

const NO_STEP = 0;
const ONE = rational(1n);

const part = (priced: Priced): ChargePart => {
  const { quantity, price, base, flat } = priced;
  return { ...priced, amount: add(divide(multiply(quantity, price), base), flat) };
};

const tierPart =
  (base: bigint) =>
  ({ step, tier, quantity }: FilledTier): ChargePart =>
    part({ step, quantity, price: tier.price, base: rational(base), flat: tier.flat });

/** Packages that were begun. */
const packages = ({ size, free }: Package, quantity: Rational): Rational => {
  const begun = roundRational(divide(subtract(quantity, free), size), 0, 'ceiling');
  return rational(begun > 0n ? begun : 0n);
};

/** Refuses a model that has no price for some quantity. */
export const requirePriceModel = (model: PriceModel): void => {
  if ('tiers' in model) requireTiers(model.tiers);
  if (model.model === 'package' && compare(model.size, ZERO) <= 0) {
    throw new Rejection('EMPTY_PACKAGE', 'A package holds at least a part of a unit.');
  }
};

/** The parts of what `quantity` costs; one a tier. */
export const chargeParts = (model: PriceModel, quantity: Rational): readonly ChargePart[] => {
  if (compare(quantity, ZERO) < 0) {
    throw new Defect('NEGATIVE_QUANTITY', 'The sum of a period is not below zero.');
  }
  const none = { step: NO_STEP, base: ONE, flat: ZERO };
  switch (model.model) {
    case 'flat':
      return [part({ ...none, quantity: ONE, price: model.amount })];
    case 'percentage':
      return [part({ ...none, quantity, price: model.share })];
    case 'per-unit':
      return [part({ ...none, quantity, price: model.price, base: rational(model.base) })];
    case 'package':
      return [part({ ...none, quantity: packages(model, quantity), price: model.price })];
    case 'volume': {
      const filled = volumeTier(model.tiers, quantity);
      return filled === undefined ? [] : [tierPart(model.base)(filled)];
    }
    case 'graduated':
    case 'graduated-percentage':
      return graduatedTiers(model.tiers, quantity).map(tierPart(model.base));
  }
};

/** What `quantity` costs. */
export const charge = (model: PriceModel, quantity: Rational): Rational =>
  sum(chargeParts(model, quantity).map(({ amount }) => amount));

/** What is still due when `before` was billed and the sum is `now` (R5); below zero: a credit. */
export const chargeSince = (model: PriceModel, before: Rational, now: Rational): Rational =>
  subtract(charge(model, now), charge(model, before));
