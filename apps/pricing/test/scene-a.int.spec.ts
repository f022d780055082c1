import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Corner } from './corner.js';
import { accepted, chatLines } from './scene-a.js';
import { contractBody, p1Body, p2Body } from './usage.js';

let corner: Corner;

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
  await corner.call('PUT', '/v1/price-tables/retail/versions/P1', { body: p1Body });
  await corner.call('PUT', '/v1/price-tables/retail/versions/P2', { body: p2Body });
  await corner.call('PUT', '/v1/contracts/C-1', { body: contractBody });
  await corner.record(accepted);
}, 120_000);
afterAll(() => corner.close(), 60_000);

type Lines = readonly Readonly<Record<string, unknown>>[];

const call = async (id: string): Promise<Record<string, unknown>> =>
  (await corner.call('GET', `/v1/calls?source=gateway%2Fjakarta&id=${id}`)).body;

describe('scene A1 over the log', () => {
  it('I1 each accepted event ends in exactly one place', async () => {
    expect(await corner.settled(2_659)).toEqual({
      rated: 2_656,
      duplicate: 1,
      conflict: 1,
      unpriced: 1,
      quarantined: 0,
    });
  }, 90_000);

  it('E5 c3 is priced at P1, c4 at P2, c2 is in May, c7 in June', async () => {
    expect(await call('c3')).toMatchObject({ priceVersion: 'P1', amount: '0.0012' });
    expect(await call('c4')).toMatchObject({ priceVersion: 'P2', amount: '0.001' });
    expect(await call('c2')).toMatchObject({ amount: '0.00117', servicePeriod: '2026-05' });
    expect(await call('c1')).toMatchObject({ servicePeriod: '2026-04' });
    expect(await call('c7')).toMatchObject({ servicePeriod: '2026-06' });
  });

  it('B33 the conflict is listed at its call and in the quarantine', async () => {
    expect(await call('c2')).toMatchObject({ conflicts: [{ offset: expect.any(String) }] });
    const { body } = await corner.call('GET', '/v1/quarantine');
    expect(body['data']).toEqual([
      expect.objectContaining({ reason: 'CONFLICT', eventId: 'c2', status: 'open' }),
    ]);
  });

  it('B48 c5 waits for a price and is never rated at zero', async () => {
    expect(await call('c5')).toMatchObject({
      state: 'unpriced',
      code: 'UNKNOWN_MODEL',
      amount: null,
    });
    const { body } = await corner.call('GET', '/v1/unpriced');
    expect(body['data']).toEqual([expect.objectContaining({ id: 'c5', code: 'UNKNOWN_MODEL' })]);
  });

  it('c6 is rated and on billing hold', async () => {
    expect(await call('c6')).toMatchObject({ billingState: 'hold', amount: '3', invoice: null });
  });

  it('I2 the buckets of May hold every token of the calls of May', async () => {
    const { body } = await corner.call('GET', '/v1/usage?contract=C-1&period=2026-05');
    const sum = (model: string): bigint =>
      (body['lines'] as Lines)
        .filter((line) => line['model'] === model && line['billingState'] === 'billable')
        .reduce((total, line) => total + BigInt(String(line['quantity'])), 0n);
    // m-chat and m-agent are never added (N7).
    expect([sum('m-chat'), sum('m-agent')]).toEqual([2_934_897_500n, 650_000_000n]);
  });
});

describe('the close of May', () => {
  it('A2 issues the m-chat lines exactly: 465.27', async () => {
    const closed = await corner.closePeriod('2026-05');
    const [contract] = closed.contracts;
    expect(contract).toMatchObject({
      contract: 'C-1',
      status: 'closed',
      number: 'INV-2026-000001',
    });
    expect(contract?.unpriced).toEqual([{ type: 'call', code: 'UNKNOWN_MODEL', events: 1 }]);
    expect(contract?.held).toEqual([
      expect.objectContaining({ kind: 'input', quantity: '10000000' }),
    ]);
    const { body } = await corner.call('GET', `/v1/invoices/${contract?.invoice ?? ''}`);
    const lines = (body['lines'] as Lines).filter((line) => line['model'] === 'm-chat');
    const shown = ['priceVersion', 'kind', 'quantity', 'exact', 'amount'];
    expect(lines.map((line) => shown.map((field) => line[field]))).toEqual(chatLines);
    const cents = lines.reduce(
      (sum, line) => sum + BigInt(String(line['amount']).replace('.', '')),
      0n,
    );
    expect(cents).toBe(46_527n);
    const agent = (body['lines'] as Lines).filter((line) => line['model'] === 'm-agent');
    expect(agent).toEqual([expect.objectContaining({ quantity: '650000000', amount: '1300.00' })]);
    expect(body['total']).toBe('1765.27');
  }, 90_000);

  it('I9 the invoice leads to its 2,653 calls, and a call to its lines', async () => {
    const invoice = 'inv-C-1-2026-05';
    const ids: string[] = [];
    for (let cursor = ''; ;) {
      const path = `/v1/invoices/${invoice}/calls?limit=1000${cursor && `&cursor=${cursor}`}`;
      const { body } = await corner.call('GET', path);
      ids.push(...(body['data'] as Lines).map((each) => String(each['id'])));
      if (body['nextCursor'] === null) break;
      cursor = String(body['nextCursor']);
    }
    expect(ids).toHaveLength(2_653);
    expect(new Set(ids).size).toBe(2_653);
    expect(await call('c3')).toMatchObject({ invoice: { invoice, number: 'INV-2026-000001' } });
  });

  it('tells the others: usage.rated without a gap, period.closed, invoice.issued', async () => {
    const rated = await corner.messages('usage.rated', (found) => {
      const counted = found.reduce(
        (sum, { value }) => sum + ('counts' in value ? value.counts.rated : 0n),
        0n,
      );
      return counted === 2_656n;
    });
    const quantities = new Map<string, bigint>();
    for (const message of rated) {
      if (message.type !== 'usage.rated') continue;
      for (const delta of message.value.deltas) {
        const key = `${delta.modelOrdered} ${delta.billingState} ${delta.servicePeriod}`;
        quantities.set(key, (quantities.get(key) ?? 0n) + BigInt(delta.quantity));
      }
    }
    expect(quantities.get('m-chat billable 2026-05')).toBe(2_934_897_500n);
    expect(quantities.get('m-chat hold 2026-05')).toBe(10_000_000n);
    const invoices = await corner.messages('invoice', (found) => found.length > 0);
    expect(invoices[0]).toMatchObject({ type: 'invoice.issued', value: { total: '1765.27' } });
    const periods = await corner.messages('period', (found) => found.length > 0);
    expect(periods[0]).toMatchObject({ type: 'period.closed', value: { period: '2026-05' } });
  }, 90_000);
});
