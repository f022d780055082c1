import { asNumber } from './identity.js';
import { quarterHourOf } from './months.js';
import { usedKinds } from './rating.js';
import type { Term } from './usage-audit.js';

/**
 * What the raw log says may be billed: by contract, month and price, in quarters of an hour.
 *
 * Shape       invoices need the sums of a line, splits also when in the month they fell.
 */
export interface BillableLine {
  readonly tenant: string;
  readonly contract: string;
  readonly postingPeriod: string;
  readonly servicePeriod: string;
  readonly model: string;
  readonly kind: string;
  readonly priceTable: string;
  readonly priceVersion: string;
  readonly price: string;
  quantity: bigint;
  calls: bigint;
  multiset: bigint;
  readonly quarters: Map<bigint, bigint>;
}

export class Billable {
  private readonly lines = new Map<string, BillableLine>();

  add(terms: Iterable<Term>): void {
    for (const term of terms) if (!term.rating.hold) this.addTerm(term);
  }

  private addTerm({ event, rating, payloadHash, sign }: Term): void {
    const quarter = quarterHourOf(event.time);
    const term = sign * asNumber(payloadHash);
    const prices = rating.version.prices.get(event.modelOrdered);
    for (const [kind, quantity] of usedKinds(event)) {
      const line = this.lineOf({
        tenant: event.tenant,
        contract: event.contract,
        postingPeriod: rating.postingPeriod,
        servicePeriod: rating.servicePeriod,
        model: event.modelOrdered,
        kind,
        priceTable: rating.contract.priceTable,
        priceVersion: rating.version.version,
        price: prices?.get(kind)?.text ?? '?',
      });
      line.quantity += sign * quantity;
      line.calls += sign;
      line.multiset += term;
      line.quarters.set(quarter, (line.quarters.get(quarter) ?? 0n) + sign * quantity);
    }
  }

  private lineOf(
    named: Omit<BillableLine, 'quantity' | 'calls' | 'multiset' | 'quarters'>,
  ): BillableLine {
    const key = JSON.stringify(Object.values(named));
    const known = this.lines.get(key);
    if (known !== undefined) return known;
    const line = { ...named, quantity: 0n, calls: 0n, multiset: 0n, quarters: new Map() };
    this.lines.set(key, line);
    return line;
  }

  /** What was posted to one month of one contract. */
  postedTo(tenant: string, contract: string, period: string): readonly BillableLine[] {
    return [...this.lines.values()].filter(
      (line) =>
        line.tenant === tenant && line.contract === contract && line.postingPeriod === period,
    );
  }
}

/** What names a line of an invoice, apart from the invoice. */
export const lineKeyOf = (line: {
  readonly servicePeriod: string;
  readonly model: string;
  readonly kind: string;
  readonly priceTable: string;
  readonly priceVersion: string;
}): string =>
  [line.servicePeriod, line.model, line.kind, line.priceTable, line.priceVersion].join(' · ');
