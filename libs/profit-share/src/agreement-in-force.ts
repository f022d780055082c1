import type { Instant } from '@suanpan/calendar';
import { formatInstant } from '@suanpan/calendar';
import { Rejection } from '@suanpan/event-sourcing';
import type { Agreement, AgreementVersion } from './agreement.js';

/**
 * Which version of which agreement divides a contract's revenue at an instant.
 *
 * Shape       a version holds from its own instant until the next version's, or the agreement's end.
 * Invariant   at most one agreement divides one contract's revenue in one currency at one instant: an
 *             agreement that names the contract goes before one that covers all, whatever its
 *             currency. Nothing is converted here: revenue in another currency than that of its
 *             agreement is divided by nobody, rather than by an agreement that was not meant for it.
 * Rejections  AGREEMENT_AMBIGUOUS, AGREEMENT_CURRENCY_DIFFERS
 * Source      scenes.md B2 (the event's own time picks the version); design.md R17
 */
export interface Asked {
  readonly contract: string;
  readonly currency: string;
  readonly at: Instant;
}

/** The version of one agreement that holds at `at`, whatever it covers. */
export const versionAt = (agreement: Agreement, at: Instant): AgreementVersion | undefined => {
  if (agreement.status === 'draft') return undefined;
  if (agreement.status === 'ended' && at >= agreement.effectiveUntil) return undefined;
  return agreement.versions.findLast((version) => version.effectiveFrom <= at);
};

const onlyOne = (
  versions: readonly AgreementVersion[],
  { contract, at }: Asked,
): AgreementVersion | undefined => {
  const [first, second] = versions;
  if (first !== undefined && second !== undefined) {
    throw new Rejection(
      'AGREEMENT_AMBIGUOUS',
      `${first.agreementId} and ${second.agreementId} both divide ${contract} at ` +
        `${formatInstant(at)}.`,
    );
  }
  return first;
};

const inCurrency = (
  versions: readonly AgreementVersion[],
  { contract, currency }: Asked,
): readonly AgreementVersion[] => {
  const able = versions.filter((version) => version.currency === currency);
  const [other] = versions;
  if (able.length === 0 && other !== undefined) {
    throw new Rejection(
      'AGREEMENT_CURRENCY_DIFFERS',
      `${contract} is billed in ${currency}, its agreement ${other.agreementId} is in ` +
        `${other.currency}.`,
    );
  }
  return able;
};

/** Nothing, if no agreement covers the contract: its revenue is then the operator's alone. */
export const agreementInForce = (
  agreements: Iterable<Agreement>,
  asked: Asked,
): AgreementVersion | undefined => {
  const inForce = [...agreements].flatMap((agreement) => versionAt(agreement, asked.at) ?? []);
  const naming = inForce.filter(({ contracts }) => contracts.includes(asked.contract));
  const covering = inForce.filter(({ contracts }) => contracts.length === 0);
  return onlyOne(inCurrency(naming.length > 0 ? naming : covering, asked), asked);
};
