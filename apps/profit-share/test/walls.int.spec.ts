import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { replayProfitShare } from '../src/index.js';
import { Corner } from './corner.js';
import {
  AGREEMENTS,
  EARLY,
  INVOICE,
  LATE,
  PERIOD,
  TENANT,
  contractSigned,
  periodClosed,
  ratedBatch,
} from './scene-b2.js';

const CENTRE = 'eastern-guangdong';
const CARRIER = 'guangdong-mobile';
const STATEMENT = `2026-05:USD:centre:${CENTRE}`;
const ORPHAN = 'C-9';

let corner: Corner;
let operator: string;
let centre: string;
let carrier: string;
let stranger: string;

const get = (path: string, key: string) => corner.call('GET', path, { key });

const tellScene = async (): Promise<void> => {
  const told = (streamId: string) => ({ tenant: TENANT, streamId, version: 1n });
  for (const contract of ['C-1', ORPHAN]) {
    await corner.tell('contract.signed', contractSigned(contract), told(contract));
    await corner.tell('period.closed', periodClosed(contract), told(`${contract}:2026-05`));
  }
  // The same usage under a contract that no agreement names.
  const orphans = LATE.map((usage) => ({ ...usage, contract: ORPHAN }));
  const all = { tenant: '*', version: 1n };
  await corner.tell('usage.rated', ratedBatch(3, 0n, EARLY), { ...all, streamId: 'usage/3' });
  await corner.tell('usage.rated', ratedBatch(40, 0n, LATE), { ...all, streamId: 'usage/40' });
  await corner.tell('usage.rated', ratedBatch(7, 0n, orphans), { ...all, streamId: 'usage/7' });
  await corner.tell('invoice.issued', INVOICE, told(INVOICE.invoice));
  await corner.tell('invoice.issued', orphanInvoice(), told('inv-c9'));
};

/** Only the P2 lines and c3: what LATE says. */
const orphanInvoice = (): typeof INVOICE => {
  const amounts: Readonly<Record<string, readonly [string, string, string]>> = {
    'input P1': ['2000', '0.0006', '0.00'],
    'output P1': ['300', '0.00036', '0.00'],
    'reasoning P1': ['200', '0.00024', '0.00'],
  };
  const lines = INVOICE.lines.flatMap((line) => {
    if (line.priceVersion === 'P2') return [line];
    const [quantity, exact, amount] = amounts[`${line.kind} P1`] ?? [];
    if (quantity === undefined || exact === undefined || amount === undefined) return [];
    return [{ ...line, quantity, exact, amount, calls: 1n }];
  });
  return {
    ...INVOICE,
    invoice: 'inv-c9',
    number: 'INV-000002',
    contract: ORPHAN,
    lines,
    lineTotal: '174.01',
    total: '174.01',
    vector: [{ partition: 7, nextOffset: 3n }],
  };
};

beforeAll(async () => {
  corner = await Corner.open();
  operator = await corner.key(TENANT);
  centre = await corner.key(TENANT, 'centre', CENTRE);
  carrier = await corner.key(TENANT, 'partner', CARRIER);
  stranger = await corner.key('another-operator');
  for (const { version, body } of AGREEMENTS) {
    const path = `/v1/agreements/AG-2/versions/${version}`;
    await corner.call('PUT', path, { key: operator, body });
  }
  await tellScene();
  await until('both invoices are divided', async () => {
    const answer = await corner.call('POST', '/v1/statements/issue', {
      key: operator,
      body: { period: PERIOD },
      idempotencyKey: `issue-${performance.now()}`,
    });
    return answer.status === 202 ? answer : undefined;
  });
}, 180_000);
afterAll(async () => {
  await corner.close();
}, 60_000);

describe('an invoice that no agreement covers', () => {
  it('is held and shown, never silently kept', async () => {
    const { body } = await get('/v1/held', operator);
    expect(body['held']).toEqual([
      {
        invoice: 'inv-c9',
        number: 'INV-000002',
        contract: ORPHAN,
        period: PERIOD,
        currency: 'USD',
        amount: '174.01',
        exact: { n: '17401', d: '100' },
        models: ['m-chat'],
        reason: 'NO_AGREEMENT',
      },
    ]);
    const { body: divided } = await get('/v1/distributions?invoice=inv-c9', operator);
    expect(divided).toMatchObject({ status: 'distributed', distributions: [], bases: [] });
  });
});

describe('a partner', () => {
  it('I10 sees its own statement, line by line', async () => {
    const { status, body } = await get(`/v1/statements/${STATEMENT}`, centre);
    expect([status, body['total'], (body['lines'] as unknown[]).length]).toEqual([
      200,
      '247.20',
      2,
    ]);
    const list = await get('/v1/statements', centre);
    expect((list.body['statements'] as object[]).length).toBe(1);
  });

  it('S01 gets for another partner’s statement what it gets for none', async () => {
    const [foreign, absent] = await Promise.all([
      get(`/v1/statements/${STATEMENT}`, carrier),
      get('/v1/statements/2026-05:USD:centre:nobody', carrier),
    ]);
    expect([foreign.status, absent.status]).toEqual([404, 404]);
    const bare = ({ body }: typeof foreign) => ({ ...body, instance: '', requestId: '' });
    expect(bare(foreign)).toEqual(bare(absent));
  });

  it('S07 sees its own shares of an invoice and nobody else’s, no base, nothing held', async () => {
    const { body } = await get(`/v1/distributions?invoice=${INVOICE.invoice}`, carrier);
    const parties = (body['distributions'] as { party: string }[]).map(({ party }) => party);
    expect([...new Set(parties)]).toEqual([CARRIER]);
    expect([body['bases'], body['held'], body['number']]).toEqual([[], [], undefined]);
    expect((await get('/v1/distributions?invoice=inv-c9', carrier)).status).toBe(404);
  });

  it.each(['/v1/accruals?period=2026-05', '/v1/agreements', '/v1/held'])(
    'S05 may not read %s',
    async (path) => {
      const { status, body } = await get(path, carrier);
      expect([status, body['code']]).toEqual([403, 'FORBIDDEN_ROLE']);
    },
  );

  it('S05 may not issue statements', async () => {
    const answer = await corner.call('POST', '/v1/statements/issue', {
      key: carrier,
      body: { period: PERIOD },
      idempotencyKey: 'mine',
    });
    expect(answer.status).toBe(403);
  });

  it('is held by row security too, whatever a route would ask for', async () => {
    const counts = await corner.stack.db.inTenant(
      { tenant: TENANT, party: CARRIER },
      async (tx) => {
        const tables = ['statement', 'distribution', 'accrual', 'invoice', 'held', 'contract'];
        const found: Record<string, string | undefined> = {};
        for (const table of [...tables, 'agreement_version', 'distribution_base', 'period']) {
          const [row] = await tx.query<{ n: string }>(`select count(*) as n from ${table}`);
          found[table] = row?.n;
        }
        return found;
      },
    );
    expect(counts).toEqual({
      statement: '1',
      distribution: '2',
      accrual: '0',
      invoice: '0',
      held: '0',
      contract: '0',
      agreement_version: '0',
      distribution_base: '0',
      period: '0',
    });
  });
});

describe('another tenant', () => {
  it.each([
    ['/v1/agreements', 'agreements'],
    ['/v1/statements', 'statements'],
    ['/v1/accruals?period=2026-05', 'accruals'],
    ['/v1/held', 'held'],
  ])('I10 sees nothing at %s', async (path, list) => {
    expect((await get(path, stranger)).body[list]).toEqual([]);
  });

  it.each([`/v1/statements/${STATEMENT}`, `/v1/distributions?invoice=${INVOICE.invoice}`])(
    'S01 gets 404 at %s',
    async (path) => {
      expect((await get(path, stranger)).status).toBe(404);
    },
  );

  it('S24 sees no row without a tenant', async () => {
    const seen = await corner.stack.db.transaction((tx) =>
      tx.query<{ n: string }>(
        `select (select count(*) from statement) + (select count(*) from accrual)
           + (select count(*) from distribution) + (select count(*) from rated_parked) as n`,
      ),
    );
    expect(seen).toEqual([{ n: '0' }]);
  });
});

describe('what was issued', () => {
  it.each(['statement', 'statement_line', 'event_store'])(
    'I7 cannot be changed or removed in %s, by any role',
    async (table) => {
      await expect(corner.stack.asSuperuser(`update ${table} set tenant = 'x'`)).rejects.toThrow(
        /append-only/,
      );
      await expect(corner.stack.asSuperuser(`delete from ${table}`)).rejects.toThrow(/append-only/);
    },
  );
});

describe('F6 replay', () => {
  it('gives the same hash of every projection from the topics and the events', async () => {
    const replayed = await replayProfitShare(corner.env);
    expect(replayed.tables.filter(({ equal }) => !equal)).toEqual([]);
    expect(replayed.equal).toBe(true);
    const rows = Object.fromEntries(replayed.tables.map(({ table, rows: n }) => [table, n]));
    expect(rows).toMatchObject({ distribution: 6, statement: 3, held: 1, rated_progress: 3 });
    expect(rows['accrual']).toBeGreaterThan(20);
  }, 120_000);

  it('finds a planted share', async () => {
    await corner.stack.asSuperuser(
      `update distribution set share = share + 0.01 where party = $1 and agreement_version = 1`,
      [CENTRE],
    );
    const replayed = await replayProfitShare(corner.env);
    const different = replayed.tables.filter(({ equal }) => !equal).map(({ table }) => table);
    expect([replayed.equal, different]).toEqual([false, ['distribution']]);
  }, 120_000);

  it('DECIDED_DIFFERENTLY when a stored decision is not what its inputs lead to', async () => {
    await corner.stack.asSuperuser(
      `set session_replication_role = replica;
       update event_store set body = replace(body, '"160.19"', '"160.20"')
       where type = 'InvoiceDistributed'`,
    );
    await expect(replayProfitShare(corner.env)).rejects.toMatchObject({
      code: 'DECIDED_DIFFERENTLY',
    });
  }, 120_000);
});
