import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Corner } from './corner.js';
import { contractBody, p1Body, p2Body, usage, voidOf } from './usage.js';

let corner: Corner;

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
  await corner.call('PUT', '/v1/price-tables/retail/versions/P1', { body: p1Body });
  await corner.call('PUT', '/v1/price-tables/retail/versions/P2', { body: p2Body });
  await corner.call('PUT', '/v1/contracts/C-1', { body: contractBody });
  await corner.call('PUT', '/v1/contracts/C-2', { body: { ...contractBody, buyer: 'quiet' } });
  await corner.record([
    // 800,200,000 × 0.025 = 20.005, a tie: 20.00.
    usage({ id: 'big', at: '2026-05-20T03:00:00Z', tokens: [0n, 800_200_000n, 0n, 0n] }),
    usage({ id: 'april', at: '2026-04-20T03:00:00Z', tokens: [1_000_000n, 0n, 0n, 0n] }),
  ]);
  await corner.settled(2);
}, 120_000);
afterAll(() => corner.close(), 60_000);

type Row = Readonly<Record<string, unknown>>;

const eventsOf = (type: string): Promise<Row[]> =>
  corner.stack.asSuperuser<Row>('select stream_id, body from event_store where type = $1', [type]);

const linesOf = async (invoice: string): Promise<readonly Row[]> =>
  (await corner.call('GET', `/v1/invoices/${invoice}`)).body['lines'] as readonly Row[];

describe('POST /v1/periods/{period}/close', () => {
  it('refuses a future period, an unknown contract and a period that is no month', async () => {
    const close = (period: string, body: unknown, idempotencyKey: string) =>
      corner.call('POST', `/v1/periods/${period}/close`, { body, idempotencyKey });
    expect(await close('2026-06', {}, 'k1')).toMatchObject({
      status: 409,
      body: { code: 'FUTURE_PERIOD' },
    });
    expect(await close('2026-05', { contracts: ['C-9'] }, 'k2')).toMatchObject({
      status: 422,
      body: { code: 'UNKNOWN_CONTRACT' },
    });
    expect((await close('2026-13', {}, 'k3')).status).toBe(422);
    const missing = await corner.call('POST', '/v1/periods/2026-05/close', { body: {} });
    expect(missing).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_REQUIRED' } });
    expect(await eventsOf('PeriodClosed')).toEqual([]);
  });

  it('F39 fifty at once make one close and one invoice', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        corner.call('POST', '/v1/periods/2026-05/close', {
          body: {},
          idempotencyKey: `parallel-${index}`,
        }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const closes = [...new Set(answers.map(({ body }) => String(body['close'])))];
    const done = await Promise.all(closes.map((close) => corner.closed(close)));
    for (const { contracts } of done) {
      expect(contracts.map(({ contract, status }) => [contract, status])).toEqual([
        ['C-1', 'closed'],
        ['C-2', 'closed'],
      ]);
      expect(contracts[0]).toMatchObject({ invoice: 'inv-C-1-2026-05', number: 'INV-2026-000001' });
    }
    const closed = await eventsOf('PeriodClosed');
    expect(closed.map((row) => row['stream_id']).sort()).toEqual([
      'period:C-1:2026-05',
      'period:C-2:2026-05',
    ]);
    expect(await eventsOf('InvoiceIssued')).toHaveLength(1);
  }, 120_000);

  it('says of a contract without usage that there is no invoice', async () => {
    const { contracts } = await corner.closePeriod('2026-04', ['C-2']);
    expect(contracts).toEqual([
      expect.objectContaining({
        contract: 'C-2',
        status: 'closed',
        invoice: null,
        reason: 'NO_USAGE',
      }),
    ]);
  }, 60_000);

  it('answers a second close with what the first one made', async () => {
    const { contracts } = await corner.closePeriod('2026-05', ['C-1']);
    expect(contracts[0]).toMatchObject({
      status: 'closed',
      reason: 'ALREADY_CLOSED',
      invoice: 'inv-C-1-2026-05',
      total: '20.00',
    });
  }, 60_000);

  it('R8 stores the vector and the billed sums in PeriodClosed', async () => {
    const [row] = await corner.stack.asSuperuser<{ body: string }>(
      `select body from event_store where stream_id = 'period:C-1:2026-05'`,
    );
    const body = JSON.parse(row?.body ?? '{}') as Row;
    expect(body['vector']).toHaveLength(64);
    expect(body['sums']).toEqual([
      expect.objectContaining({ kind: 'cached_input', quantity: '800200000', calls: '1' }),
    ]);
  });
});

describe('usage that comes after the close', () => {
  it('I24 B45 is an adjustment line of the next invoice with its own service period', async () => {
    await corner.record([
      usage({ id: 'late', at: '2026-05-21T03:00:00Z', tokens: [0n, 200_000n, 0n, 0n] }),
    ]);
    await corner.settled(3);
    const { body } = await corner.call('GET', '/v1/calls?source=gateway%2Fjakarta&id=late');
    expect(body).toMatchObject({ servicePeriod: '2026-05', postingPeriod: '2026-06' });
  }, 60_000);

  it('a period left open before it still bills its own usage', async () => {
    const { contracts } = await corner.closePeriod('2026-04', ['C-1']);
    expect(contracts[0]).toMatchObject({ total: '0.30', number: 'INV-2026-000002' });
    expect(await linesOf('inv-C-1-2026-04')).toEqual([
      expect.objectContaining({ servicePeriod: '2026-04', adjustment: false, exact: '0.3' }),
    ]);
  }, 60_000);

  it('leaves the issued invoice as it was', async () => {
    const [line] = await linesOf('inv-C-1-2026-05');
    expect(line).toMatchObject({ quantity: '800200000', amount: '20.00' });
    const change = `update invoice set total = 1 where invoice = 'inv-C-1-2026-05'`;
    await expect(corner.stack.asSuperuser(change)).rejects.toThrow(/append-only/);
  });
});

describe('the close of June, when June is over', () => {
  it('bills the late usage as f(now) − f(billed): 0.01 though it is worth 0.005', async () => {
    await corner.stop();
    await corner.start({ SIMULATED_NOW: '2026-07-15T00:00:00Z' });
    const { contracts } = await corner.closePeriod('2026-06', ['C-1']);
    expect(contracts[0]).toMatchObject({ total: '0.01', number: 'INV-2026-000003' });
    expect(await linesOf('inv-C-1-2026-06')).toEqual([
      expect.objectContaining({
        servicePeriod: '2026-05',
        adjustment: true,
        quantity: '200000',
        exact: '0.005',
        amount: '0.01',
      }),
    ]);
  }, 90_000);

  it('I7 numbers have no gap', async () => {
    const rows = await corner.stack.asSuperuser<{ sequence: string }>(
      'select sequence from invoice order by sequence',
    );
    expect(rows.map(({ sequence }) => sequence)).toEqual(['1', '2', '3']);
  });
});

describe('a month in which everything was voided', () => {
  it('R3 closes without an invoice', async () => {
    const quiet = usage({
      ...{ id: 'only', at: '2026-04-21T03:00:00Z', tokens: [9n, 0n, 0n, 0n] },
      ...{ contract: 'C-3', buyer: 'third' },
    });
    await corner.call('PUT', '/v1/contracts/C-3', { body: { ...contractBody, buyer: 'third' } });
    await corner.record([quiet, voidOf({ of: quiet, id: 'only-1', revision: 1n })]);
    await corner.settled(5);
    const { contracts } = await corner.closePeriod('2026-04', ['C-3']);
    expect(contracts).toMatchObject([{ status: 'closed', invoice: null, reason: 'NO_USAGE' }]);
    const { body } = await corner.call('GET', '/v1/invoices?contract=C-3');
    expect(body['data']).toEqual([]);
  }, 60_000);
});
