import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decode } from '@suanpan/messages';
import type { InvoiceIssued, StatementIssued } from '@suanpan/messages';
import { until } from '@suanpan/platform-testing';
import { replaySettlement } from '../src/index.js';
import { Corner } from './corner.js';
import {
  BINTANG,
  BOOKS,
  C4_RECEIPT,
  CENTRE,
  CENTRES_SHARE,
  COUNTERPARTIES,
  ECB_FILE,
  ENTITY,
  FREE,
  IMPORT,
  NOTHING_EARNED,
  OPERATORS_SHARE,
  OTHER_TENANT,
  PERIOD,
  RESELLER,
  RESELLERS_SHARE,
  STRAY_RECEIPT,
  TENANT,
  TOOL,
} from './scene-c.js';

type Row = Record<string, unknown>;

// The stores are shared with other suites: what is awaited may take its time.
jest.setTimeout(60_000);

let corner: Corner;
let operator: string;

const get = (path: string, key = operator) => corner.call('GET', path, { key });
const put = (path: string, body: unknown) => corner.call('PUT', path, { key: operator, body });
const post = (path: string, body: unknown, idempotencyKey: string) =>
  corner.call('POST', path, { key: operator, body, idempotencyKey });
const rows = async (path: string, name: string): Promise<Row[]> =>
  (await get(path)).body[name] as Row[];

const tellInvoice = (issued: InvoiceIssued, version = 1n) =>
  corner.tell('invoice.issued', issued, {
    tenant: TENANT,
    streamId: issued.invoice,
    version,
  });
const tellStatement = (issued: StatementIssued, version = 1n) =>
  corner.tell('statement.issued', issued, {
    tenant: TENANT,
    streamId: issued.statement,
    version,
  });

const waitingFor = (document: string, reason: string) =>
  until(`${document} waits: ${reason}`, async () =>
    (await rows('/v1/waiting', 'waiting')).find(
      (row) => row['document'] === document && row['reason'] === reason,
    ),
  );

/** `receivable 2000.00 USD 13533.67`: account, transaction amount, functional amount. */
const linesOf = async (entryId: string): Promise<string[]> => {
  const entries = await rows(`/v1/journal?entity=${ENTITY}`, 'data');
  const lines = entries.find((entry) => entry['entryId'] === entryId)?.['lines'] as
    Record<string, string>[] | undefined;
  return (lines ?? []).map(
    ({ account, amount, currency, functional }) => `${account} ${amount} ${currency} ${functional}`,
  );
};

const counts = async (): Promise<string> => {
  const [row] = await corner.stack.asSuperuser<{ counts: string }>(
    `select concat_ws(' ', (select count(*) from event_store), (select count(*) from journal_entry),
       (select count(*) from journal_line), (select count(*) from outbox),
       (select count(*) from bank_line), (select count(*) from waiting)) as counts`,
  );
  return row?.counts ?? '';
};

beforeAll(async () => {
  corner = await Corner.open();
  operator = await corner.key(TENANT);
}, 180_000);
afterAll(async () => {
  await corner.close();
}, 60_000);

describe('scene C4: USD invoice and statements, CNY books, SGD payout, at the rates of the ECB', () => {
  it('keeps a statement waiting until its invoice is booked, an invoice until its entity is known', async () => {
    await tellStatement(RESELLERS_SHARE);
    await waitingFor(RESELLERS_SHARE.statement, 'INVOICE_UNKNOWN');
    await tellInvoice(BINTANG);
    await waitingFor(BINTANG.invoice, 'ENTITY_UNKNOWN');
  });

  it('registers the books, and the same order again changes nothing', async () => {
    const path = `/v1/legal-entities/${ENTITY}`;
    expect((await put(path, BOOKS)).body).toEqual({ entity: ENTITY, changed: true });
    expect((await put(path, BOOKS)).body).toEqual({ entity: ENTITY, changed: false });
    for (const { id, ...body } of COUNTERPARTIES) {
      expect((await put(`/v1/counterparties/${id}`, body)).status).toBe(200);
    }
    expect(await rows('/v1/legal-entities', 'entities')).toEqual([{ entity: ENTITY, ...BOOKS }]);
  });

  it('FUNCTIONAL_CURRENCY_FIXED: books are kept in one currency for ever', async () => {
    const answer = await put(`/v1/legal-entities/${ENTITY}`, {
      ...BOOKS,
      functionalCurrency: 'USD',
    });
    expect([answer.status, answer.body['code']]).toEqual([409, 'FUNCTIONAL_CURRENCY_FIXED']);
  });

  it('RATE_MISSING keeps the invoice waiting, and the rates heal it and what waits for it', async () => {
    await waitingFor(BINTANG.invoice, 'RATE_MISSING');
    const order = { key: operator, csv: ECB_FILE };
    const first = await corner.call('POST', IMPORT, { ...order, idempotencyKey: 'rates-1' });
    const imported = { days: 62, rates: 186, published: 186, unchanged: 0 };
    expect([first.status, first.body]).toEqual([200, imported]);
    const again = await corner.call('POST', IMPORT, { ...order, idempotencyKey: 'rates-2' });
    expect(again.body).toEqual({ ...imported, published: 0, unchanged: 186 });
    await until('the statement is booked', async () =>
      (await rows('/v1/payables', 'payables')).length === 1 ? true : undefined,
    );
    expect(await rows('/v1/waiting', 'waiting')).toEqual([]);
  });

  it('RATE_EXISTS: a published rate never changes', async () => {
    const csv = 'Date,USD,CNY,SGD\n2026-05-29,1.1645,7.8793,1.487\n';
    const order = { key: operator, csv, idempotencyKey: 'rates-3' };
    const answer = await corner.call('POST', IMPORT, order);
    expect([answer.status, answer.body['code']]).toEqual([409, 'RATE_EXISTS']);
  });

  it('C4 crosses the rates of 29 May for Sunday 31 May, and does not round them', async () => {
    const { body } = await get('/v1/fx-rates?base=USD&quote=CNY&date=2026-05-31');
    expect(body).toMatchObject({
      rateDate: '2026-05-29',
      rate: '6.766832703538',
      exact: { n: '78793', d: '11644' },
      rateIds: ['ECB:booking:EUR/USD:2026-05-29', 'ECB:booking:EUR/CNY:2026-05-29'],
    });
    expect((await get('/v1/fx-rates?base=USD&quote=CNY&date=2026-01-31')).status).toBe(404);
  });

  it('C4 books the receivable at 13,533.67, and no payable for the operator or for nothing', async () => {
    await tellInvoice(TOOL);
    await tellInvoice(FREE);
    await waitingFor(FREE.invoice, 'AMOUNT_NOT_POSITIVE');
    for (const stated of [CENTRES_SHARE, OPERATORS_SHARE, NOTHING_EARNED]) {
      await tellStatement(stated);
    }
    await waitingFor(NOTHING_EARNED.statement, 'AMOUNT_NOT_POSITIVE');
    const payables = await until('both payables', async () => {
      const found = await rows('/v1/payables', 'payables');
      return found.length === 2 ? found : undefined;
    });
    expect(payables.map((row) => [row['partner'], row['functional']])).toEqual([
      [CENTRE, '5042.58'],
      [RESELLER, '727.84'],
    ]);
    const receivables = await until('both receivables', async () => {
      const found = await rows('/v1/receivables', 'receivables');
      return found.length === 2 ? found : undefined;
    });
    expect(receivables.map((row) => [row['number'], row['functional'], row['openAmount']])).toEqual(
      [
        ['INV-000001', '13533.67', '2000.00'],
        ['INV-000002', '186.49', '27.56'],
      ],
    );
  });
});

describe('P2 realised FX is the booked difference, to the cent', () => {
  it('C4 matches the receipt: 12,123.97 + 1,356.15 + 81.37, a gain of 27.82', async () => {
    const answer = await post('/v1/receipts', C4_RECEIPT, 'receipt-1');
    expect([answer.status, answer.body]).toEqual([
      201,
      {
        receipt: C4_RECEIPT.receipt,
        status: 'matched',
        reason: null,
        matches: [{ invoice: BINTANG.invoice, number: 'INV-000001', amount: '2000.00' }],
        realisedFx: '27.82',
        functionalCurrency: 'CNY',
      },
    ]);
    expect(await linesOf(`receipt:${C4_RECEIPT.receipt}`)).toEqual([
      'bank 1788.00 USD 12123.97',
      'unapplied -1788.00 USD -12123.97',
    ]);
    expect(await linesOf(`receipt:${C4_RECEIPT.receipt}:match`)).toEqual([
      'unapplied 1788.00 USD 12123.97',
      'withholding-tax-credit 200.00 USD 1356.15',
      'bank-charges 12.00 USD 81.37',
      'receivable -2000.00 USD -13533.67',
      'realised-fx 0.00 USD -27.82',
    ]);
  });

  it('R29 a receipt that nothing explains stands in suspense, with its age', async () => {
    const answer = await post('/v1/receipts', STRAY_RECEIPT, 'receipt-2');
    expect(answer.body).toMatchObject({ status: 'unmatched', reason: 'INVOICE_UNKNOWN' });
    const { body } = await get('/v1/unexplained');
    expect(body).toEqual({
      count: 1,
      unexplained: [
        {
          entity: ENTITY,
          currency: 'USD',
          amount: '55.55',
          functional: '376.67',
          oldest: '2026-06-10',
          receipts: [
            {
              receipt: STRAY_RECEIPT.receipt,
              payer: 'nobody-known',
              amount: '55.55',
              date: '2026-06-10',
              reference: 'thank you',
              reason: 'INVOICE_UNKNOWN',
              ageDays: 20,
            },
          ],
        },
      ],
    });
  });

  it('RECEIPT_EXISTS: the same receipt may be told again, another under its name may not', async () => {
    const same = await post('/v1/receipts', C4_RECEIPT, 'receipt-3');
    expect([same.status, same.body['realisedFx']]).toEqual([201, '27.82']);
    const other = await post('/v1/receipts', { ...C4_RECEIPT, amount: '1.00' }, 'receipt-4');
    expect([other.status, other.body['code']]).toEqual([409, 'RECEIPT_EXISTS']);
  });
});

describe('P1 three currencies in one settlement', () => {
  it('nets USD 107.56 and 27.56 and pays SGD 102.73 out of CNY books; the centre gets CNY', async () => {
    const body = { period: PERIOD, date: '2026-06-12' };
    const answer = await post('/v1/settlements/run', body, 'settle-1');
    expect([answer.status, answer.body['skipped']]).toEqual([202, []]);
    expect(answer.body['settled']).toEqual([
      {
        settlement: `${PERIOD}:${ENTITY}:${CENTRE}`,
        counterparty: CENTRE,
        payoutCurrency: 'CNY',
        payoutAmount: '5039.23',
      },
      {
        settlement: `${PERIOD}:${ENTITY}:${RESELLER}`,
        counterparty: RESELLER,
        payoutCurrency: 'SGD',
        payoutAmount: '102.73',
      },
    ]);
  });

  it('P1 every entry is zero in USD, SGD and CNY, through the FX position', async () => {
    expect(await linesOf(`${PERIOD}:${ENTITY}:${RESELLER}`)).toEqual([
      'payable 107.56 USD 727.84',
      'receivable -27.56 USD -186.49',
      'bank -102.73 SGD -540.97',
      'fx-position 102.73 SGD 540.97',
      'fx-position -80.00 USD -540.97',
      'realised-fx 0.00 USD -0.38',
    ]);
    expect(await linesOf(`${PERIOD}:${ENTITY}:${CENTRE}`)).toEqual([
      'payable 745.19 USD 5042.58',
      'bank -5039.23 CNY -5039.23',
      'fx-position 5039.23 CNY 5039.23',
      'fx-position -745.19 USD -5039.23',
      'realised-fx 0.00 USD -3.35',
    ]);
  });

  it('R35 names the rates, and says that they stand in for a dealt one', async () => {
    const found = await rows('/v1/settlements', 'settlements');
    const reseller = found.find((row) => row['counterparty'] === RESELLER);
    expect(reseller).toMatchObject({
      legs: [{ currency: 'USD', payable: '107.56', receivable: '27.56', net: '80.00' }],
      realisedFx: '0.38',
      bankLine: `pay:${PERIOD}:${ENTITY}:${RESELLER}`,
      dealing: expect.stringContaining('simulated'),
    });
    const rates = (reseller?.['rates'] as Row[]).map((rate) => [rate['rateId'], rate['rate']]);
    expect(rates).toEqual([
      ['ECB:booking:EUR/USD:2026-06-12', '1.1567'],
      ['ECB:booking:EUR/SGD:2026-06-12', '1.4854'],
      ['ECB:booking:EUR/CNY:2026-06-12', '7.822'],
    ]);
  });

  it('leads from the bank’s lines back to statements and invoices', async () => {
    const id = encodeURIComponent(`pay:${PERIOD}:${ENTITY}:${RESELLER}`);
    const { body } = await get(`/v1/bank-lines/${id}/trace`);
    expect(body).toMatchObject({
      bankLine: { direction: 'out', account: 'simulated-sgd-1', currency: 'SGD', amount: '102.73' },
      invoices: [
        { invoice: BINTANG.invoice, amount: '107.56' },
        { invoice: TOOL.invoice, amount: '-27.56' },
      ],
      statements: [{ statement: RESELLERS_SHARE.statement, amount: '107.56' }],
    });
    const received = await get(`/v1/bank-lines/${C4_RECEIPT.receipt}/trace`);
    expect(received.body).toMatchObject({
      bankLine: { direction: 'in', amount: '1788.00' },
      invoices: [{ number: 'INV-000001', amount: '2000.00' }],
      statements: [],
    });
  });

  it('P2 the trial balance is zero in every currency, and realised FX is 27.82 + 0.38 + 3.35', async () => {
    const { body } = await get(`/v1/trial-balance?entity=${ENTITY}`);
    const [books] = body['entities'] as Row[];
    expect(body['zero']).toBe(true);
    expect(books?.['functional']).toEqual({ sum: '0.00', zero: true });
    expect(books?.['currencies']).toEqual([
      { currency: 'CNY', sum: '0.00', zero: true },
      { currency: 'SGD', sum: '0.00', zero: true },
      { currency: 'USD', sum: '0.00', zero: true },
    ]);
    const realised = (books?.['rows'] as Row[]).find((row) => row['account'] === 'realised-fx');
    expect([realised?.['functional'], realised?.['nameZh']]).toEqual(['-31.55', '已实现汇兑损益']);
  });
});

describe('what is told twice', () => {
  it('re-delivered messages and a second run change nothing', async () => {
    const before = await counts();
    for (const version of [1n, 2n]) {
      await tellInvoice(BINTANG, version);
      await tellStatement(RESELLERS_SHARE, version);
    }
    const body = { period: PERIOD, date: '2026-06-12' };
    const again = await post('/v1/settlements/run', body, 'settle-2');
    expect(again.body).toMatchObject({ settled: [], skipped: [] });
    await until('the second telling is heard', async () => {
      const heard = await corner.stack.asSuperuser(`select 1 from inbox where last_version = 2`);
      return heard.length === 2 ? true : undefined;
    });
    expect(await counts()).toBe(before);
  });

  it('tells the others of rates, money received, settlements and money sent', async () => {
    const sent = await until('everything is sent', async () => {
      const found = await corner.stack.asSuperuser<{ value: Buffer; sent: boolean }>(
        `select value, sent_at is not null as sent from outbox where topic <> 'fx-rate' order by id`,
      );
      return found.every((row) => row.sent) ? found : undefined;
    });
    expect(sent.map(({ value }) => decode(value).type)).toEqual([
      ...['payment.received', 'payment.received'],
      ...['settlement.completed', 'payment.sent', 'settlement.completed', 'payment.sent'],
    ]);
  });
});

describe('the books themselves', () => {
  it('I7 refuse a change, a removal and a line that comes after', async () => {
    const { asSuperuser } = corner.stack;
    const late = `insert into journal_line select tenant, entity, seq, 99, account, counterparty,
      currency, 0, functional_currency, 0, rate_id from journal_line limit 1`;
    await expect(asSuperuser(`update journal_line set amount = 0`)).rejects.toThrow('append-only');
    await expect(asSuperuser(`delete from journal_entry`)).rejects.toThrow('append-only');
    await expect(asSuperuser(late)).rejects.toThrow('that is whole');
  });

  it('I5 refuse an entry that is not zero, at commit', async () => {
    const { db } = corner.stack;
    const uneven = db.inTenant({ tenant: TENANT }, async (tx) => {
      await tx.query(`insert into journal_entry (tenant, entity, seq, entry_id, booking_date,
          description, source, line_count, canonical, prev_hash, hash)
        select tenant, entity, seq + 1000, 'uneven', booking_date, '', '', 2, canonical, prev_hash,
          hash from journal_entry where seq = 1`);
      await tx.query(`insert into journal_line select tenant, entity, seq + 1000, line, account,
          counterparty, currency, line, functional_currency, line, rate_id
        from journal_line where seq = 1`);
    });
    await expect(uneven).rejects.toThrow('is not zero');
  });

  it('I10 show another tenant nothing, and a partner is not let in', async () => {
    const stranger = await corner.key(OTHER_TENANT);
    const { body } = await get('/v1/journal', stranger);
    expect(body).toEqual({ data: [], nextCursor: null });
    const partner = await corner.key(TENANT, 'partner', RESELLER);
    expect((await get('/v1/settlements', partner)).status).toBe(403);
  });

  it('I6 replay gives the same tables, the chain included', async () => {
    const replayed = await replaySettlement(corner.stack.env);
    expect(replayed.tables.filter(({ equal }) => !equal)).toEqual([]);
    expect(replayed.tables.find(({ table }) => table === 'journal_entry')?.rows).toBe(9);
  });
});
