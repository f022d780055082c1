import { describe, expect, it } from '@jest/globals';
import { Rejection } from '@suanpan/event-sourcing';
import { addMoney, formatMoney, money, parseDecimal, parseMoney, rational } from '@suanpan/money';
import type { Money } from '@suanpan/money';
import fc from 'fast-check';
import type { Commitment } from './commitment.js';
import { commitmentLines, requireCommitment } from './commitment.js';
import { discountOf } from './discount.js';

const usd = (text: string): Money => parseMoney(text, 'USD');
const FIVE_PERCENT = { type: 'percent', share: rational(1n, 20n) } as const;
const MINIMUM: Commitment = { minimum: 150_000n, overageFactor: null, maximum: null };

const shown = (used: string, commitment: Commitment): readonly string[] => {
  const { trueUp, overage, cap } = commitmentLines(commitment, usd(used), 'half-even');
  return [trueUp, overage, cap].map(formatMoney);
};

const anyMinor = fc.bigInt({ min: 0n, max: 10n ** 12n });

describe('a minimum commitment', () => {
  it('A2 trues 1,344.51 up to 1,500.00 with 155.49', () => {
    expect(shown('1344.51', MINIMUM)).toEqual(['155.49', '0.00', '0.00']);
  });

  it('A5 a late call of 3.00 changes usage, discount and true-up, and nothing in total', () => {
    const dueOf = (usage: Money): readonly Money[] => {
      const discount = discountOf(FIVE_PERCENT, usage, 'half-even');
      const { trueUp } = commitmentLines(MINIMUM, addMoney(usage, discount), 'half-even');
      return [usage, discount, trueUp];
    };
    const billed = dueOf(usd('1415.27'));
    const now = dueOf(usd('1418.27'));
    const changes = now.map(({ minor }, index) => minor - (billed[index]?.minor ?? 0n));
    expect(changes).toEqual([300n, -15n, -285n]);
  });

  it('multiplies what lies beyond it by the overage factor, and stops at the maximum', () => {
    const factor = { ...MINIMUM, overageFactor: parseDecimal('1.25') };
    expect(shown('1600.02', factor)).toEqual(['0.00', '25.00', '0.00']);
    expect(shown('1600.02', { ...factor, maximum: 160_000n })).toEqual(['0.00', '25.00', '-25.02']);
    expect(shown('0.00', { ...factor, maximum: 160_000n })).toEqual(['1500.00', '0.00', '0.00']);
  });

  it('what is due lies between minimum and maximum, whatever was used', () => {
    fc.assert(
      fc.property(anyMinor, anyMinor, anyMinor, (used, minimum, room) => {
        const maximum = minimum + room;
        const lines = commitmentLines(
          { minimum, overageFactor: rational(3n, 2n), maximum },
          money(used, 'USD'),
          'half-even',
        );
        const due = used + lines.trueUp.minor + lines.overage.minor + lines.cap.minor;
        expect(due >= minimum && due <= maximum).toBe(true);
      }),
    );
  });

  it.each([
    [{ minimum: 2n, overageFactor: null, maximum: 1n }, 'MAXIMUM_BELOW_MINIMUM'],
    [{ minimum: null, overageFactor: rational(2n), maximum: null }, 'OVERAGE_WITHOUT_MINIMUM'],
    [{ minimum: 2n, overageFactor: rational(1n, 2n), maximum: null }, 'OVERAGE_BELOW_ONE'],
    [{ minimum: -1n, overageFactor: null, maximum: null }, 'NEGATIVE_COMMITMENT'],
  ])('case %# is refused: %s %s', (commitment, code) => {
    expect(() => requireCommitment(commitment)).toThrow(expect.objectContaining({ code }));
    expect(() => requireCommitment(commitment)).toThrow(Rejection);
  });
});
