import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Corner } from './corner.js';
import { contractBody, p1Body, usage } from './usage.js';

let corner: Corner;
let otherTenant: string;
let buyer: string;
let otherBuyer: string;

const at = '2026-05-10T00:00:00Z';

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
  otherTenant = await corner.key('other', 'operator', null);
  buyer = await corner.key('shantou', 'buyer', 'bintang-toys');
  otherBuyer = await corner.key('shantou', 'buyer', 'rival');
  await corner.call('PUT', '/v1/price-tables/retail/versions/P1', { body: p1Body });
  await corner.call('PUT', '/v1/contracts/C-1', { body: contractBody });
  await corner.call('PUT', '/v1/contracts/C-2', { body: { ...contractBody, buyer: 'rival' } });
  await corner.record([
    usage({ id: 'mine', at, tokens: [1_000_000n, 0n, 0n, 0n] }),
    usage({ id: 'rivals', at, tokens: [2_000_000n, 0n, 0n, 0n], contract: 'C-2', buyer: 'rival' }),
    usage({ id: 'none', at, tokens: [1n, 0n, 0n, 0n], model: 'm-none' }),
  ]);
  await corner.settled(3);
  await corner.closePeriod('2026-05');
}, 120_000);
afterAll(() => corner.close(), 60_000);

const READS = [
  '/v1/contracts',
  '/v1/usage?contract=C-1&period=2026-05',
  '/v1/calls?source=gateway%2Fjakarta&id=mine',
  '/v1/invoices',
  '/v1/invoices/inv-C-1-2026-05',
  '/v1/invoices/inv-C-1-2026-05/calls',
];

describe('S01 I10 another tenant', () => {
  it('sees nothing, and the same answer as for what does not exist', async () => {
    const read = async (path: string) =>
      (await corner.call('GET', path, { key: otherTenant })).body;
    expect(await read('/v1/contracts')).toEqual({ contracts: [] });
    expect(await read('/v1/invoices')).toEqual({ data: [], nextCursor: null });
    expect(await read('/v1/unpriced')).toEqual({ data: [], nextCursor: null });
    expect(await read('/v1/events/counts')).toEqual({
      rated: 0,
      duplicate: 0,
      conflict: 0,
      unpriced: 0,
      quarantined: 0,
    });
    for (const path of READS.filter((each) => !['/v1/contracts', '/v1/invoices'].includes(each))) {
      expect((await corner.call('GET', path, { key: otherTenant })).status).toBe(404);
    }
    expect((await corner.call('GET', '/v1/price-tables/retail', { key: otherTenant })).status).toBe(
      404,
    );
  });
});

describe('a buyer', () => {
  it('sees its own contract, usage, calls and invoice', async () => {
    for (const path of READS) {
      expect((await corner.call('GET', path, { key: buyer })).status).toBe(200);
    }
    const { body } = await corner.call('GET', '/v1/contracts', { key: buyer });
    expect(body['contracts']).toEqual([expect.objectContaining({ contract: 'C-1' })]);
    const calls = await corner.call('GET', '/v1/invoices/inv-C-1-2026-05/calls', { key: buyer });
    expect(calls.body['data']).toEqual([expect.objectContaining({ id: 'mine' })]);
  });

  it('S02 sees nothing of its rival', async () => {
    for (const path of READS.filter((each) => !['/v1/contracts', '/v1/invoices'].includes(each))) {
      expect((await corner.call('GET', path, { key: otherBuyer })).status).toBe(404);
    }
    const { body } = await corner.call('GET', '/v1/invoices', { key: otherBuyer });
    expect(body['data']).toEqual([expect.objectContaining({ invoice: 'inv-C-2-2026-05' })]);
  });

  it('S05 commands nothing and lists nothing of the operator', async () => {
    const put = await corner.call('PUT', '/v1/contracts/C-3', { key: buyer, body: contractBody });
    expect(put.status).toBe(403);
    for (const path of [
      '/v1/unpriced',
      '/v1/quarantine',
      '/v1/events/counts',
      '/v1/price-tables/retail',
    ]) {
      expect((await corner.call('GET', path, { key: buyer })).status).toBe(403);
    }
  });
});

describe('S24 the second wall', () => {
  const TABLES = [
    ...['call', 'bucket', 'dimension_set', 'charge_cell', 'unpriced', 'event_count'],
    ...['price_version', 'price', 'contract', 'period', 'invoice', 'invoice_line'],
    ...['invoice_series', 'close_request', 'close_contract', 'rerate_request'],
  ];
  const count = (table: string, as: 'nobody' | 'tenant' | 'party'): Promise<string> => {
    const { db } = corner.stack;
    const sql = `select count(*) as c from ${table}`;
    const scope = { tenant: 'shantou', ...(as === 'party' ? { party: 'nobody' } : {}) };
    const read =
      as === 'nobody'
        ? db.transaction((tx) => tx.query<{ c: string }>(sql))
        : db.inTenant(scope, (tx) => tx.query<{ c: string }>(sql));
    return read.then(([row]) => row?.c ?? '');
  };

  it.each(TABLES.map((table) => [table]))('%s gives no row without a tenant', async (table) => {
    expect(await count(table, 'nobody')).toBe('0');
  });

  it.each(TABLES.map((table) => [table]))(
    '%s gives no row to a party that owns none',
    async (table) => {
      expect(await count(table, 'party')).toBe('0');
    },
  );

  it('every table with a tenant has row security forced', async () => {
    const rows = await corner.stack.asSuperuser<{ relname: string }>(
      `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
         and a.attname = 'tenant' and not (c.relrowsecurity and c.relforcerowsecurity)`,
    );
    expect(rows).toEqual([]);
  });

  it('S29 the app role writes no usage', async () => {
    const write = corner.stack.db.inTenant({ tenant: 'shantou' }, (tx) =>
      tx.query(`insert into event_count values ('shantou', 1, 1, 0, 0, 0, 0)`),
    );
    await expect(write).rejects.toThrow(/permission denied/);
  });
});
