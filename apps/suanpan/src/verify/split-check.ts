import type { AgreementVersion, Agreements } from './agreements.js';
import { type Billable, type BillableLine, lineKeyOf } from './billable.js';
import type { Snapshot } from './database.js';
import {
  type Exact,
  exactOf,
  isNothing,
  less,
  minorDigits,
  minus,
  NOTHING,
  over,
  plus,
  same,
  shown,
  size,
  times,
  total,
  whole,
} from './exact.js';
import type { Tally } from './findings.js';
import type { InvoiceLineRow, InvoiceRow, Invoices } from './invoice-check.js';
import { PER_MILLION } from './rating.js';

/**
 * How each issued invoice was divided, computed again from the agreements in exact fractions.
 *
 * Invariant   Σ shares = what was divided, to the minor unit; no share is a whole unit away from its exact value.
 * Source      I4; R10; scenes.md B
 */
interface BaseRow {
  readonly tenant: string;
  readonly invoice: string;
  readonly agreement: string;
  readonly agreement_version: number;
  readonly currency: string;
  readonly base_n: string;
  readonly base_d: string;
  readonly base: string;
}

interface ShareRow {
  readonly tenant: string;
  readonly invoice: string;
  readonly agreement: string;
  readonly agreement_version: number;
  readonly party: string;
  readonly model: string;
  readonly exact_n: string;
  readonly exact_d: string;
  readonly share: string;
}

interface HeldRow {
  readonly tenant: string;
  readonly invoice: string;
  readonly amount: string;
}

/** One model's part of an invoice that one agreement version divides. */
interface Part {
  base: Exact;
  readonly tokens: Map<string, bigint>;
}

interface Group {
  readonly version: AgreementVersion;
  readonly parts: Map<string, Part>;
}

const nameOf = (version: AgreementVersion): string => `${version.agreement} v${version.version}`;

/** What of a line lies in the time of one agreement version; without one it is held. */
interface Slice {
  readonly version: AgreementVersion | undefined;
  quantity: bigint;
}

const slicesOf = (
  line: BillableLine,
  currency: string,
  agreements: Agreements,
): readonly Slice[] => {
  const slices = new Map<string, Slice>();
  for (const [quarter, quantity] of line.quarters) {
    const version = agreements.inForce(line, currency, quarter);
    const name = version === undefined ? '' : nameOf(version);
    const slice = slices.get(name) ?? { version, quantity: 0n };
    slice.quantity += quantity;
    slices.set(name, slice);
  }
  return [...slices.values()];
};

const magnitude = (quantity: bigint): bigint => (quantity < 0n ? -quantity : quantity);

/**
 * An invoice line handed out to the agreement versions: to each the exact price of its own tokens, and by their number,
 * without sign, its part of what rounding made of the line.
 */
const addLine = (
  groups: Map<string, Group>,
  { line, amount, slices }: { line: BillableLine; amount: Exact; slices: readonly Slice[] },
): void => {
  const priceOf = (quantity: bigint): Exact =>
    over(times(whole(quantity), exactOf(line.price)), PER_MILLION);
  const rounding = minus(amount, priceOf(line.quantity));
  const all = slices.reduce((sum, { quantity }) => sum + magnitude(quantity), 0n);
  for (const { version, quantity } of slices) {
    if (version === undefined || quantity === 0n) continue;
    const group = groups.get(nameOf(version)) ?? { version, parts: new Map<string, Part>() };
    groups.set(nameOf(version), group);
    const part = group.parts.get(line.model) ?? {
      base: NOTHING,
      tokens: new Map<string, bigint>(),
    };
    group.parts.set(line.model, part);
    const share = over(times(rounding, whole(magnitude(quantity))), whole(all));
    part.base = total([part.base, priceOf(quantity), share]);
    part.tokens.set(line.kind, (part.tokens.get(line.kind) ?? 0n) + quantity);
  }
};

const admits = (list: readonly string[], name: string): boolean =>
  list.length === 0 || list.includes(name);

/** Exact shares of one model, by party. */
const sharesOf = (
  { steps }: AgreementVersion,
  model: string,
  { base, tokens }: Part,
): ReadonlyMap<string, Exact> => {
  const shares = new Map<string, Exact>();
  const give = (party: string, share: Exact): void => {
    shares.set(party, plus(shares.get(party) ?? NOTHING, share));
  };
  let rest = base;
  for (const step of steps) {
    if (step.kind === 'per-million' && step.party !== null && step.perMillion !== null) {
      const counted = [...tokens]
        .filter(([kind]) => admits(step.tokenKinds, kind) && admits(step.models, model))
        .reduce((sum, [, quantity]) => sum + quantity, 0n);
      const share = over(times(whole(counted), step.perMillion), PER_MILLION);
      give(step.party, share);
      rest = minus(rest, share);
    }
    for (const { party, shareBps } of step.kind === 'shares' ? step.parties : []) {
      give(party, over(times(rest, whole(shareBps)), whole(10_000n)));
    }
  }
  return shares;
};

const groupsOf = (
  invoice: InvoiceRow,
  rows: readonly InvoiceLineRow[],
  facts: SplitFacts,
): ReadonlyMap<string, Group> => {
  const amounts = new Map(
    rows.map((row) => [
      lineKeyOf({
        servicePeriod: row.service_period,
        model: row.model,
        kind: row.kind,
        priceTable: row.price_table,
        priceVersion: row.price_version,
      }),
      exactOf(row.amount),
    ]),
  );
  const groups = new Map<string, Group>();
  const { tenant, contract, period, currency } = invoice;
  for (const line of facts.billable.postedTo(tenant, contract, period)) {
    // What comes to nothing has no line, and may yet have moved from one version's time into another's.
    const amount = amounts.get(lineKeyOf(line)) ?? NOTHING;
    addLine(groups, { line, amount, slices: slicesOf(line, currency, facts.agreements) });
  }
  return groups;
};

export interface SplitFacts {
  readonly billable: Billable;
  readonly agreements: Agreements;
}

export interface SplitTallies {
  /** Σ shares = base, Σ bases = invoice. */
  readonly sums: Tally;
  /** Each share against its exact value. */
  readonly shares: Tally;
}

interface Distributions {
  readonly bases: ReadonlyMap<string, readonly BaseRow[]>;
  readonly shares: ReadonlyMap<string, readonly ShareRow[]>;
  readonly held: ReadonlyMap<string, readonly HeldRow[]>;
}

const byInvoice = <R extends { tenant: string; invoice: string }>(
  rows: readonly R[],
): ReadonlyMap<string, readonly R[]> => {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const key = `${row.tenant} ${row.invoice}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(row);
  }
  return groups;
};

const readDistributions = async (snapshot: Snapshot): Promise<Distributions> => ({
  bases: byInvoice(
    await snapshot.rows<BaseRow>(
      `select tenant, invoice, agreement, agreement_version, currency, base_n, base_d, base
       from profit_share.distribution_base`,
    ),
  ),
  shares: byInvoice(
    await snapshot.rows<ShareRow>(
      `select tenant, invoice, agreement, agreement_version, party, model, exact_n, exact_d, share
       from profit_share.distribution`,
    ),
  ),
  held: byInvoice(
    await snapshot.rows<HeldRow>('select tenant, invoice, amount from profit_share.held'),
  ),
});

const fraction = (n: string, d: string): Exact => ({ n: BigInt(n), d: BigInt(d) });
const sum = (texts: Iterable<string>): Exact => total([...texts].map(exactOf));

/** Σ shares = base for each version, Σ bases + held = the invoice's lines. */
const checkSums = (
  invoice: InvoiceRow,
  {
    bases,
    shares,
    held,
  }: { bases: readonly BaseRow[]; shares: readonly ShareRow[]; held: readonly HeldRow[] },
  tally: Tally,
): void => {
  for (const { agreement, agreement_version: version, base } of bases) {
    const own = shares.filter(
      (row) => row.agreement === agreement && row.agreement_version === version,
    );
    const given = sum(own.map(({ share }) => share));
    const name = `${invoice.number} ${agreement} v${version}`;
    tally.see(
      same(given, exactOf(base))
        ? null
        : `${name}: Σ shares is ${shown(given)}, divided was ${base}`,
    );
  }
  const divided = plus(sum(bases.map(({ base }) => base)), sum(held.map(({ amount }) => amount)));
  tally.see(
    same(divided, exactOf(invoice.line_total))
      ? null
      : `${invoice.number}: ${shown(divided)} was divided of ${invoice.line_total}`,
  );
};

/** Exact values, and how far each party's rounded share is from its own. */
const checkGroup = (
  { version, parts }: Group,
  { invoice, shares }: { invoice: InvoiceRow; shares: readonly ShareRow[] },
  tally: Tally,
): void => {
  const own = shares.filter(
    (row) => row.agreement === version.agreement && row.agreement_version === version.version,
  );
  const rows = new Map(own.map((row) => [`${row.party} ${row.model}`, row]));
  const apart = new Map<string, Exact>();
  for (const [model, part] of parts) {
    for (const [party, exact] of sharesOf(version, model, part)) {
      const row = rows.get(`${party} ${model}`);
      rows.delete(`${party} ${model}`);
      const name = `${invoice.number} ${nameOf(version)} ${party} ${model}`;
      const found = row === undefined ? NOTHING : fraction(row.exact_n, row.exact_d);
      tally.see(
        same(found, exact) ? null : `${name}: exact share ${shown(exact)}, found ${shown(found)}`,
      );
      const share = row === undefined ? NOTHING : exactOf(row.share);
      apart.set(party, total([apart.get(party) ?? NOTHING, minus(share, exact)]));
    }
  }
  for (const [key, { share }] of rows) {
    if (!isNothing(exactOf(share))) tally.violate(`${invoice.number}: ${key} has no usage`);
  }
  const unit = over(whole(1n), whole(10n ** BigInt(minorDigits(invoice.currency))));
  for (const [party, difference] of apart) {
    const far = less(unit, size(difference));
    const name = `${invoice.number} ${nameOf(version)} ${party}`;
    tally.see(far ? `${name}: ${shown(difference)} away from its exact share` : null);
  }
};

/** All distributed invoices; an invoice that was not divided at all is a fault. */
export const checkSplits = async (
  snapshot: Snapshot,
  { invoices, linesOf }: Invoices,
  { facts, tallies }: { readonly facts: SplitFacts; readonly tallies: SplitTallies },
): Promise<void> => {
  const { bases, shares, held } = await readDistributions(snapshot);
  for (const invoice of invoices) {
    const key = `${invoice.tenant} ${invoice.invoice}`;
    const own = {
      bases: bases.get(key) ?? [],
      shares: shares.get(key) ?? [],
      held: held.get(key) ?? [],
    };
    checkSums(invoice, own, tallies.sums);
    for (const group of groupsOf(invoice, linesOf(invoice), facts).values()) {
      checkGroup(group, { invoice, shares: own.shares }, tallies.shares);
    }
  }
};
