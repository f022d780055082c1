import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { given, Malformed } from '@suanpan/event-sourcing';
import type { ActivatePriceVersion, ListedPrice, PriceVersionActivated } from './price-table.js';
import { priceTable } from './price-table.js';

const prices: readonly ListedPrice[] = [
  { model: 'm-chat', kind: 'input', perMillion: '0.30' },
  { model: 'm-chat', kind: 'output', perMillion: '1.20' },
];

const p1: ActivatePriceVersion = {
  type: 'ActivatePriceVersion',
  priceTable: 'retail',
  version: 'P1',
  currency: 'USD',
  effectiveFrom: parseInstant('2026-04-01T00:00:00+07:00'),
  source: 'list of April',
  prices,
  usageRatedSince: false,
};
const p2: ActivatePriceVersion = {
  ...p1,
  version: 'P2',
  effectiveFrom: parseInstant('2026-05-16T00:00:00+07:00'),
};

const factOf = (command: ActivatePriceVersion): PriceVersionActivated => ({
  type: 'PriceVersionActivated',
  priceTable: command.priceTable,
  version: command.version,
  currency: command.currency,
  effectiveFrom: command.effectiveFrom,
  source: command.source,
  prices: command.prices,
});

const priced = (perMillion: string): ActivatePriceVersion => ({
  ...p1,
  prices: [{ model: 'm-chat', kind: 'input', perMillion }],
});

describe('ActivatePriceVersion', () => {
  it('activates a first version and a later one', () => {
    expect(given(priceTable).when(p1)).toEqual([factOf(p1)]);
    expect(given(priceTable, factOf(p1)).when(p2)).toEqual([factOf(p2)]);
  });

  it('says nothing new when the same version comes again, in any order of its prices', () => {
    const again = { ...p1, prices: [...prices].reverse(), usageRatedSince: true };
    expect(given(priceTable, factOf(p1), factOf(p2)).when(again)).toEqual([]);
  });

  it('is rejected when the version exists with other content', () => {
    const other = { ...p1, prices: [{ model: 'm-chat', kind: 'input', perMillion: '0.31' }] };
    expect(given(priceTable, factOf(p1)).when(other)).toEqual({ rejected: 'VERSION_EXISTS' });
    const dearer = { ...p1, source: 'another list' };
    expect(given(priceTable, factOf(p1)).when(dearer)).toEqual({ rejected: 'VERSION_EXISTS' });
  });

  it('B50 is rejected when it does not start after the version before it', () => {
    const same = { ...p2, effectiveFrom: p1.effectiveFrom };
    const rejected = { rejected: 'NOT_LATER_THAN_PREVIOUS' };
    expect(given(priceTable, factOf(p1)).when(same)).toEqual(rejected);
    const oneLater = { ...p2, effectiveFrom: p1.effectiveFrom + 1n };
    expect(given(priceTable, factOf(p1)).when(oneLater)).toEqual([factOf(oneLater)]);
  });

  it('S45 is rejected when calls since its start already have a price', () => {
    const late = { ...p2, usageRatedSince: true };
    expect(given(priceTable, factOf(p1)).when(late)).toEqual({ rejected: 'USAGE_ALREADY_RATED' });
  });

  it('is rejected in another currency', () => {
    const yuan = { ...p2, currency: 'CNY' };
    expect(given(priceTable, factOf(p1)).when(yuan)).toEqual({ rejected: 'CURRENCY_CHANGED' });
  });

  it('takes a price of zero because it says so, and none below zero', () => {
    expect(given(priceTable).when(priced('0'))).toEqual([factOf(priced('0'))]);
    expect(given(priceTable).when(priced('-0.01'))).toEqual({ rejected: 'NEGATIVE_PRICE' });
  });

  it('takes 40 decimal digits and refuses what is no decimal', () => {
    const longest = priced(`0.${'1'.repeat(40)}`);
    expect(given(priceTable).when(longest)).toEqual([factOf(longest)]);
    const texts = [`0.${'1'.repeat(41)}`, '1e3', 'NaN', '', '--1', '1,5'];
    for (const text of texts) {
      expect(() => given(priceTable).when(priced(text))).toThrow(Malformed);
    }
  });

  it('is rejected with two prices for one model and kind', () => {
    const twice = { ...p1, prices: [...prices, { ...prices[0], perMillion: '9' } as ListedPrice] };
    expect(given(priceTable).when(twice)).toEqual({ rejected: 'DUPLICATE_PRICE' });
  });

  it('is rejected without prices, without a model and with an unreadable kind', () => {
    expect(given(priceTable).when({ ...p1, prices: [] })).toEqual({ rejected: 'NO_PRICES' });
    const nameless = { ...p1, prices: [{ model: '', kind: 'input', perMillion: '1' }] };
    expect(given(priceTable).when(nameless)).toEqual({ rejected: 'INVALID_MODEL' });
    const shouted = { ...p1, prices: [{ model: 'm', kind: 'Input tokens', perMillion: '1' }] };
    expect(given(priceTable).when(shouted)).toEqual({ rejected: 'INVALID_KIND' });
  });

  it('B53 refuses a currency that ISO 4217 does not have', () => {
    expect(() => given(priceTable).when({ ...p1, currency: 'BTC' })).toThrow(Malformed);
  });
});
