import type { Instant } from '@suanpan/calendar';
import { Rejection } from '@suanpan/event-sourcing';
import type { Money, Rational } from '@suanpan/money';
import { add, compare, isZero, moneyToRational, sum, ZERO } from '@suanpan/money';
import type { Agreement, AgreementVersion } from './agreement.js';
import { agreementInForce } from './agreement-in-force.js';
import type { LinePart } from './allocate-invoice-line.js';
import { allocateInvoiceLine } from './allocate-invoice-line.js';
import type { SharedDocument, VersionItems } from './distribute.js';
import type { BaseItem } from './exact-shares.js';

/**
 * From an issued invoice and the usage behind it to the base items of each agreement version.
 *
 * Shape       usage is given as sums per charge and stretch of time; within a stretch no agreement
 *             begins or ends, so one instant of it picks the version (the event's own time, B2).
 * Invariant   a line is divided only if the usage we were told of is exactly what it was computed
 *             from: same tokens, same calls, same exact amount. Usage that no line bills is a fault
 *             too, unless it comes to nothing: then it only moves between versions. Every item's amount
 *             lies in exactly one group.
 * Rejections  FIGURES_DIFFER, and those of ./agreement-in-force
 * Source      design.md R10, R33; scenes.md B2
 */
export interface IssuedLine {
  readonly line: number;
  readonly revenueType: string;
  readonly model: string;
  readonly tokenKind: string;
  readonly priceTable: string;
  readonly priceVersion: string;
  readonly servicePeriod: string;
  readonly quantity: bigint;
  readonly calls: bigint;
  readonly exact: Rational;
  readonly amount: Money;
}

export interface UsageStretch {
  readonly model: string;
  readonly tokenKind: string;
  readonly priceTable: string;
  readonly priceVersion: string;
  readonly servicePeriod: string;
  /** Any instant of the stretch. */
  readonly at: Instant;
  readonly quantity: bigint;
  readonly calls: bigint;
  readonly exact: Rational;
}

export interface IssuedInvoice {
  readonly invoice: string;
  readonly contract: string;
  readonly currency: string;
  readonly lines: readonly IssuedLine[];
}

export interface InvoiceUsage {
  readonly stretches: readonly UsageStretch[];
  readonly agreements: readonly Agreement[];
}

const USAGE = 'usage';

type Charge = Pick<
  IssuedLine,
  'model' | 'tokenKind' | 'priceTable' | 'priceVersion' | 'servicePeriod'
>;

const chargeOf = (of: Charge): string =>
  JSON.stringify([of.model, of.tokenKind, of.priceTable, of.priceVersion, of.servicePeriod]);

const byCharge = (stretches: readonly UsageStretch[]): Map<string, UsageStretch[]> => {
  const found = new Map<string, UsageStretch[]>();
  for (const stretch of stretches) {
    const key = chargeOf(stretch);
    found.set(key, [...(found.get(key) ?? []), stretch]);
  }
  return found;
};

const differ = (invoice: string, what: string): Rejection =>
  new Rejection('FIGURES_DIFFER', `Invoice ${invoice}, ${what}.`);

const requireSameFigures = (
  { invoice }: IssuedInvoice,
  line: IssuedLine,
  own: readonly UsageStretch[],
): void => {
  const quantity = own.reduce((total, stretch) => total + stretch.quantity, 0n);
  const calls = own.reduce((total, stretch) => total + stretch.calls, 0n);
  if (quantity !== line.quantity || calls !== line.calls) {
    const heard = `${quantity} tokens of ${calls} calls were heard`;
    throw differ(invoice, `line ${line.line}: ${line.quantity} of ${line.calls} billed, ${heard}`);
  }
  if (compare(sum(own.map(({ exact }) => exact)), line.exact) !== 0) {
    throw differ(invoice, `line ${line.line}: the exact amounts are not the same`);
  }
};

/** Usage that no line bills must come to nothing. */
const requireNothing = (
  { invoice }: IssuedInvoice,
  charge: string,
  own: readonly UsageStretch[],
): void => {
  const nothing =
    own.reduce((total, { quantity }) => total + quantity, 0n) === 0n &&
    isZero(sum(own.map(({ exact }) => exact)));
  if (!nothing) throw differ(invoice, `no line bills the usage of ${charge}`);
};

/** What one version of an agreement, or none, divides of a line. */
interface VersionPart extends LinePart {
  readonly version: AgreementVersion | undefined;
}

const keyOf = (version: AgreementVersion | undefined): string =>
  version === undefined ? '' : JSON.stringify([version.agreementId, version.version]);

/** A line's stretches, summed by the version that divides them: only its sums take part in the line's rounding. */
const byVersion = (
  own: readonly UsageStretch[],
  versionAt: (at: Instant) => AgreementVersion | undefined,
): readonly VersionPart[] => {
  const parts = new Map<string, VersionPart>();
  for (const { at, exact, quantity } of own) {
    const version = versionAt(at);
    const known = parts.get(keyOf(version)) ?? { version, exact: ZERO, quantity: 0n };
    parts.set(keyOf(version), {
      version,
      exact: add(known.exact, exact),
      quantity: known.quantity + quantity,
    });
  }
  return [...parts.values()];
};

class Groups {
  private readonly byVersion = new Map<
    string,
    { version: AgreementVersion | undefined; items: BaseItem[] }
  >();

  add(version: AgreementVersion | undefined, item: BaseItem): void {
    const key = keyOf(version);
    const known = this.byVersion.get(key);
    if (known === undefined) this.byVersion.set(key, { version, items: [item] });
    else known.items.push(item);
  }

  all(): readonly VersionItems[] {
    return [...this.byVersion.values()];
  }
}

/** A line that is no usage is outside every base for now; it is shown as undivided. */
const undividedItem = (line: IssuedLine): BaseItem => ({
  model: line.model,
  tokenKind: line.tokenKind,
  revenueType: line.revenueType,
  quantity: 0n,
  amount: moneyToRational(line.amount),
});

/** The document as `distribute` takes it. */
export const divideInvoice = (
  issued: IssuedInvoice,
  { stretches, agreements }: InvoiceUsage,
): SharedDocument => {
  const left = byCharge(stretches);
  const { contract, currency } = issued;
  const groups = new Groups();
  const addParts = (
    { model, tokenKind }: Pick<Charge, 'model' | 'tokenKind'>,
    amount: Money,
    own: readonly UsageStretch[],
  ): void => {
    const parts = byVersion(own, (at) => agreementInForce(agreements, { contract, currency, at }));
    const amounts = allocateInvoiceLine(amount, parts);
    parts.forEach(({ version, quantity }, i) => {
      const part = amounts[i] ?? ZERO;
      if (isZero(part) && quantity === 0n) return;
      groups.add(version, { model, tokenKind, revenueType: USAGE, quantity, amount: part });
    });
  };
  for (const line of issued.lines) {
    if (line.revenueType !== USAGE) {
      groups.add(undefined, undividedItem(line));
      continue;
    }
    const own = left.get(chargeOf(line)) ?? [];
    left.delete(chargeOf(line));
    requireSameFigures(issued, line, own);
    addParts(line, line.amount, own);
  }
  for (const [charge, own] of left) {
    requireNothing(issued, charge, own);
    // Nothing in all, and yet it may have moved from one version's time into another's.
    const [first] = own;
    if (first !== undefined) addParts(first, { minor: 0n, currency }, own);
  }
  return { document: issued.invoice, currency, groups: groups.all() };
};
