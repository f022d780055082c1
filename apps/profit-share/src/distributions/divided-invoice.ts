/**
 * The fact that an invoice was divided: what is stored, and how it comes about.
 *
 * Shape       one event a stream. It names every agreement version that was known when the
 *             decision was taken: signing does not commute with dividing, and replay decides again
 *             with exactly those (R2).
 * Invariant   Σ shares of a version = its base; Σ bases + held = the invoice's lines (I4).
 * Source      design rulings R2, R10
 */
import type { Rational } from '@suanpan/money';
import { formatMoney, sum } from '@suanpan/money';
import type { Agreement, Distribution, SharedDocument, UsageStretch } from '@suanpan/profit-share';
import { distribute, divideInvoice, exactShares, statementLines } from '@suanpan/profit-share';
import type { KeptInvoice } from './invoice-document.js';

interface Fraction {
  readonly n: string;
  readonly d: string;
}

interface DividedBase {
  readonly agreement: string;
  readonly version: number;
  readonly exact: Fraction;
  readonly base: string;
}

interface DividedShare {
  readonly agreement: string;
  readonly version: number;
  readonly party: string;
  readonly role: string;
  readonly model: string;
  readonly exact: Fraction;
  readonly share: string;
  /** The model's base and the rule, as the statement shows them. */
  readonly base: string;
  readonly rule: string;
}

interface HeldPart {
  readonly exact: Fraction;
  readonly amount: string;
  readonly models: readonly string[];
  readonly reason: 'NO_AGREEMENT' | 'NOT_IN_BASE';
}

export interface InvoiceDistributed {
  readonly invoice: string;
  readonly number: string;
  readonly contract: string;
  readonly currency: string;
  readonly period: string;
  /** Every version of every agreement that the tenant had. */
  readonly known: readonly { readonly agreement: string; readonly version: number }[];
  readonly bases: readonly DividedBase[];
  readonly shares: readonly DividedShare[];
  readonly held: HeldPart | null;
}

const toFraction = ({ n, d }: Rational): Fraction => ({ n: n.toString(), d: d.toString() });

const itemsOf = ({ groups }: SharedDocument, agreement: string | null, version: number) =>
  groups
    .filter(({ version: own }) =>
      own === undefined
        ? agreement === null
        : own.agreementId === agreement && own.version === version,
    )
    .flatMap(({ items }) => items);

/** A party's exact part in each model of one version, which the rounding has left behind. */
const exactOf = (document: SharedDocument, version: Distribution['versions'][number]) => {
  const { agreementId, version: number, steps } = version.version;
  const exact = new Map<string, Rational>();
  for (const share of exactShares(steps, itemsOf(document, agreementId, number))) {
    for (const model of share.models) {
      exact.set(JSON.stringify([share.party, model.model]), model.exact);
    }
  }
  return exact;
};

const sharesOf = (
  document: SharedDocument,
  divided: Distribution,
  invoiceNumber: string,
): readonly DividedShare[] =>
  divided.versions.flatMap((version) => {
    const exact = exactOf(document, version);
    const alone = { ...divided, versions: [version] };
    return version.shares.flatMap(({ party, role }) =>
      statementLines(alone, { party, invoiceNumber }).map((line) => ({
        agreement: line.agreement,
        version: line.agreementVersion,
        party,
        role,
        model: line.model,
        exact: toFraction(exact.get(JSON.stringify([party, line.model])) ?? { n: 0n, d: 1n }),
        share: formatMoney(line.amount),
        base: line.base,
        rule: line.share,
      })),
    );
  });

const basesOf = (document: SharedDocument, divided: Distribution): readonly DividedBase[] =>
  divided.versions.map(({ version, base }) => ({
    agreement: version.agreementId,
    version: version.version,
    exact: toFraction(
      sum(itemsOf(document, version.agreementId, version.version).map(({ amount }) => amount)),
    ),
    base: formatMoney(base),
  }));

/** What no agreement divides, or what is in no base: shown, never kept in silence. */
const heldOf = (document: SharedDocument, divided: Distribution): HeldPart | null => {
  const items = itemsOf(document, null, 0);
  if (items.length === 0) return null;
  const isUsage = items.some(({ revenueType }) => revenueType === 'usage');
  return {
    exact: toFraction(sum(items.map(({ amount }) => amount))),
    amount: formatMoney(divided.undivided),
    models: [...new Set(items.map(({ model }) => model))].sort(),
    reason: isUsage ? 'NO_AGREEMENT' : 'NOT_IN_BASE',
  };
};

interface ToDivide {
  readonly stretches: readonly UsageStretch[];
  readonly agreements: readonly Agreement[];
}

/** Divides an invoice. Throws FIGURES_DIFFER while the usage behind it is not all here. */
export const divide = (kept: KeptInvoice, given: ToDivide): InvoiceDistributed => {
  const document = divideInvoice(kept.issued, given);
  const divided = distribute(document);
  return {
    invoice: kept.issued.invoice,
    number: kept.number,
    contract: kept.issued.contract,
    currency: kept.issued.currency,
    period: kept.period,
    known: given.agreements.flatMap((agreement) =>
      agreement.status === 'draft'
        ? []
        : agreement.versions.map(({ agreementId, version }) => ({
            agreement: agreementId,
            version,
          })),
    ),
    bases: basesOf(document, divided),
    shares: sharesOf(document, divided, kept.number),
    held: heldOf(document, divided),
  };
};
