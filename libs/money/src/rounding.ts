import type { Rational } from './rational.js';

/**
 * The one place that rounds.
 *
 * Units       `places`: digits after the decimal point that stay.
 * Invariant   rounding `-r` gives the negative of rounding `r` for every rule but 'ceiling' and 'floor'.
 * Source      design.md R11 (a line is rounded once); scenes.md A2 (half-even: 20.005 is 20.00)
 */
export type RoundingRule =
  'half-even' | 'half-up' | 'half-down' | 'up' | 'down' | 'ceiling' | 'floor';

const POWERS_KEPT = 128;
const powers: readonly bigint[] = Array.from({ length: POWERS_KEPT }, (_, i) => 10n ** BigInt(i));

export const powerOfTen = (exponent: number): bigint => powers[exponent] ?? 10n ** BigInt(exponent);

/** What is thrown away, before the rule has spoken. `half` compares it with one half. */
interface Cut {
  readonly quotient: bigint;
  readonly half: -1 | 0 | 1;
  readonly negative: boolean;
}

/** Whether the magnitude grows by one. Halves: up is away from zero, down is towards zero. */
const growsBy: Record<RoundingRule, (cut: Cut) => boolean> = {
  'half-even': ({ half, quotient }) => half > 0 || (half === 0 && (quotient & 1n) === 1n),
  'half-up': ({ half }) => half >= 0,
  'half-down': ({ half }) => half > 0,
  up: () => true,
  down: () => false,
  ceiling: ({ negative }) => !negative,
  floor: ({ negative }) => negative,
};

/** `r` times ten to the `places`, rounded to an integer by `rule`. */
export const roundRational = (
  r: Rational,
  places: number,
  rule: RoundingRule = 'half-even',
): bigint => {
  const negative = r.n < 0n;
  const scaled = (negative ? -r.n : r.n) * powerOfTen(places);
  const quotient = scaled / r.d;
  const rest = scaled - quotient * r.d;
  if (rest === 0n) return negative ? -quotient : quotient;
  const twice = rest * 2n;
  const half = twice === r.d ? 0 : twice > r.d ? 1 : -1;
  const magnitude = growsBy[rule]({ quotient, half, negative }) ? quotient + 1n : quotient;
  return negative ? -magnitude : magnitude;
};
