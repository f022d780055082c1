/**
 * Tiers of a price: up to where each reaches, what a unit costs in it, what it costs to be in it.
 *
 * Units       quantities in units (tokens, or the money a percentage is of); a price is of `base` units.
 * Invariant   tiers reach ever further, without a gap; the last one has no end. An upper bound belongs
 *             to its tier. Nothing used is in the first tier, whose flat amount is due all the same.
 * Rejections  EMPTY_TIERS, TIERS_NOT_ASCENDING, LAST_TIER_BOUNDED, TIER_WITHOUT_BOUND
 * Source      scenes.md A2 (upper bound inclusive); ruling R5; ADR 0060
 */
import { Rejection } from '@suanpan/event-sourcing';
import type { Rational } from '@suanpan/money';
import { compare, subtract, ZERO } from '@suanpan/money';

export interface Tier {
  /** The last unit of the tier; null: it has no end. */
  readonly upTo: Rational | null;
  /** For `base` units; of a percentage: the share of the amount. */
  readonly price: Rational;
  /** Due as soon as the tier is reached. */
  readonly flat: Rational;
}

/** A tier with what of a quantity lies in it. */
export interface FilledTier {
  /** From 1. */
  readonly step: number;
  readonly tier: Tier;
  readonly quantity: Rational;
}

const requireAscending = (tiers: readonly Tier[]): void => {
  let reached = ZERO;
  for (const [index, { upTo }] of tiers.entries()) {
    const isLast = index === tiers.length - 1;
    if (isLast && upTo !== null) {
      throw new Rejection('LAST_TIER_BOUNDED', 'What lies beyond the last tier has no price.');
    }
    if (isLast) return;
    if (upTo === null) {
      throw new Rejection('TIER_WITHOUT_BOUND', `Tier ${index + 1} hides those that follow.`);
    }
    if (compare(upTo, reached) <= 0) {
      throw new Rejection('TIERS_NOT_ASCENDING', `Tier ${index + 1} does not reach further.`);
    }
    reached = upTo;
  }
};

export const requireTiers = (tiers: readonly Tier[]): void => {
  if (tiers.length === 0) throw new Rejection('EMPTY_TIERS', 'A price by tiers needs a tier.');
  requireAscending(tiers);
};

const isWithin = (quantity: Rational, { upTo }: Tier): boolean =>
  upTo === null || compare(quantity, upTo) <= 0;

/** Graduated: each tier takes what lies in it. */
export const graduatedTiers = (
  tiers: readonly Tier[],
  quantity: Rational,
): readonly FilledTier[] => {
  const filled: FilledTier[] = [];
  let from = ZERO;
  for (const [index, tier] of tiers.entries()) {
    const within = isWithin(quantity, tier);
    const end = within || tier.upTo === null ? quantity : tier.upTo;
    filled.push({ step: index + 1, tier, quantity: subtract(end, from) });
    if (within) break;
    from = end;
  }
  return filled;
};

/** Volume: the tier that the whole quantity reaches takes all of it. */
export const volumeTier = (tiers: readonly Tier[], quantity: Rational): FilledTier | undefined => {
  const index = tiers.findIndex((tier) => isWithin(quantity, tier));
  const tier = tiers[index];
  return tier && { step: index + 1, tier, quantity };
};
