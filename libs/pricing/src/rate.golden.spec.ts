import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parseInstant } from '@suanpan/calendar';
import { given } from '@suanpan/event-sourcing';
import { exactDecimal, powerOfTen, rational } from '@suanpan/money';
import { catalogueOf } from './catalogue.js';
import { fold } from '@suanpan/event-sourcing';
import type { ListedPrice, PriceVersionActivated } from './price-table.js';
import { priceTable } from './price-table.js';
import { rate } from './rate.js';

interface Case {
  readonly model: string;
  readonly source: string;
  readonly versions: readonly {
    readonly version: string;
    readonly effectiveFrom: string;
    readonly prices: readonly { readonly kind: string; readonly perMillion: string }[];
  }[];
  readonly time: string;
  readonly kinds: Readonly<Record<string, string>>;
  readonly expectedVersion: string;
  readonly exact: string;
}

const file = new URL('../../../test/fixtures/pricing/price-cases.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] };

/** Activates the case's versions one after the other, as finance would. */
const factsOf = (each: Case): readonly PriceVersionActivated[] => {
  const facts: PriceVersionActivated[] = [];
  for (const { version, effectiveFrom, prices } of each.versions) {
    const outcome = given(priceTable, ...facts).when({
      type: 'ActivatePriceVersion',
      priceTable: 'golden',
      version,
      currency: 'USD',
      effectiveFrom: parseInstant(effectiveFrom),
      source: each.source,
      prices: prices.map((price): ListedPrice => ({ model: each.model, ...price })),
      usageRatedSince: false,
    });
    facts.push(...(outcome as readonly PriceVersionActivated[]));
  }
  return facts;
};

const outcomeOf = (each: Case): string => {
  const table = fold(priceTable, factsOf(each));
  if (table.status === 'empty') return 'no version was activated';
  const terms = {
    buyer: 'b',
    seller: 's',
    currency: 'USD',
    zone: 'UTC',
    priceTable: 'golden',
    requireAuthorization: false,
    rounding: 'half-even',
    paymentTermDays: 30,
    from: 0n,
  } as const;
  const signed = { tenant: 't', contract: 'c', terms, until: null, closed: new Set<string>() };
  const listed = { tenant: 't', priceTable: 'golden', ...table };
  const outcome = rate(catalogueOf([signed], [listed]).planOf('t', 'c', each.model), {
    time: parseInstant(each.time),
    buyer: 'b',
    authorization: null,
    kinds: Object.fromEntries(Object.entries(each.kinds).map(([k, q]) => [k, BigInt(q)])),
  });
  if (outcome.status === 'unpriced') return outcome.code;
  const exact = exactDecimal(rational(outcome.amount, powerOfTen(outcome.scale)));
  return `${outcome.window.version} ${exact}`;
};

describe('E3 the golden price cases', () => {
  it('are at least 200', () => {
    expect(cases.length).toBeGreaterThanOrEqual(200);
  });

  it('are exact to the last digit, and E5 take the version of their own time', () => {
    const wrong = cases
      .map((each) => [each.model, outcomeOf(each), `${each.expectedVersion} ${each.exact}`])
      .filter(([, got, wanted]) => got !== wanted);
    expect(wrong).toEqual([]);
  });
});
