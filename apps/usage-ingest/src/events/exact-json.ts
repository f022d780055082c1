/**
 * JSON whose numbers are seen as they were written.
 *
 * Shape       a literal that a double holds exactly, or that a double shows to be no count (a
 *             fraction, beyond 2^53), is that double. One that a double would turn into an innocent
 *             whole number (0.99999999999999999999, 1e-400) is NaN, which is no count either.
 * Invariant   no number is silently changed into one that would be accepted.
 * Source      reliability 3 and row B40
 */
import { parse } from 'lossless-json';

const trailingZeros = (digits: string): number => {
  // A regular expression would be quadratic here: a literal may have a million zeros (S40).
  let zeros = 0;
  while (zeros < digits.length && digits[digits.length - 1 - zeros] === '0') zeros += 1;
  return zeros;
};

/** `-0`, `1.0`, `12e1` and `10e-1` are whole; `0.5`, `1e-1` and `1.50` are not. */
const isWhole = (literal: string): boolean => {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [digits = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const fractionDigits = fraction.length - trailingZeros(fraction);
  if (fractionDigits > 0) return Number(exponent) >= fractionDigits;
  const isZero = trailingZeros(digits) === digits.length;
  return isZero || -Number(exponent) <= trailingZeros(digits);
};

/** Any whole literal is exact as a double, or beyond 2^53 as one; only a lost fraction hides. */
export const toNumber = (literal: string): number => {
  const value = Number(literal);
  return Number.isInteger(value) && !isWhole(literal) ? Number.NaN : value;
};

/** Parses text that `JSON.parse` has already accepted. */
export const parseExactly = (text: string): unknown => parse(text, undefined, toNumber);
