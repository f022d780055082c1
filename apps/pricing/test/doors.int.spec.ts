import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Corner } from './corner.js';
import { contractBody, p1Body, p2Body, usage } from './usage.js';

let corner: Corner;

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
}, 120_000);
afterAll(() => corner.close(), 60_000);

const putVersion = (version: string, body: unknown) =>
  corner.call('PUT', `/v1/price-tables/retail/versions/${version}`, { body });
const putContract = (body: unknown, id = 'C-1') =>
  corner.call('PUT', `/v1/contracts/${id}`, { body });
const outcome = ({ status, body }: { status: number; body: Record<string, unknown> }) => [
  status,
  body['code'],
];

describe('PUT /v1/price-tables/{id}/versions/{version}', () => {
  it('activates once, and says so the second time', async () => {
    expect((await putVersion('P1', p1Body)).body).toEqual({
      priceTable: 'retail',
      version: 'P1',
      currency: 'USD',
      effectiveFrom: '2026-03-31T17:00:00.000000Z',
      changed: true,
    });
    expect((await putVersion('P1', p1Body)).body).toMatchObject({ changed: false });
  });

  it('refuses values with 422 and the path, conflicts with 409', async () => {
    const price = (perMillion: string) => ({
      ...p2Body,
      prices: [{ model: 'm', kind: 'input', perMillion }],
    });
    expect(outcome(await putVersion('X', price('-1')))).toEqual([422, 'NEGATIVE_PRICE']);
    expect(outcome(await putVersion('X', price('1e3')))).toEqual([422, 'INVALID_PRICE']);
    expect(outcome(await putVersion('X', { ...p2Body, prices: [] }))).toEqual([422, 'NO_PRICES']);
    const badTime = { ...p2Body, effectiveFrom: '2026-02-30T00:00:00Z' };
    expect(outcome(await putVersion('X', badTime))).toEqual([422, 'INVALID_TIME']);
    const noCurrency = { ...p2Body, currency: 'BTC' };
    expect(outcome(await putVersion('X', noCurrency))).toEqual([422, 'INVALID_CURRENCY']);
    expect(outcome(await putVersion('X', { ...p2Body, more: 1 }))).toEqual([422, 'UNKNOWN_FIELD']);
    const changed = { ...p1Body, source: 'other' };
    expect(outcome(await putVersion('P1', changed))).toEqual([409, 'VERSION_EXISTS']);
    const early = { ...p2Body, effectiveFrom: p1Body.effectiveFrom };
    expect(outcome(await putVersion('X', early))).toEqual([409, 'NOT_LATER_THAN_PREVIOUS']);
  });

  it('shows the versions with their ends', async () => {
    await putVersion('P2', p2Body);
    const { body } = await corner.call('GET', '/v1/price-tables/retail');
    expect(body['versions']).toEqual([
      expect.objectContaining({ version: 'P1', effectiveUntil: '2026-05-15T17:00:00.000000Z' }),
      expect.objectContaining({ version: 'P2', effectiveUntil: null }),
    ]);
  });

  it('S45 refuses a start before calls that have a price', async () => {
    await putContract(contractBody);
    await corner.record([usage({ id: 'x', at: '2026-06-10T00:00:00Z', tokens: [1n, 0n, 0n, 0n] })]);
    await corner.settled(1);
    const back = { ...p2Body, effectiveFrom: '2026-06-10T00:00:00Z' };
    expect(outcome(await putVersion('P3', back))).toEqual([409, 'USAGE_ALREADY_RATED']);
    const after = { ...p2Body, effectiveFrom: '2026-06-10T00:00:00.000001Z' };
    expect((await putVersion('P3', after)).status).toBe(200);
  }, 60_000);
});

describe('PUT /v1/contracts/{id}', () => {
  it('signs once, then ends once', async () => {
    expect((await putContract(contractBody, 'C-2')).body).toEqual({
      contract: 'C-2',
      changed: true,
    });
    expect((await putContract(contractBody, 'C-2')).body).toMatchObject({ changed: false });
    const until = '2026-07-01T00:00:00+07:00';
    expect((await putContract({ ...contractBody, until }, 'C-2')).body).toMatchObject({
      changed: true,
    });
    expect((await putContract({ ...contractBody, until }, 'C-2')).body).toMatchObject({
      changed: false,
    });
    const { body } = await corner.call('GET', '/v1/contracts');
    expect(body['contracts']).toContainEqual(
      expect.objectContaining({ contract: 'C-2', until: '2026-06-30T17:00:00.000000Z' }),
    );
  });

  it('refuses values with 422, conflicts with 409', async () => {
    const put = async (more: object, id = 'C-9') =>
      outcome(await putContract({ ...contractBody, ...more }, id));
    expect(await put({ zone: 'Asia/Atlantis' })).toEqual([422, 'UNKNOWN_ZONE']);
    expect(await put({ rounding: 'bankers' })).toEqual([422, 'UNKNOWN_ROUNDING']);
    expect(await put({ paymentTermDays: -1 })).toEqual([422, 'INVALID_PAYMENT_TERM']);
    expect(await put({ until: contractBody.from })).toEqual([422, 'ENDS_BEFORE_START']);
    expect(await put({ currency: 'CNY' })).toEqual([409, 'CURRENCY_MISMATCH']);
    expect(await put({ paymentTermDays: 31 }, 'C-1')).toEqual([409, 'ALREADY_SIGNED']);
    expect(await put({ until: '2026-06-10T00:00:00Z' }, 'C-1')).toEqual([
      409,
      'USAGE_ALREADY_RATED',
    ]);
    expect(await put({ until: '2026-08-01T00:00:00Z' }, 'C-2')).toEqual([409, 'ALREADY_ENDED']);
  });
});

describe('the doors of pricing', () => {
  it('describe themselves', async () => {
    const { body } = await corner.call('GET', '/openapi.json');
    expect(Object.keys(body['paths'] as object)).toEqual(
      expect.arrayContaining([
        '/v1/contracts/{id}',
        '/v1/periods/{period}/close',
        '/v1/invoices/{id}',
      ]),
    );
  });

  it('B20 refuse a query they do not know', async () => {
    expect(outcome(await corner.call('GET', '/v1/invoices?limit=0'))).toEqual([
      400,
      'INVALID_QUERY',
    ]);
    expect(outcome(await corner.call('GET', '/v1/usage?contract=C-1'))).toEqual([
      400,
      'INVALID_QUERY',
    ]);
  });
});
