import { describe, expect, it } from '@jest/globals';
import { Rejection } from '@suanpan/event-sourcing';
import type { ReceiptTold } from '../src/receipts/post-receipt.js';
import { toldAgain } from '../src/waiting/waiting-receipt.js';
import { C4_RECEIPT } from './scene-c.js';

const told: ReceiptTold = { ...C4_RECEIPT, entity: null };
const outcomeOf = (kept: ReceiptTold, again: ReceiptTold): unknown => {
  try {
    return toldAgain(kept, again);
  } catch (error) {
    return error instanceof Rejection ? error.code : error;
  }
};

describe('a waiting receipt that is told again', () => {
  it('is the same, or gets the entity that was not named', () => {
    const named = { ...told, entity: 'shantou-operator' };
    expect(outcomeOf(told, told)).toEqual(told);
    expect(outcomeOf(told, named)).toEqual(named);
    expect(outcomeOf(named, told)).toEqual(named);
  });

  it.each([
    { payer: 'somebody' },
    { currency: 'EUR' },
    { amount: '1788.01' },
    { withheld: '200.01' },
    { charges: '0.00' },
    { date: '2026-06-11' },
    { reference: 'INV-000002' },
  ])('R29 is RECEIPT_EXISTS with %j', (change) => {
    expect(outcomeOf(told, { ...told, ...change })).toBe('RECEIPT_EXISTS');
  });

  it('R29 is RECEIPT_EXISTS of another entity', () => {
    const [one, other] = ['one', 'other'].map((entity) => ({ ...told, entity }));
    expect(one && other && outcomeOf(one, other)).toBe('RECEIPT_EXISTS');
  });
});
