import { Defect, Malformed } from '@suanpan/event-sourcing';
import { currencies } from './currencies.js';
import { readDecimal, shown, writeDecimal } from './decimal.js';
import type { Rational } from './rational.js';
import { rational } from './rational.js';
import type { RoundingRule } from './rounding.js';
import { powerOfTen, roundRational } from './rounding.js';

/**
 * An amount that can be paid: whole minor units of one currency.
 *
 * Owns        money's text, sums and the step from an exact fraction to a payable amount.
 * Units       minor: minor units (cents; yen have no smaller unit).
 * Invariant   two currencies are never added.
 * Rejections  INVALID_CURRENCY, INVALID_AMOUNT, AMOUNT_SCALE, AMOUNT_LIMIT
 * Source      ISO 4217 (currencies.ts)
 */
export interface Money {
  readonly minor: bigint;
  readonly currency: string;
}

const LIMIT_MINOR = 10n ** 18n;

/** Digits of the minor unit: 2 for USD, 0 for JPY, 3 for KWD. */
export const minorUnits = (currency: string): number => {
  const digits = currencies.get(currency);
  if (digits === undefined) {
    throw new Malformed('INVALID_CURRENCY', `${shown(currency)} is no active ISO 4217 currency.`);
  }
  return digits;
};

export const money = (minor: bigint, currency: string): Money => {
  minorUnits(currency);
  return { minor, currency };
};

const sameCurrency = (a: string, b: string): void => {
  if (a !== b) throw new Defect('CURRENCY_MISMATCH', `${a} and ${b} are not added.`);
};

export const addMoney = (a: Money, b: Money): Money => {
  sameCurrency(a.currency, b.currency);
  return { minor: a.minor + b.minor, currency: a.currency };
};

export const negateMoney = (a: Money): Money => ({ minor: -a.minor, currency: a.currency });

export const subtractMoney = (a: Money, b: Money): Money => addMoney(a, negateMoney(b));

/** The currency is given, so that the sum of nothing is a zero of it. */
export const sumMoney = (currency: string, items: Iterable<Money>): Money => {
  let minor = 0n;
  for (const item of items) {
    sameCurrency(currency, item.currency);
    minor += item.minor;
  }
  return money(minor, currency);
};

/** `465.27`, `-3.75`; always all digits of the minor unit. */
export const formatMoney = (m: Money): string => writeDecimal(m.minor, minorUnits(m.currency));

/** Reads a wire amount. Fewer fraction digits than the minor unit are allowed, more are not. */
export const parseMoney = (text: string, currency: string): Money => {
  const places = minorUnits(currency);
  const read = readDecimal(text);
  if (read === undefined) throw new Malformed('INVALID_AMOUNT', `${shown(text)} is no amount.`);
  if (read.scale > places) {
    throw new Malformed('AMOUNT_SCALE', `${text} ${currency} has more than ${places} decimals.`);
  }
  const minor = read.digits * powerOfTen(places - read.scale);
  if (minor > LIMIT_MINOR || minor < -LIMIT_MINOR) {
    throw new Malformed('AMOUNT_LIMIT', `${text} ${currency} is beyond 10^18 minor units.`);
  }
  return { minor, currency };
};

/** In major units: 20.00 USD is 20. */
export const moneyToRational = (m: Money): Rational =>
  rational(m.minor, powerOfTen(minorUnits(m.currency)));

/** From exact major units to minor units, by the one rounding function. */
export const roundToMoney = (
  r: Rational,
  currency: string,
  rule: RoundingRule = 'half-even',
): Money => ({ minor: roundRational(r, minorUnits(currency), rule), currency });
