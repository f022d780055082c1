import { describe, expect, it } from '@jest/globals';
import { money } from '@suanpan/money';
import fc from 'fast-check';
import { GENESIS, canonicalBytes, chainHash } from './chain.js';
import type { JournalEntry } from './journal-entry.js';

const entry: JournalEntry = {
  entity: 'shantou-operator',
  entryId: 'J1',
  bookingDate: '2026-05-31',
  description: 'Invoice 1 算盘',
  source: 'invoice-1',
  lines: [
    {
      account: 'receivable',
      counterparty: 'bintang',
      amount: money(200_000n, 'USD'),
      functional: money(1_360_000n, 'CNY'),
      rateId: 'ecb-2026-05-29',
    },
    {
      account: 'revenue',
      amount: money(-200_000n, 'USD'),
      functional: money(-1_360_000n, 'CNY'),
    },
  ],
};
const first = { tenant: 'shantou', seq: 1n, previousHash: GENESIS };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const [debit, credit] = entry.lines;
if (!debit || !credit) throw new Error('The entry has two lines.');

describe('chainHash', () => {
  it('D10 is the golden vector that a verifier in another language computed', () => {
    expect(canonicalBytes(first, entry)).toHaveLength(291);
    expect(hex(chainHash(first, entry))).toBe(
      '663d0384e85081df0582e91d877c70b1577672384546e9e2db5253e16f49a36e',
    );
  });

  it.each([
    ['tenant', { ...first, tenant: 'other' }, entry],
    ['seq', { ...first, seq: 2n }, entry],
    ['previous hash', { ...first, previousHash: chainHash(first, entry) }, entry],
    ['entity', first, { ...entry, entity: 'x' }],
    ['entry id', first, { ...entry, entryId: 'J2' }],
    ['booking date', first, { ...entry, bookingDate: '2026-06-01' }],
    ['description', first, { ...entry, description: 'Invoice 1' }],
    ['source', first, { ...entry, source: 'invoice-2' }],
    ['a missing line', first, { ...entry, lines: [debit] }],
    ['the order of lines', first, { ...entry, lines: [credit, debit] }],
    ['account', first, { ...entry, lines: [{ ...debit, account: 'bank' as const }, credit] }],
    ['counterparty', first, { ...entry, lines: [{ ...debit, counterparty: 'b' }, credit] }],
    ['rate id', first, { ...entry, lines: [{ ...debit, rateId: 'r' }, credit] }],
    ['amount', first, { ...entry, lines: [{ ...debit, amount: money(1n, 'USD') }, credit] }],
    [
      'functional',
      first,
      { ...entry, lines: [{ ...debit, functional: money(1n, 'CNY') }, credit] },
    ],
    ['absent becomes empty', first, { ...entry, lines: [debit, { ...credit, counterparty: '' }] }],
  ] as const)('covers %s', (_what, position, changed) => {
    expect(hex(chainHash(position, changed))).not.toBe(hex(chainHash(first, entry)));
  });

  it('never gives two divisions of one text the same bytes', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, at) => {
        const cut = at % (text.length + 1);
        const parts = { description: text.slice(0, cut), source: text.slice(cut) };
        const whole = { description: text, source: '' };
        fc.pre(cut < text.length);
        expect(hex(canonicalBytes(first, { ...entry, ...parts }))).not.toBe(
          hex(canonicalBytes(first, { ...entry, ...whole })),
        );
      }),
    );
  });
});
