import { describe, expect, it } from '@jest/globals';
import { formatMoney, money, parseMoney, rational } from '@suanpan/money';
import fc from 'fast-check';
import { discountOf, requireDiscount } from './discount.js';
import type { Discount } from './discount.js';

const ofUsd = (discount: Discount, text: string): string =>
  formatMoney(discountOf(discount, parseMoney(text, 'USD'), 'half-even'));

const percent = (of: bigint): Discount => ({ type: 'percent', share: rational(of, 100n) });
const amount = (minor: bigint): Discount => ({ type: 'amount', minor });

describe('a discount', () => {
  it('A2 of 5 percent takes 70.76 off 1,415.27, rounded once', () => {
    expect(ofUsd(percent(5n), '1415.27')).toBe('-70.76');
  });

  it('of an amount takes off no more than there is', () => {
    expect(['10.00', '1.00', '0.00', '-5.00'].map((base) => ofUsd(amount(300n), base))).toEqual([
      '-3.00',
      '-1.00',
      '0.00',
      '0.00',
    ]);
  });

  it('of a share gives back what it took when the charge is reversed', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 100n }), fc.bigInt(), (share, minor) => {
        const of = (base: bigint): bigint =>
          discountOf(percent(share), money(base, 'USD'), 'half-even').minor;
        expect(of(-minor) + of(minor)).toBe(0n);
      }),
    );
  });

  it.each([
    [percent(101n), 'SHARE_OUT_OF_RANGE'],
    [percent(-1n), 'SHARE_OUT_OF_RANGE'],
    [amount(-1n), 'NEGATIVE_DISCOUNT'],
  ])('case %# is refused', (discount, code) => {
    expect(() => requireDiscount(discount)).toThrow(expect.objectContaining({ code }));
  });
});
