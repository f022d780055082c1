import { negateMoney } from '@suanpan/money';
import type { Money } from '@suanpan/money';
import type { JournalLine } from './journal-entry.js';

/**
 * The account through which one currency becomes another.
 *
 * An exchange moves two currencies, and each of them must be zero in the entry by itself. The
 * position account takes the other side of both: what was given away in one currency, what came in
 * in the other.
 *
 * Invariant   the two lines cancel in functional currency: gains, losses and spreads of the exchange
 *             are lines of their own, so the position's functional balance is always zero.
 * Source      design.md R28; scenes.md C2 J6 and C3 "FX position [1,200.00] 0.00"
 */
export interface Exchange {
  /** What left, positive, in its currency. */
  readonly given: Money;
  /** What arrived, positive, in its currency. */
  readonly taken: Money;
  /** What the exchange was worth in functional currency, positive. */
  readonly functional: Money;
  readonly rateId?: string;
}

/** The position's two lines for one exchange. */
export const fxPositionLines = (exchange: Exchange): readonly [JournalLine, JournalLine] => {
  const { given, taken, functional, rateId } = exchange;
  const rate = rateId === undefined ? {} : { rateId };
  return [
    { account: 'fx-position', amount: given, functional, ...rate },
    {
      account: 'fx-position',
      amount: negateMoney(taken),
      functional: negateMoney(functional),
      ...rate,
    },
  ];
};
