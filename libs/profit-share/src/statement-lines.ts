import type { Money, Rational } from '@suanpan/money';
import {
  compare,
  decimalDigits,
  formatMoney,
  formatPrice,
  isZero,
  moneyToRational,
  roundToMoney,
} from '@suanpan/money';
import type { Distribution, PartyShare, VersionDistribution } from './distribute.js';
import type { Step } from './steps.js';

/**
 * The lines of a partner's statement: its part of each document, by agreement version and model.
 *
 * Invariant   the lines of one (document, agreement version) add up to the party's rounded share; a
 *             line's amount is never computed again from its base.
 * Source      design.md R10 (statement lines are sums of the shares, never rounded again)
 */
export interface StatementLine {
  readonly agreement: string;
  readonly agreementVersion: number;
  readonly invoice: string;
  readonly invoiceNumber: string;
  readonly model: string;
  /** For the reader: the model's base, with ten digits where it is not whole minor units. */
  readonly base: string;
  /** For the reader: the rule by which the party takes part. */
  readonly share: string;
  readonly amount: Money;
}

const SHOWN_DIGITS = 10;

const shownBase = (base: Rational, currency: string): string => {
  const rounded = roundToMoney(base, currency);
  const whole = compare(moneyToRational(rounded), base) === 0;
  return whole ? formatMoney(rounded) : decimalDigits(base, SHOWN_DIGITS);
};

/** 5_500 bps is `55.00%`. */
const percent = (shareBps: bigint): string =>
  `${shareBps / 100n}.${(shareBps % 100n).toString().padStart(2, '0')}%`;

const scope = (names: readonly string[]): string =>
  names.length === 0 ? '' : ` (${names.join(', ')})`;

const ruleOf = (step: Step, party: string): readonly string[] => {
  switch (step.kind) {
    case 'per-million':
      return step.party === party
        ? [`${formatPrice(step.perMillion)} per 1,000,000${scope(step.tokenKinds)}`]
        : [];
    case 'percentage':
      return step.party === party ? [`${percent(step.shareBps)}${scope(step.revenueTypes)}`] : [];
    case 'shares':
      return step.parties
        .filter((share) => share.party === party)
        .map(({ shareBps }) => `${percent(shareBps)} of the rest`);
  }
};

/** How a party takes part, in words: `0.20 per 1,000,000 (output) + 25.00% of the rest`. */
const shareRule = (steps: readonly Step[], party: string): string =>
  steps.flatMap((step) => ruleOf(step, party)).join(' + ');

const linesOfVersion = (
  { version, document, shares }: VersionDistribution,
  { party, invoiceNumber }: { readonly party: string; readonly invoiceNumber: string },
): readonly StatementLine[] =>
  shares
    .filter((share: PartyShare) => share.party === party)
    .flatMap(({ models }) => models)
    .filter(({ amount, exact }) => amount.minor !== 0n || !isZero(exact))
    .map(({ model, base, amount }) => ({
      agreement: version.agreementId,
      agreementVersion: version.version,
      invoice: document,
      invoiceNumber,
      model,
      base: shownBase(base, amount.currency),
      share: shareRule(version.steps, party),
      amount,
    }));

/** A party's lines of one distributed document. */
export const statementLines = (
  distribution: Distribution,
  of: { readonly party: string; readonly invoiceNumber: string },
): readonly StatementLine[] =>
  distribution.versions.flatMap((version) => linesOfVersion(version, of));
