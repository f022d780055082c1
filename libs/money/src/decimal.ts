import { Defect, Malformed } from '@suanpan/event-sourcing';
import type { Rational } from './rational.js';
import { rational } from './rational.js';
import { powerOfTen, roundRational } from './rounding.js';

/**
 * Decimal text in and out of fractions.
 *
 * Invariant   exactDecimal(parseDecimal(text)) is the same number; no exponent is ever read or written.
 *             What is written can be read: a price has at most 40 decimals (./price), an amount at a
 *             price per 1,000,000 then at most 46.
 * Rejections  INVALID_DECIMAL
 * Source      reliability.md B40: "1e1000000000" and a million nines are refused before any arithmetic
 */
const TEXT_MAX = 88;
const DECIMAL = /^(-?)(0|[1-9]\d{0,39})(?:\.(\d{1,46}))?$/;

/** The parts of a decimal text, or nothing if it is none: `-12.50` is {digits: -1250n, scale: 2}. */
export const readDecimal = (
  text: string,
): { readonly digits: bigint; readonly scale: number } | undefined => {
  const match = text.length > TEXT_MAX ? null : DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  return { digits: BigInt(`${sign}${whole}${fraction}`), scale: fraction.length };
};

/** Text for `digits` with the point `scale` places from the right. */
export const writeDecimal = (digits: bigint, scale: number): string => {
  if (scale === 0) return digits.toString();
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, '0');
  const point = text.length - scale;
  return `${negative ? '-' : ''}${text.slice(0, point)}.${text.slice(point)}`;
};

/** A decimal of at most 40 digits before and 46 after the point; no exponent, plus or blank. */
export const parseDecimal = (text: string): Rational => {
  const read = readDecimal(text);
  if (read === undefined) {
    throw new Malformed(
      'INVALID_DECIMAL',
      `${shown(text)} is no decimal of at most 40 + 46 digits.`,
    );
  }
  return rational(read.digits, powerOfTen(read.scale));
};

/** Input in a message is cut: a million nines do not belong in a log. */
export const shown = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** How often `factor` divides `d`, and what is left. */
const strip = (d: bigint, factor: bigint): { readonly times: number; readonly rest: bigint } => {
  let rest = d;
  let times = 0;
  while (rest % factor === 0n) {
    rest /= factor;
    times += 1;
  }
  return { times, rest };
};

/** The same number as text, every digit of it: `0.00117`. A third has no such text. */
export const exactDecimal = (r: Rational): string => {
  if (r.d === 1n) return r.n.toString();
  const twos = strip(r.d, 2n);
  const fives = strip(twos.rest, 5n);
  if (fives.rest !== 1n) {
    throw new Defect('NOT_A_FINITE_DECIMAL', `${r.n}/${r.d} has no finite decimal.`);
  }
  const scale = Math.max(twos.times, fives.times);
  return writeDecimal((r.n * powerOfTen(scale)) / r.d, scale);
};

/** `places` digits after the point, half-even, for display only: `6.7668327035`. */
export const decimalDigits = (r: Rational, places: number): string =>
  writeDecimal(roundRational(r, places, 'half-even'), places);
