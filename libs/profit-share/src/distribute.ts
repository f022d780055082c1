import { Rejection } from '@suanpan/event-sourcing';
import type { Money, Rational } from '@suanpan/money';
import { isZero, negate, negateMoney, roundParts, roundPartsTo, sum } from '@suanpan/money';
import type { AgreementVersion } from './agreement.js';
import type { BaseItem, ExactShare } from './exact-shares.js';
import { exactShares } from './exact-shares.js';

/**
 * Divides an issued document (invoice or credit note) among the parties of its agreements.
 *
 * Owns        the one rounding of a document's shares.
 * Shape       three splits inside each other, each by largest remainder:
 *             1. document → versions: the base of a version may hold parts of a cent, where a line's
 *                buckets lie on both sides of a change of shares. The versions' bases are rounded
 *                together so that they add up to the document's base; ties go to the earlier version.
 *             2. version → parties: ties go in the agreement's order of parties.
 *             3. party → models (the statement's lines): ties go in the order of the models' names.
 * Units       base items: exact major units; results: minor units.
 * Invariant   Σ shares = the version's base, Σ versions (+ what no agreement divides) = the document's
 *             base, Σ lines of a party = its share. A document and its full reversal cancel for every
 *             party and line. Nothing depends on the order of groups or items.
 * Rejections  AGREEMENT_CURRENCY_DIFFERS (nothing is converted here, design.md R17)
 * Source      design.md R10; scenes.md B, B2, B5
 */
export interface VersionItems {
  /** Absent: no agreement was in force, the amount is the operator's alone. */
  readonly version: AgreementVersion | undefined;
  readonly items: readonly BaseItem[];
}

export interface SharedDocument {
  readonly document: string;
  readonly currency: string;
  readonly groups: readonly VersionItems[];
}

export interface StatementAmount {
  readonly model: string;
  /** The model's base in this document and version, exact. */
  readonly base: Rational;
  /** The party's exact share of it. */
  readonly exact: Rational;
  readonly amount: Money;
}

export interface PartyShare {
  readonly party: string;
  readonly role: string;
  readonly exact: Rational;
  readonly amount: Money;
  readonly models: readonly StatementAmount[];
}

export interface VersionDistribution {
  readonly document: string;
  readonly version: AgreementVersion;
  readonly base: Money;
  readonly shares: readonly PartyShare[];
}

export interface Distribution {
  readonly document: string;
  readonly currency: string;
  readonly versions: readonly VersionDistribution[];
  readonly undivided: Money;
}

/** A group with its exact figures, before any rounding. */
interface ExactGroup {
  readonly version: AgreementVersion | undefined;
  readonly base: Rational;
  readonly shares: readonly ExactShare[];
}

const exactGroup = ({ version, items }: VersionItems): ExactGroup => ({
  version,
  base: sum(items.map(({ amount }) => amount)),
  shares: version === undefined ? [] : exactShares(version.steps, items),
});

/** Groups of one version are one group; then by date and name, the undivided rest last. */
const inOrder = (groups: readonly VersionItems[]): readonly VersionItems[] => {
  const merged = new Map<string, { version: VersionItems['version']; items: BaseItem[] }>();
  for (const { version, items } of groups) {
    const key = version === undefined ? '' : `${version.agreementId}\n${version.version}`;
    const known = merged.get(key) ?? { version, items: [] };
    for (const item of items) known.items.push(item);
    merged.set(key, known);
  }
  return [...merged.values()].sort(({ version: a }, { version: b }) => {
    if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
    if (a.effectiveFrom !== b.effectiveFrom) return a.effectiveFrom < b.effectiveFrom ? -1 : 1;
    return a.agreementId < b.agreementId ? -1 : 1;
  });
};

/** The sign that turns the document positive; a document of 0.00 takes it from its first figure. */
const leaningOf = (groups: readonly ExactGroup[]): 1n | -1n => {
  const figures = [
    sum(groups.map(({ base }) => base)),
    ...groups.map(({ base }) => base),
    ...groups.flatMap(({ shares }) => shares.map(({ exact }) => exact)),
    ...groups.flatMap(({ shares }) => shares.flatMap(({ models }) => models.map((m) => m.exact))),
  ];
  const first = figures.find((figure) => !isZero(figure));
  return first !== undefined && first.n < 0n ? -1n : 1n;
};

/** `roundPartsTo` for a document that is turned positive before and back after. */
const split = (total: Money, exact: readonly Rational[], sign: 1n | -1n): readonly Money[] =>
  sign > 0n
    ? roundPartsTo(total, exact)
    : roundPartsTo(negateMoney(total), exact.map(negate)).map(negateMoney);

/** `split`, with each part handed to the thing it belongs to. */
const splitAmong = <T extends { readonly exact: Rational }, R>(
  { total, things, sign }: { total: Money; things: readonly T[]; sign: 1n | -1n },
  hand: (thing: T, amount: Money) => R,
): readonly R[] => {
  const amounts = split(
    total,
    things.map(({ exact }) => exact),
    sign,
  );
  return things.map((thing, i) => hand(thing, amounts[i] ?? { ...total, minor: 0n }));
};

const sharesOf = (group: ExactGroup, total: Money, sign: 1n | -1n): readonly PartyShare[] =>
  splitAmong({ total, things: group.shares, sign }, ({ party, role, exact, models }, amount) => ({
    party,
    role,
    exact,
    amount,
    models: splitAmong({ total: amount, things: models, sign }, (line, part) => ({
      model: line.model,
      base: line.base,
      exact: line.exact,
      amount: part,
    })),
  }));

const requireCurrency = ({ document, currency, groups }: SharedDocument): void => {
  for (const { version } of groups) {
    if (version !== undefined && version.currency !== currency) {
      throw new Rejection(
        'AGREEMENT_CURRENCY_DIFFERS',
        `${document} is in ${currency}, ${version.agreementId} in ${version.currency}.`,
      );
    }
  }
};

/** The shares of every party in the document. Its base must be whole minor units. */
export const distribute = (shared: SharedDocument): Distribution => {
  requireCurrency(shared);
  const { document, currency, groups } = shared;
  const exact = inOrder(groups).map(exactGroup);
  const sign = leaningOf(exact);
  const bases = exact.map(({ base }) => (sign > 0n ? base : negate(base)));
  const totals = roundParts(bases, currency).map((m) => (sign > 0n ? m : negateMoney(m)));
  const zero: Money = { minor: 0n, currency };
  const versions = exact.flatMap((group, i) => {
    if (group.version === undefined) return [];
    const base = totals[i] ?? zero;
    return [{ document, version: group.version, base, shares: sharesOf(group, base, sign) }];
  });
  const rest = exact.findIndex(({ version }) => version === undefined);
  return { document, currency, versions, undivided: totals[rest] ?? zero };
};
