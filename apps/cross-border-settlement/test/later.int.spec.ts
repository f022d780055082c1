import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { replaySettlement } from '../src/index.js';
import { Corner } from './corner.js';
import {
  BINTANG,
  BOOKS,
  C4_RECEIPT,
  COUNTERPARTIES,
  ECB_FILE,
  ENTITY,
  IMPORT,
  PERIOD,
  RESELLER,
  RESELLERS_SHARE,
  STRAY_RECEIPT,
  TENANT,
  TOOL,
} from './scene-c.js';

type Row = Record<string, unknown>;

// The stores are shared with other suites: what is awaited may take its time.
jest.setTimeout(120_000);

const NEIGHBOUR = 'a-tenant-before';
/** One more than a run takes. */
const STUCK = 1_001;

let corner: Corner;
let operator: string;

const get = async (path: string, name: string): Promise<Row[]> =>
  (await corner.call('GET', path, { key: operator })).body[name] as Row[];
const post = (path: string, body: unknown, idempotencyKey: string) =>
  corner.call('POST', path, { key: operator, body, idempotencyKey });
const importRates = (csv: string, idempotencyKey: string) =>
  corner.call('POST', IMPORT, { key: operator, csv, idempotencyKey });
const settle = (idempotencyKey: string) =>
  post('/v1/settlements/run', { period: PERIOD, date: '2026-06-12' }, idempotencyKey);

/** Account, amount and functional amount of the lines in suspense. */
const suspenseOf = async (entryId: string): Promise<unknown[]> => {
  const entries = await get(`/v1/journal?entity=${ENTITY}`, 'data');
  const lines = entries.find((entry) => entry['entryId'] === entryId)?.['lines'] as Row[];
  return lines
    .filter(({ account }) => account === 'unapplied')
    .map(({ amount, functional, rateId }) => [amount, functional, rateId]);
};

const payablesOf = async (count: number): Promise<Row[]> =>
  until(`${count} payables`, async () => {
    const found = await get('/v1/payables', 'payables');
    return found.length === count ? found : undefined;
  });

beforeAll(async () => {
  corner = await Corner.open();
  operator = await corner.key(TENANT);
  await corner.call('PUT', `/v1/legal-entities/${ENTITY}`, { key: operator, body: BOOKS });
  for (const { id, ...body } of COUNTERPARTIES) {
    await corner.call('PUT', `/v1/counterparties/${id}`, { key: operator, body });
  }
}, 180_000);
afterAll(async () => {
  await corner.close();
}, 60_000);

describe('what can never be booked keeps nothing else waiting', () => {
  it('is there: statements and receipts of a neighbour, more than one run takes', async () => {
    await corner.stack.asSuperuser(
      `insert into waiting (tenant, kind, document, reason, detail, since, value)
       select $1, 'invoice', 'stuck-' || n, 'RATE_MISSING', '', '2026-01-01', 'no message'
       from generate_series(1, ${STUCK}) as n`,
      [NEIGHBOUR],
    );
    await corner.stack.asSuperuser(
      `insert into receipt (tenant, receipt, entity, payer, currency, amount, withheld, charges,
         date, reference, functional_currency, functional, status, reason)
       select $1, 'stuck-' || n, 'nobody', 'nobody', 'USD', 1, 0, 0, '2026-01-01', '', 'CNY', 7,
         'unmatched', 'INVOICE_UNKNOWN' from generate_series(1, ${STUCK}) as n`,
      [NEIGHBOUR],
    );
  });
});

describe('a receipt that is matched after better rates were published', () => {
  it('is posted at the rate of the day before, the latest then', async () => {
    const csv = ECB_FILE.split('\n').filter((line) => !/^2026-06-(1|2|3)/.test(line));
    expect((await importRates(csv.join('\n'), 'rates-1')).status).toBe(200);
    const answer = await post('/v1/receipts', C4_RECEIPT, 'receipt-1');
    expect(answer.body).toMatchObject({ status: 'unmatched', reason: 'INVOICE_UNKNOWN' });
  });

  it('R29 leaves suspense by exactly what it entered it with', async () => {
    expect((await importRates(ECB_FILE, 'rates-2')).status).toBe(200);
    const stream = { tenant: TENANT, streamId: BINTANG.invoice, version: 1n };
    await corner.tell('invoice.issued', BINTANG, stream);
    const matched = async (): Promise<true | undefined> => {
      const [found] = await get('/v1/receipts', 'receipts');
      return found?.['status'] === 'matched' ? true : undefined;
    };
    await until('the receipt is matched', matched, 60_000);
    // 1,788.00 × 7.8367 ÷ 1.1573, the rates of 9 June.
    const rate = 'ECB:booking:EUR/USD:2026-06-09 ECB:booking:EUR/CNY:2026-06-09';
    const [posted, match] = [C4_RECEIPT.receipt, `${C4_RECEIPT.receipt}:match`];
    expect(await suspenseOf(`receipt:${posted}`)).toEqual([['-1788.00', '-12107.51', rate]]);
    expect(await suspenseOf(`receipt:${match}`)).toEqual([['1788.00', '12107.51', rate]]);
    expect(await get('/v1/unexplained', 'unexplained')).toEqual([]);
  }, 90_000);
});

describe('a receipt that waits and is told again', () => {
  const early = { ...STRAY_RECEIPT, date: '2026-01-31' };

  it('waits on when the same is told, and when its entity is named', async () => {
    for (const body of [early, early, { ...early, entity: ENTITY }, early]) {
      const answer = await post('/v1/receipts', body, `early-${performance.now()}`);
      expect([answer.status, answer.body['status']]).toEqual([201, 'waiting']);
    }
  });

  it.each([
    ['another amount', { ...early, amount: '55.56' }],
    ['another day, on which it could be posted', { ...early, date: '2026-06-10' }],
    ['another entity', { ...early, entity: 'somebody-else' }],
  ])('RECEIPT_EXISTS: %s', async (what, body) => {
    const answer = await post('/v1/receipts', body, what.replaceAll(/\W+/g, '-'));
    expect([answer.status, answer.body['code']]).toEqual([409, 'RECEIPT_EXISTS']);
    expect(await get('/v1/waiting', 'waiting')).toHaveLength(1);
  });

  it('waits no more when it can be posted', async () => {
    const late = 'Date,USD,CNY,SGD\n2026-01-30,1.1919,8.2867,1.5142\n';
    const path = '/v1/fx-rates/import?currencies=USD,CNY,SGD&from=2026-01-01&to=2026-01-31';
    const order = { key: operator, csv: late, idempotencyKey: 'rates-3' };
    expect((await corner.call('POST', path, order)).status).toBe(200);
    const again = await post('/v1/receipts', early, 'early-last');
    expect(again.body).toMatchObject({ status: 'unmatched' });
    expect(await get('/v1/waiting', 'waiting')).toEqual([]);
  });
});

describe('a statement that comes after its period was settled', () => {
  const tell = (statement: string, number: string) =>
    corner.tell(
      'statement.issued',
      { ...RESELLERS_SHARE, statement, number },
      { tenant: TENANT, streamId: statement, version: 1n },
    );
  const first = `${PERIOD}:${ENTITY}:${RESELLER}`;

  it('is paid by another settlement of the period, `…:2`, and the third is `…:3`', async () => {
    await corner.tell('invoice.issued', TOOL, {
      tenant: TENANT,
      streamId: TOOL.invoice,
      version: 1n,
    });
    const settled: unknown[] = [];
    for (const [place, suffix] of ['', ':2', ':3'].entries()) {
      await tell(`${RESELLERS_SHARE.statement}${suffix}`, `ST-00000${place + 1}`);
      await payablesOf(place + 1);
      const { status, body } = await settle(`settle-${place}`);
      expect([status, body['skipped']]).toEqual([202, []]);
      settled.push(...(body['settled'] as Row[]).map(({ settlement }) => settlement));
    }
    expect(settled).toEqual([first, `${first}:2`, `${first}:3`]);
    const payables = await payablesOf(3);
    expect(payables.map(({ settlement }) => settlement)).toEqual(settled);
  });

  it('leaves nothing to a run after it', async () => {
    expect((await settle('settle-again')).body).toMatchObject({ settled: [], skipped: [] });
    const found = await get('/v1/settlements', 'settlements');
    expect(found.map(({ settlement, bankLine }) => [settlement, bankLine])).toEqual(
      [first, `${first}:2`, `${first}:3`].map((id) => [id, `pay:${id}`]),
    );
  });

  it('I6 replay gives the same tables', async () => {
    await corner.stack.asSuperuser(`delete from rematch where tenant = $1`, [NEIGHBOUR]);
    await corner.stack.asSuperuser(`delete from receipt where tenant = $1`, [NEIGHBOUR]);
    const replayed = await replaySettlement(corner.stack.env);
    expect(replayed.tables.filter(({ equal }) => !equal)).toEqual([]);
  });
});
