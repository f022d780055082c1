import { describe, expect, it } from '@jest/globals';
import { formatMoney, parseMoney } from '@suanpan/money';
import type { NumberedItem, Quoted } from '../src/receipts/match-reference.js';
import { matchReference, numbersIn } from '../src/receipts/match-reference.js';

const item = (number: string, amount: string, dueOn = '2026-07-01'): NumberedItem => ({
  number,
  item: {
    itemId: `inv-${number}`,
    side: 'receivable',
    entity: 'shantou-operator',
    counterparty: 'bintang-toys',
    amount: parseMoney(amount, 'USD'),
    functional: parseMoney(amount, 'CNY'),
    bookedOn: '2026-05-31',
    dueOn,
    cleared: parseMoney('0', 'USD'),
    released: parseMoney('0', 'CNY'),
  },
});
const quoting = (reference: string, gross: string, more: Partial<Quoted> = {}): Quoted => ({
  payer: 'bintang-toys',
  numbers: numbersIn(reference),
  gross: parseMoney(gross, 'USD'),
  ...more,
});
const FIRST = item('INV-1', '10.00', '2026-07-02');
const SECOND = item('INV-2', '5.00', '2026-07-01');

describe('what a receipt pays', () => {
  it('reads invoice numbers with blanks and commas between, each once', () => {
    expect(numbersIn(' INV-1, INV-2\nINV-1')).toEqual(['INV-1', 'INV-2']);
  });

  it('clears everything it quotes, or the earliest due first', () => {
    const paid = (gross: string) => {
      const found = matchReference(quoting('INV-1 INV-2', gross), [FIRST, SECOND]);
      if (typeof found === 'string') return found;
      return found.map(({ number, amount }) => `${number} ${formatMoney(amount)}`);
    };
    expect(paid('15.00')).toEqual(['INV-2 5.00', 'INV-1 10.00']);
    expect(paid('7.00')).toEqual(['INV-2 5.00', 'INV-1 2.00']);
    expect(paid('4.00')).toEqual(['INV-2 4.00']);
  });

  it.each([
    ['REFERENCE_EMPTY', quoting(' ', '10.00'), []],
    ['INVOICE_UNKNOWN', quoting('INV-1 INV-9', '10.00'), [FIRST]],
    ['PAYER_DIFFERS', quoting('INV-1', '10.00', { payer: 'somebody' }), [FIRST]],
    ['CURRENCY_DIFFERS', quoting('INV-1', '10.00', { gross: parseMoney('10.00', 'EUR') }), [FIRST]],
    ['OVERPAID', quoting('INV-1', '10.01'), [FIRST]],
  ] as const)('R29 stays in suspense: %s', (reason, quoted, found) => {
    expect(matchReference(quoted, found)).toBe(reason);
  });
});
