/**
 * A count as it stands in JSON: a safe integer, or a decimal string of at most 19 digits.
 *
 * Invariant   a text is measured before it is read, so that no input makes a big number.
 * Rejections  NEGATIVE_QUANTITY, NOT_INTEGER, QUANTITY_LIMIT
 * Source      reliability.md B35, B37, B40, D14
 */
import { shown, type Problem } from './refusals.js';

export const QUANTITY_MAX = 10n ** 18n;
const DIGITS_MAX = 19;
const WHOLE = /^(?:0|[1-9]\d*)$/;
const NEGATIVE = /^-[1-9]\d*$/;

const negative = (value: unknown): Problem => ({
  code: 'NEGATIVE_QUANTITY',
  detail: `${shown(value)} is below zero.`,
});

const notInteger = (value: unknown): Problem => ({
  code: 'NOT_INTEGER',
  detail: `${shown(value)} is no whole number.`,
});

const tooLarge = (value: unknown, limit: string): Problem => ({
  code: 'QUANTITY_LIMIT',
  detail: `${shown(value)} is over ${limit}.`,
});

/** The count, or what is wrong with it. */
export const quantityOf = (value: unknown): bigint | Problem => {
  if (typeof value === 'number') return ofNumber(value);
  return typeof value === 'string' ? ofText(value) : notInteger(value);
};

const ofNumber = (value: number): bigint | Problem => {
  if (value < 0) return negative(value);
  if (value > Number.MAX_SAFE_INTEGER) return tooLarge(value, '2^53 - 1; send it as a string');
  return Number.isInteger(value) ? BigInt(value) : notInteger(value);
};

const ofText = (text: string): bigint | Problem => {
  const start = text.slice(0, DIGITS_MAX + 1);
  if (NEGATIVE.test(start)) return negative(text);
  if (!WHOLE.test(start)) return notInteger(text);
  if (text.length > DIGITS_MAX) return tooLarge(text, '10^18');
  const quantity = BigInt(text);
  return quantity > QUANTITY_MAX ? tooLarge(text, '10^18') : quantity;
};
