import { describe, expect, it } from '@jest/globals';
import { given } from '@suanpan/event-sourcing';
import type { JournalEntry } from '@suanpan/ledger';
import { balanced } from '@suanpan/ledger';
import { formatMoney, money, parseDecimal, parseMoney } from '@suanpan/money';
import fc from 'fast-check';
import type { RatePolicy } from './conversion.js';
import type { RatePurpose } from './fx-rate.js';
import { fxRate } from './fx-rate.js';
import type { OpenItem, Side } from './open-item.js';
import type { CompleteSettlement, SettlementCompleted } from './settlement.js';
import { settlement } from './settlement.js';

const rate = (purpose: RatePurpose, pair: string, value: string) => {
  const [base = '', quote = ''] = pair.split('/');
  return fxRate({
    source: 'STATED',
    purpose,
    base,
    quote,
    date: '2026-06-12',
    rate: parseDecimal(value),
    fixingTime: 0n,
  });
};
const policy = (purpose: RatePurpose): RatePolicy => ({
  source: 'STATED',
  purpose,
  validityDays: 2,
});
/** `payable ST-1 107.56 USD 731.41`: side, id, amount, currency, booked CNY; then the due day. */
const item = (text: string, dueOn = '2026-06-30'): OpenItem => {
  const [side, itemId = '', amount = '', currency = '', functional = ''] = text.split(' ');
  return {
    itemId,
    side: side as Side,
    entity: 'shantou-operator',
    counterparty: 'reseller',
    amount: parseMoney(amount, currency),
    functional: parseMoney(functional, 'CNY'),
    bookedOn: '2026-05-31',
    dueOn,
    cleared: money(0n, currency),
    released: money(0n, 'CNY'),
  };
};

const command: CompleteSettlement = {
  type: 'CompleteSettlement',
  settlementId: 'S-2026-05-reseller',
  entity: 'shantou-operator',
  counterparty: 'reseller',
  period: '2026-05',
  date: '2026-06-12',
  items: [item('payable ST-1 107.56 USD 731.41'), item('receivable INV-2 27.56 USD 187.41')],
  netting: true,
  rates: [
    rate('booking', 'USD/CNY', '6.7400'),
    rate('booking', 'SGD/CNY', '5.2046'),
    rate('settlement', 'USD/SGD', '1.2950'),
    rate('settlement', 'USD/CNY', '6.7350'),
    rate('settlement', 'CNY/SGD', '0.1922'),
  ],
  payoutCurrency: 'SGD',
  functionalCurrency: 'CNY',
  bankCurrencies: ['CNY', 'USD'],
  booking: policy('booking'),
  dealing: policy('settlement'),
};

const completed = (given_: Partial<CompleteSettlement> = {}): SettlementCompleted => {
  const outcome = given(settlement).when({ ...command, ...given_ });
  if (!('length' in outcome) || outcome[0] === undefined) throw new Error('It was refused.');
  return outcome[0];
};
const shown = ({ lines }: JournalEntry): string[] =>
  lines.map(
    ({ account, amount, functional }) =>
      `${account} ${formatMoney(amount)} ${amount.currency} ${formatMoney(functional)}`,
  );
const paidOut = ({ payout }: SettlementCompleted): string =>
  `${formatMoney(payout)} ${payout.currency}`;

describe('C2 J8 the reseller, who owes 27.56 and agreed to net', () => {
  const event = completed();

  it('nets to USD 80.00 and receives SGD 103.60', () => {
    const [leg] = event.legs;
    expect(leg && [leg.payable, leg.receivable, leg.net].map(formatMoney)).toEqual([
      '107.56',
      '27.56',
      '80.00',
    ]);
    expect(paidOut(event)).toBe('103.60 SGD');
    expect(event.clearings.map(({ itemId }) => itemId)).toEqual(['ST-1', 'INV-2']);
  });

  it('names the dealt and the booking rate', () => {
    expect(event.rateIds).toEqual([
      'STATED:settlement:USD/SGD:2026-06-12',
      'STATED:booking:USD/CNY:2026-06-12',
    ]);
    expect(event.legs[0]?.rates).toMatchObject([{ date: '2026-06-12', source: 'STATED' }]);
  });

  it('debits the USD account, since there is none in SGD; gain 6.46 − 1.66 at 6.74', () => {
    expect(shown(event.entry)).toEqual([
      'payable 107.56 USD 731.41',
      'receivable -27.56 USD -187.41',
      'bank -80.00 USD -539.20',
      'realised-fx 0.00 USD -4.80',
    ]);
    expect(formatMoney(event.realisedGain)).toBe('4.80');
  });
});

describe('CompleteSettlement', () => {
  it('R38 without an agreement to net pays the whole payable and leaves the receivable open', () => {
    const event = completed({ netting: false });
    expect(paidOut(event)).toBe('139.29 SGD');
    expect(event.clearings.map(({ itemId }) => itemId)).toEqual(['ST-1']);
  });

  it('pays from the account in the payout currency through the FX position', () => {
    const event = completed({ payoutCurrency: 'CNY' });
    expect(paidOut(event)).toBe('538.80 CNY');
    expect(shown(event.entry)).toEqual([
      'payable 107.56 USD 731.41',
      'receivable -27.56 USD -187.41',
      'bank -538.80 CNY -538.80',
      'fx-position 538.80 CNY 538.80',
      'fx-position -80.00 USD -538.80',
      'realised-fx 0.00 USD -5.20',
    ]);
  });

  it('pays a CNY payable in SGD from an SGD account; the dealing difference is realised', () => {
    const event = completed({
      items: [item('payable ST-9 1000.00 CNY 1000.00')],
      bankCurrencies: ['SGD'],
    });
    expect(shown(event.entry)).toEqual([
      'payable 1000.00 CNY 1000.00',
      'bank -192.20 SGD -1000.32',
      'fx-position 192.20 SGD 1000.00',
      'fx-position -1000.00 CNY -1000.00',
      'realised-fx 0.00 SGD 0.32',
    ]);
  });

  it('settles several currencies in one entry, each with its own difference', () => {
    const event = completed({
      items: [...command.items, item('payable ST-3 500.00 CNY 500.00')],
      payoutCurrency: 'CNY',
    });
    expect(event.legs.map(({ currency, net }) => `${currency} ${formatMoney(net)}`)).toEqual([
      'CNY 500.00',
      'USD 80.00',
    ]);
    expect(paidOut(event)).toBe('1038.80 CNY');
    expect(formatMoney(event.realisedGain)).toBe('5.20');
  });

  it('nets receivables up to the payable, the earliest due first', () => {
    const event = completed({
      items: [
        item('payable ST-1 100.00 USD 680.00'),
        item('receivable INV-B 80.00 USD 544.00', '2026-06-20'),
        item('receivable INV-A 50.00 USD 340.00', '2026-06-10'),
      ],
      rates: [],
    });
    expect(event.clearings.map((c) => [c.itemId, formatMoney(c.amount)])).toEqual([
      ['ST-1', '100.00'],
      ['INV-A', '50.00'],
      ['INV-B', '50.00'],
    ]);
    expect(paidOut(event)).toBe('0.00 SGD');
    expect(event.rateIds).toEqual([]);
    expect(formatMoney(event.realisedGain)).toBe('0.00');
  });

  it('a second time is SETTLEMENT_EXISTS', () => {
    const outcome = given(settlement, completed()).when(command);
    expect(outcome).toEqual({ rejected: 'SETTLEMENT_EXISTS' });
  });

  it.each([
    ['nothing is open', { items: [] }, 'NOTHING_TO_SETTLE'],
    ['only a receivable is open', { items: command.items.slice(1) }, 'NOTHING_TO_SETTLE'],
    ['there is no account to pay from', { bankCurrencies: ['EUR'] }, 'NO_BANK_ACCOUNT'],
    ['an item is of another counterparty', { counterparty: 'centre' }, 'ITEM_OF_ANOTHER'],
    ['an item is of another entity', { entity: 'hk-operator' }, 'ITEM_OF_ANOTHER'],
    ['there is no rate', { rates: [] }, 'RATE_MISSING'],
    ['the rates are too old', { date: '2026-06-15' }, 'RATE_STALE'],
    [
      'a rate was published twice',
      { rates: [...command.rates, rate('booking', 'USD/CNY', '6.75')] },
      'RATE_EXISTS',
    ],
  ])('is rejected when %s', (_what, change, rejected) => {
    expect(given(settlement).when({ ...command, ...change })).toEqual({ rejected });
  });

  it('on the last day of the rates it is completed', () => {
    expect(given(settlement).when({ ...command, date: '2026-06-14' })).toHaveLength(1);
  });
});

const euro = ['USD', 'SGD', 'CNY'].map((quote, i) =>
  rate('settlement', `EUR/${quote}`, ['1.1567', '1.4854', '7.822'][i] ?? ''),
);

const anyItem = fc
  .record({
    side: fc.constantFrom<Side>('payable', 'receivable'),
    currency: fc.constantFrom('USD', 'SGD', 'CNY'),
    minor: fc.bigInt({ min: 1n, max: 10n ** 9n }),
    booked: fc.bigInt({ min: 1n, max: 10n ** 10n }),
    day: fc.integer({ min: 10, max: 30 }),
    clearedBps: fc.bigInt({ min: 0n, max: 10_000n }),
  })
  .map(({ side, currency, minor, booked, day, clearedBps }): Omit<OpenItem, 'itemId'> => {
    const functional = currency === 'CNY' ? minor : booked;
    const cleared = (minor * clearedBps) / 10_000n;
    const released = currency === 'CNY' ? cleared : (booked * cleared) / minor;
    return {
      side,
      entity: 'shantou-operator',
      counterparty: 'reseller',
      amount: money(minor, currency),
      functional: money(functional, 'CNY'),
      bookedOn: '2026-05-31',
      dueOn: `2026-06-${day}`,
      cleared: money(cleared, currency),
      released: money(released, 'CNY'),
    };
  });

describe('a settlement, for any open items', () => {
  it('is balanced, and what is cleared less what is paid is what is realised', () => {
    const anyCase = fc.record({
      items: fc.array(anyItem, { minLength: 1, maxLength: 8 }),
      netting: fc.boolean(),
      // There is no account in EUR: the bank delivers it from the leg's own account.
      payoutCurrency: fc.constantFrom('CNY', 'SGD', 'USD', 'EUR'),
    });
    fc.assert(
      fc.property(anyCase, ({ items, netting, payoutCurrency }) => {
        const named = items.map((i, n) => ({ ...i, itemId: `I-${n}` }));
        const open = named.filter((i) => i.side === 'payable' && i.cleared.minor < i.amount.minor);
        fc.pre(open.length > 0);
        const event = completed({
          items: named,
          netting,
          payoutCurrency,
          bankCurrencies: ['CNY', 'USD', 'SGD'],
          rates: [...command.rates, ...euro],
        });
        expect(balanced(event.entry)).toBe(event.entry);
        const signed = event.clearings.map(({ side, functional }) =>
          side === 'payable' ? functional.minor : -functional.minor,
        );
        const bank = event.entry.lines
          .filter(({ account }) => account === 'bank')
          .map(({ functional }) => functional.minor);
        const expected = [...signed, ...bank].reduce((sum, minor) => sum + minor, 0n);
        expect(event.realisedGain.minor).toBe(expected);
        expect(event.legs.every(({ net }) => net.minor >= 0n)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
