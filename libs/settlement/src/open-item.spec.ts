import { describe, expect, it } from '@jest/globals';
import { fold, given } from '@suanpan/event-sourcing';
import { money } from '@suanpan/money';
import fc from 'fast-check';
import type { BookItem, ClearItem, ItemBooked, ItemCleared, OpenItemEvent } from './open-item.js';
import { payable, receivable } from './open-item.js';

const usd = (minor: bigint) => money(minor, 'USD');
const cny = (minor: bigint) => money(minor, 'CNY');
const item = {
  itemId: 'INV-1',
  entity: 'shantou-operator',
  counterparty: 'bintang',
  amount: usd(200_000n),
  functional: cny(1_360_000n),
  bookedOn: '2026-05-31',
  dueOn: '2026-06-30',
};
const book: BookItem = { type: 'BookItem', side: 'receivable', ...item };
const booked: ItemBooked = { type: 'ItemBooked', side: 'receivable', ...item };
const clear = (minor: bigint): ClearItem => ({
  type: 'ClearItem',
  itemId: 'INV-1',
  amount: usd(minor),
  date: '2026-06-10',
  source: 'R-1',
});
const cleared = (minor: bigint, functional: bigint, settled: boolean): ItemCleared => ({
  ...clear(minor),
  type: 'ItemCleared',
  functional: cny(functional),
  settled,
});

describe.each([
  ['receivable', receivable],
  ['payable', payable],
] as const)('a %s', (side, decider) => {
  it('is booked with what it is worth in functional currency', () => {
    expect(given(decider).when(book)).toEqual([{ ...booked, side }]);
  });

  it('is settled by its whole amount, releasing what was booked', () => {
    const outcome = given(decider, booked).when(clear(200_000n));
    expect(outcome).toEqual([cleared(200_000n, 1_360_000n, true)]);
  });

  it('stays open after a part', () => {
    const outcome = given(decider, booked).when(clear(199_999n));
    expect(outcome).toEqual([cleared(199_999n, 1_359_993n, false)]);
    const last = given(decider, booked, cleared(199_999n, 1_359_993n, false)).when(clear(1n));
    expect(last).toEqual([cleared(1n, 7n, true)]);
  });

  it('cleared by one cent too much is OVERPAID', () => {
    expect(given(decider, booked).when(clear(200_001n))).toEqual({ rejected: 'OVERPAID' });
    const part = cleared(100_000n, 680_000n, false);
    expect(given(decider, booked, part).when(clear(100_001n))).toEqual({ rejected: 'OVERPAID' });
    expect(given(decider, booked, part).when(clear(100_000n))).toHaveLength(1);
  });

  it('cleared in another currency is CURRENCY_DIFFERS', () => {
    const outcome = given(decider, booked).when({ ...clear(1n), amount: cny(1n) });
    expect(outcome).toEqual({ rejected: 'CURRENCY_DIFFERS' });
  });

  it('of nothing, or cleared by nothing, is AMOUNT_NOT_POSITIVE', () => {
    const rejected = { rejected: 'AMOUNT_NOT_POSITIVE' };
    expect(given(decider).when({ ...book, amount: usd(0n) })).toEqual(rejected);
    expect(given(decider).when({ ...book, functional: cny(-1n) })).toEqual(rejected);
    expect(given(decider, booked).when(clear(0n))).toEqual(rejected);
    expect(given(decider).when({ ...book, amount: usd(1n), functional: cny(0n) })).toHaveLength(1);
  });

  it('booked twice is ITEM_EXISTS', () => {
    expect(given(decider, booked).when(book)).toEqual({ rejected: 'ITEM_EXISTS' });
  });

  it('not booked, or settled, is ITEM_NOT_OPEN', () => {
    const rejected = { rejected: 'ITEM_NOT_OPEN' };
    expect(given(decider).when(clear(1n))).toEqual(rejected);
    const settled = cleared(200_000n, 1_360_000n, true);
    expect(given(decider, booked, settled).when(clear(1n))).toEqual(rejected);
  });
});

describe('clearing in parts, for any amounts', () => {
  it('releases exactly what was booked once the item is settled', () => {
    const parts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 6n }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(parts, fc.bigInt({ min: 0n, max: 10n ** 9n }), (minors, functional) => {
        const total = minors.reduce((sum, minor) => sum + minor, 0n);
        const events: OpenItemEvent[] = [
          { ...booked, amount: usd(total), functional: cny(functional) },
        ];
        for (const minor of minors) {
          events.push(...receivable.decide(fold(receivable, events), clear(minor)));
        }
        expect(fold(receivable, events)).toMatchObject({
          status: 'settled',
          released: cny(functional),
        });
      }),
    );
  });
});
