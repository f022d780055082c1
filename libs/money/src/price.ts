import { Malformed } from '@suanpan/event-sourcing';
import { readDecimal, shown, writeDecimal } from './decimal.js';
import type { Rational } from './rational.js';
import { rational } from './rational.js';
import { powerOfTen } from './rounding.js';

/**
 * A unit price as it was agreed, digit for digit.
 *
 * Shape       mantissa ÷ 10^scale; `0.30` and `0.3` stay two texts of one price.
 * Units       per price base: 1_000_000 tokens unless said otherwise. At most 40 decimals, so that
 *             amounts at a price can be read back (./decimal).
 * Invariant   an amount is quantity × price ÷ base, never rounded.
 * Rejections  INVALID_PRICE
 * Source      design.md R11, R36 (price base quantity 1,000,000)
 */
export interface Price {
  readonly mantissa: bigint;
  readonly scale: number;
}

const PRICE_BASE = 1_000_000n;
const SCALE_MAX = 40;

/** A price is a decimal and not negative; what reduces a bill is a line of its own. */
export const parsePrice = (text: string): Price => {
  const read = readDecimal(text);
  if (read === undefined || read.scale > SCALE_MAX || text.startsWith('-')) {
    throw new Malformed('INVALID_PRICE', `${shown(text)} is no price.`);
  }
  return { mantissa: read.digits, scale: read.scale };
};

export const formatPrice = (p: Price): string => writeDecimal(p.mantissa, p.scale);

/** The exact amount of `quantity` units, in major units of the price's currency. */
export const amountOf = (quantity: bigint, price: Price, base = PRICE_BASE): Rational =>
  rational(quantity * price.mantissa, base * powerOfTen(price.scale));
