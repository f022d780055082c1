/**
 * The auditor's own arithmetic: exact fractions of whole numbers, and one way to round.
 *
 * Owns        everything that verify adds, multiplies or rounds. It imports nothing of ours on purpose: an error
 *             in the services' arithmetic must not find its twin here.
 * Shape       n / d with d > 0, not always in lowest terms; compare with `same`, never with ===.
 */
export interface Exact {
  readonly n: bigint;
  readonly d: bigint;
}

export const whole = (n: bigint): Exact => ({ n, d: 1n });
export const NOTHING: Exact = whole(0n);

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** A decimal text as PostgreSQL and our topics write it; NaN and exponents are not numbers here. */
export const exactOf = (text: string): Exact => {
  const found = DECIMAL.exec(text);
  if (found === null) throw new Error(`Not a decimal: ${text.slice(0, 60)}`);
  const [, sign, integer = '0', fraction = ''] = found;
  const n = BigInt(integer + fraction);
  return { n: sign === '-' ? -n : n, d: 10n ** BigInt(fraction.length) };
};

export const plus = (a: Exact, b: Exact): Exact =>
  a.d === b.d ? { n: a.n + b.n, d: a.d } : { n: a.n * b.d + b.n * a.d, d: a.d * b.d };
export const minus = (a: Exact, b: Exact): Exact => plus(a, { n: -b.n, d: b.d });
export const times = (a: Exact, b: Exact): Exact => ({ n: a.n * b.n, d: a.d * b.d });
export const over = (a: Exact, b: Exact): Exact => {
  if (b.n === 0n) throw new Error('Division by zero.');
  return b.n > 0n ? { n: a.n * b.d, d: a.d * b.n } : { n: -a.n * b.d, d: a.d * -b.n };
};
export const same = (a: Exact, b: Exact): boolean => a.n * b.d === b.n * a.d;
export const isNothing = (a: Exact): boolean => a.n === 0n;
export const less = (a: Exact, b: Exact): boolean => a.n * b.d < b.n * a.d;
export const size = (a: Exact): Exact => (a.n < 0n ? { n: -a.n, d: a.d } : a);
export const total = (items: Iterable<Exact>): Exact => {
  let sum = NOTHING;
  for (const item of items) sum = shorten(plus(sum, item));
  return sum;
};

/** The same fraction in lowest terms, so that a long sum does not grow without end. */
export const shorten = (a: Exact): Exact => {
  if (a.d < SHORT) return a;
  let [x, y] = [a.n < 0n ? -a.n : a.n, a.d];
  while (y !== 0n) [x, y] = [y, x % y];
  return x <= 1n ? a : { n: a.n / x, d: a.d / x };
};
const SHORT = 10n ** 18n;

export type Rule = 'half-even' | 'half-up' | 'half-down' | 'up' | 'down' | 'ceiling' | 'floor';

interface Rest {
  /** −1 below a half, 0 a tie, 1 above. */
  readonly half: -1 | 0 | 1;
  readonly odd: boolean;
  readonly negative: boolean;
}

/** Whether a magnitude moves one unit away from zero, by how its rest compares to a half. */
const movesOut = (rule: Rule, { half, odd, negative }: Rest): boolean => {
  switch (rule) {
    case 'half-even':
      return half === 1 || (half === 0 && odd);
    case 'half-up':
      return half >= 0;
    case 'half-down':
      return half === 1;
    case 'up':
      return true;
    case 'down':
      return false;
    case 'ceiling':
      return !negative;
    case 'floor':
      return negative;
  }
};

/** A fraction as whole units of 10^-places, by a named rule. */
export const roundTo = (a: Exact, places: number, rule: Rule): bigint => {
  const scaled = (a.n < 0n ? -a.n : a.n) * 10n ** BigInt(places);
  const [units, rest] = [scaled / a.d, scaled % a.d];
  const twice = rest * 2n;
  const half = twice > a.d ? 1 : twice < a.d ? -1 : 0;
  const out = rest !== 0n && movesOut(rule, { half, odd: units % 2n === 1n, negative: a.n < 0n });
  const magnitude = out ? units + 1n : units;
  return a.n < 0n ? -magnitude : magnitude;
};

/** '465.27' of 46527 at two places. */
export const unitsText = (units: bigint, places: number): string => {
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  const point = digits.length - places;
  const text = places === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return units < 0n ? `-${text}` : text;
};

/** A fraction for a person: up to 12 digits, cut, with a mark where digits were left out. */
export const shown = (a: Exact): string => {
  const units = roundTo(a, 12, 'down');
  const text = unitsText(units, 12).replace(/\.?0+$/, '');
  return same(a, { n: units, d: 10n ** 12n }) ? text : `${text}…`;
};

// ISO 4217 list one: the currencies whose minor unit is not a hundredth.
const MINOR_DIGITS: Readonly<Record<string, number>> = {
  ...{ BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0 },
  ...{ UGX: 0, UYI: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0 },
  ...{ BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4 },
};

/** Digits after the point of a currency's minor unit. */
export const minorDigits = (currency: string): number => MINOR_DIGITS[currency] ?? 2;
