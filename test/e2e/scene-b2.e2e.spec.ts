import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFixture } from '../../apps/suanpan/src/demo/fixture-files.js';
import * as scene from './scene-a.js';
import { nextKey, openTenant, send, type Tenant, until } from './world.js';

interface Share {
  readonly version: number;
  readonly party: string;
  readonly share: string;
}

interface Statement {
  readonly statement: string;
  readonly partner: string;
  readonly role: string;
  readonly total: string;
}

const shares = (percentages: readonly [number, number, number]) => [
  {
    kind: 'shares',
    parties: ['centre', 'carrier', 'operator'].map((role, index) => ({
      party: role === 'centre' ? scene.CENTRE : `${role}-scene`,
      role,
      shareBps: (percentages[index] ?? 0) * 100,
    })),
  },
];

const terms = (effectiveFrom: string, percentages: readonly [number, number, number]) => ({
  currency: 'USD',
  effectiveFrom,
  contracts: [],
  steps: shares(percentages),
});

const PARTNERS = [
  { id: scene.CENTRE, role: 'centre', country: 'CN', payoutCurrency: 'CNY' },
  { id: 'carrier-scene', role: 'carrier', country: 'SG', payoutCurrency: 'SGD' },
] as const;

/** Contract, prices and agreement of the scene; the agreement changes in mid-period. */
const setUp = async (tenant: Tenant): Promise<void> => {
  for (const { version, ...body } of scene.priceVersions) {
    await tenant.pricing.put(`/v1/price-tables/pt-scene/versions/${version}`, body);
  }
  await tenant.pricing.put(`/v1/contracts/${scene.CONTRACT}`, scene.contractTerms);
  const first = terms('2026-03-31T17:00:00Z', [55, 20, 25]);
  const second = terms('2026-05-15T17:00:00Z', [50, 20, 30]);
  await tenant.shares.put('/v1/agreements/ag-scene/versions/1', first);
  await tenant.shares.put('/v1/agreements/ag-scene/versions/2', second);
  const { settlement } = tenant;
  await settlement.put('/v1/legal-entities/shantou-operator', {
    functionalCurrency: 'CNY',
    zone: 'Asia/Shanghai',
    bankAccounts: ['CNY', 'USD', 'SGD'].map((currency) => ({ account: `a-${currency}`, currency })),
  });
  for (const { id, ...body } of PARTNERS) {
    await settlement.put(`/v1/counterparties/${id}`, { ...body, netting: false });
  }
  await settlement.call({
    method: 'POST',
    path: '/v1/fx-rates/import?currencies=USD,CNY,SGD&from=2026-05-01&to=2026-06-30',
    raw: { type: 'text/csv', text: readFixture('ecb-rates-2026q2.csv') },
    idempotencyKey: nextKey('fx'),
  });
};

const issueStatements = (tenant: Tenant): Promise<readonly Statement[]> =>
  until('the statements', async () => {
    try {
      const body = { period: '2026-05', issueDate: '2026-06-02' };
      await tenant.shares.post('/v1/statements/issue', body, nextKey('statements'));
    } catch (error) {
      if ((error as { code?: string }).code === 'PERIOD_STILL_OPEN') return null;
      throw error;
    }
    return tenant.shares.all<Statement>('/v1/statements?period=2026-05', 'statements');
  });

describe('scene B2, the split of the m-chat lines, and the way to the bank', () => {
  let tenant: Tenant;
  let invoice: { invoice: string; number: string; total: string };
  let statements: readonly Statement[];

  beforeAll(async () => {
    tenant = await openTenant('scene-b2');
    await setUp(tenant);
    const centre = await tenant.centre(scene.CENTRE, scene.SOURCE);
    await send(centre, scene.bulkP1);
    await send(centre, scene.bulkP2);
    await send(centre, [scene.c2, scene.c3, scene.c4]);
    await tenant.handled(2_003);
    const [issued] = await tenant.close('2026-05');
    if (issued === undefined) throw new Error('No invoice was issued.');
    invoice = issued;
    statements = await issueStatements(tenant);
  }, 240_000);

  it('invoices 465.27', () => {
    expect(invoice.total).toBe('465.27');
  });

  it('splits 291.26 at 55/20/25 and 174.01 at 50/20/30, by the time of the calls', async () => {
    const { distributions } = await tenant.shares.get<{ distributions: Share[] }>(
      `/v1/distributions?invoice=${encodeURIComponent(invoice.invoice)}`,
    );
    expect(distributions.map(({ version, party, share }) => [version, party, share])).toEqual(
      expect.arrayContaining([
        [1, scene.CENTRE, '160.19'],
        [1, 'carrier-scene', '58.25'],
        [1, 'operator-scene', '72.82'],
        [2, scene.CENTRE, '87.01'],
        [2, 'carrier-scene', '34.80'],
        [2, 'operator-scene', '52.20'],
      ]),
    );
    expect(distributions).toHaveLength(6);
  });

  it('states to each partner the sum of its lines', () => {
    const totals = statements.map(({ partner, total }) => [partner, total]);
    expect(totals).toHaveLength(3);
    expect(totals).toEqual(
      expect.arrayContaining([
        [scene.CENTRE, '247.20'],
        ['carrier-scene', '93.05'],
        ['operator-scene', '125.02'],
      ]),
    );
  });

  it('F5 closes the loop: paid, nothing unexplained, and the bank line opens to the calls', async () => {
    const { settlement, pricing } = tenant;
    await until('the books', async () => {
      const { receivables } = await settlement.get<{ receivables: unknown[] }>('/v1/receivables');
      const { payables } = await settlement.get<{ payables: unknown[] }>('/v1/payables');
      return receivables.length === 1 && payables.length === 2 ? true : null;
    });
    const receipt = {
      receipt: 'bank-line-1',
      payer: 'bintang-toys',
      currency: 'USD',
      amount: '465.27',
      date: '2026-06-10',
      reference: invoice.number,
    };
    await settlement.post('/v1/receipts', receipt, nextKey('receipt'));
    const run = { period: '2026-05', date: '2026-06-12' };
    await settlement.post('/v1/settlements/run', run, nextKey('settle'));

    expect(await settlement.get('/v1/unexplained')).toMatchObject({ count: 0 });
    expect(await settlement.get('/v1/trial-balance')).toMatchObject({ zero: true });
    const traced = await settlement.get<{ invoices: { invoice: string }[] }>(
      '/v1/bank-lines/bank-line-1/trace',
    );
    expect(traced.invoices).toMatchObject([{ number: invoice.number, amount: '465.27' }]);
    const calls = await pricing.all<{ id: string; source: string }>(
      `/v1/invoices/${traced.invoices[0]?.invoice}/calls?limit=1000`,
      'calls',
    );
    expect(calls).toHaveLength(2_003);
    const back = await pricing.get<{ invoice: { number: string } }>(
      `/v1/calls?source=${encodeURIComponent(scene.SOURCE)}&id=c4`,
    );
    expect(back.invoice.number).toBe(invoice.number);
  }, 120_000);
});
