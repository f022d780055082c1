import { describe, expect, it } from '@jest/globals';
import { formatMoney, parseMoney } from '@suanpan/money';
import { matchedReceiptEntry, realisedGain, unappliedReceiptEntry } from './booking.js';

const head = (entryId: string) => ({
  entity: 'shantou-operator',
  entryId,
  bookingDate: '2026-06-10',
  description: entryId,
  source: entryId,
});
const valued = (usd: string, cny: string) => ({
  amount: parseMoney(usd, 'USD'),
  functional: parseMoney(cny, 'CNY'),
});

describe('a receipt that is matched after it was posted', () => {
  const credited = valued('1788.00', '12123.97');
  const posted = unappliedReceiptEntry(head('receipt'), 'bintang', credited);
  const matched = matchedReceiptEntry(head('match'), {
    payer: 'bintang',
    credited,
    withheld: valued('200.00', '1356.15'),
    charges: valued('12.00', '81.37'),
    cleared: [{ side: 'receivable', ...valued('2000.00', '13533.67') }],
  });

  it('R29 only reclassifies: suspense to receivable, the bank is not touched', () => {
    const shown = matched.lines.map(({ account, functional }) => [
      account,
      formatMoney(functional),
    ]);
    expect(shown).toEqual([
      ['unapplied', '12123.97'],
      ['withholding-tax-credit', '1356.15'],
      ['bank-charges', '81.37'],
      ['receivable', '-13533.67'],
      ['realised-fx', '-27.82'],
    ]);
  });

  it('R29 leaves nothing in suspense', () => {
    const suspense = [...posted.lines, ...matched.lines]
      .filter(({ account }) => account === 'unapplied')
      .reduce((sum, { functional }) => sum + functional.minor, 0n);
    expect(suspense).toBe(0n);
  });

  it('P2 realises the booked difference, C4: a gain of 27.82', () => {
    expect(formatMoney(realisedGain(matched, 'CNY'))).toBe('27.82');
  });
});
