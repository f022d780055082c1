import type { Instant } from '@suanpan/calendar';
import { formatInstant } from '@suanpan/calendar';
import { Rejection } from '@suanpan/event-sourcing';
import type { Agreement, AgreementVersion } from './agreement.js';

/**
 * Refuses a version that would divide what another agreement divides too.
 *
 * Shape       a version just signed is the last of an agreement that goes on: it holds from its
 *             instant without end.
 * Invariant   of two agreements that name one contract, or that both cover all, in one currency,
 *             never both hold: ./agreement-in-force finds one. Signed in another order than they
 *             begin, they are refused all the same.
 * Rejections  AGREEMENT_OVERLAPS
 * Source      design.md R10, R17; ./agreement-in-force
 */
interface Held {
  readonly version: AgreementVersion;
  /** The first instant at which it no longer holds; absent while no end is known. */
  readonly until: Instant | undefined;
}

const earlier = (a: Instant | undefined, b: Instant | undefined): Instant | undefined => {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
};

const heldOf = (agreement: Agreement): readonly Held[] => {
  if (agreement.status === 'draft') return [];
  const end = agreement.status === 'ended' ? agreement.effectiveUntil : undefined;
  return agreement.versions
    .map((version, i) => ({
      version,
      until: earlier(agreement.versions[i + 1]?.effectiveFrom, end),
    }))
    .filter(({ version, until }) => until === undefined || until > version.effectiveFrom);
};

const coverTheSame = (a: AgreementVersion, b: AgreementVersion): boolean => {
  if (a.contracts.length === 0 || b.contracts.length === 0) {
    return a.contracts.length === b.contracts.length;
  }
  const named = new Set(a.contracts);
  return b.contracts.some((contract) => named.has(contract));
};

/** `others` are all other agreements of the tenant. */
export const requireAlone = (signed: AgreementVersion, others: readonly Agreement[]): void => {
  const twin = others
    .flatMap(heldOf)
    .find(
      ({ version, until }) =>
        (until === undefined || until > signed.effectiveFrom) &&
        version.currency === signed.currency &&
        coverTheSame(version, signed),
    );
  if (twin === undefined) return;
  const { agreementId, version, effectiveFrom } = twin.version;
  throw new Rejection(
    'AGREEMENT_OVERLAPS',
    `${signed.agreementId} from ${formatInstant(signed.effectiveFrom)} covers what version ` +
      `${version} of ${agreementId} covers from ${formatInstant(effectiveFrom)}` +
      `${twin.until === undefined ? '' : ` until ${formatInstant(twin.until)}`}.`,
  );
};
