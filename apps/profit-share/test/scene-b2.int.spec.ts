import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decode } from '@suanpan/messages';
import { until } from '@suanpan/platform-testing';
import { Corner } from './corner.js';
import {
  AGREEMENTS,
  CHANGE,
  EARLY,
  INVOICE,
  LATE,
  PERIOD,
  TENANT,
  contractSigned,
  periodClosed,
  ratedBatch,
} from './scene-b2.js';

let corner: Corner;
let operator: string;

const get = (path: string, key = operator) => corner.call('GET', path, { key });
const issue = (idempotencyKey: string) =>
  corner.call('POST', '/v1/statements/issue', {
    key: operator,
    body: { period: PERIOD, issueDate: '2026-05-31' },
    idempotencyKey,
  });
const rated = (stream: number, version: bigint, batch: Parameters<typeof ratedBatch>) =>
  corner.tell('usage.rated', ratedBatch(...batch), {
    tenant: '*',
    streamId: `usage.recorded/${stream}`,
    version,
  });

const progress = async (partition: number): Promise<bigint> => {
  const [row] = await corner.stack.asSuperuser<{ next: string }>(
    `select next_offset::text as next from rated_progress where source_partition = $1`,
    [partition],
  );
  return BigInt(row?.next ?? 0);
};

const distributed = () =>
  until('the invoice is divided', async () => {
    const { status, body } = await get(`/v1/distributions?invoice=${INVOICE.invoice}`);
    return status === 200 && body['status'] === 'distributed' ? body : undefined;
  });

beforeAll(async () => {
  corner = await Corner.open();
  operator = await corner.key(TENANT);
}, 180_000);
afterAll(async () => {
  await corner.close();
}, 60_000);

describe('scene B2: a change of shares in the middle of the month', () => {
  it('signs both versions, and the same order again changes nothing', async () => {
    for (const { version, body } of [...AGREEMENTS, AGREEMENTS[1]]) {
      const path = `/v1/agreements/AG-2/versions/${version}`;
      expect((await corner.call('PUT', path, { key: operator, body })).status).toBe(200);
    }
    const { body } = await get('/v1/agreements');
    expect(body['agreements']).toHaveLength(2);
  });

  it('refuses other terms under a known version', async () => {
    const [first] = AGREEMENTS;
    const body = { ...first.body, contracts: [] };
    const path = '/v1/agreements/AG-2/versions/1';
    const answer = await corner.call('PUT', path, { key: operator, body });
    expect([answer.status, answer.body['code']]).toEqual([409, 'VERSION_NOT_LATER']);
  });

  const sign = (id: string, contract: string) =>
    corner.call('PUT', `/v1/agreements/${id}/versions/1`, {
      key: operator,
      body: { ...AGREEMENTS[0].body, contracts: [contract] },
    });
  const end = (id: string, effectiveUntil: string) =>
    corner.call('POST', `/v1/agreements/${id}/end`, {
      key: operator,
      body: { effectiveUntil },
      idempotencyKey: `end-${performance.now()}`,
    });

  it('AGREEMENT_OVERLAPS: another agreement for the contract, though they are told at once', async () => {
    const refused = await sign('AG-3', 'C-1');
    expect([refused.status, refused.body['code']]).toEqual([409, 'AGREEMENT_OVERLAPS']);
    const answers = await Promise.all(['AG-4', 'AG-5', 'AG-6'].map((id) => sign(id, 'C-7')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it('ends at its start what has divided nothing, twice if ordered twice, and lets another in', async () => {
    const { body } = await get('/v1/agreements');
    const agreements = body['agreements'] as Record<string, string>[];
    const mistaken = agreements.find(({ agreement }) => agreement !== 'AG-2')?.['agreement'] ?? '';
    const start = AGREEMENTS[0].body.effectiveFrom;
    for (const _time of [1, 2]) expect((await end(mistaken, start)).status).toBe(200);
    const ends = await corner.stack.asSuperuser(
      `select 1 from event_store where type = 'AgreementEnded'`,
    );
    expect(ends).toHaveLength(1);
    expect((await sign('AG-8', 'C-7')).status).toBe(200);
  });

  it('PERIOD_STILL_OPEN while a signed contract has not closed it', async () => {
    const signed = contractSigned('C-1');
    await corner.tell('contract.signed', signed, { tenant: TENANT, streamId: 'C-1', version: 1n });
    const answer = await until('the contract is known', async () => {
      const issued = await issue(`open-${performance.now()}`);
      return issued.status === 409 ? issued : undefined;
    });
    expect(answer.body['code']).toBe('PERIOD_STILL_OPEN');
    expect(answer.body['errors']).toEqual([
      {
        path: 'C-1',
        code: 'CONTRACT_NOT_CLOSED',
        detail: 'Contract C-1 has not closed 2026-05.',
      },
    ]);
  });

  it('lets an invoice wait until the usage behind it has been heard', async () => {
    await rated(3, 1n, [3, 0n, EARLY]);
    const stream = { tenant: TENANT, streamId: 'C-1:2026-05', version: 1n };
    await corner.tell('period.closed', periodClosed('C-1'), stream);
    const invoiced = { tenant: TENANT, streamId: INVOICE.invoice, version: 1n };
    await corner.tell('invoice.issued', INVOICE, invoiced);
    await until('the early usage', async () => ((await progress(3)) === 2n ? true : undefined));
    const answer = await until('the invoice is known', async () => {
      const asked = await get(`/v1/distributions?invoice=${INVOICE.invoice}`);
      return asked.status === 200 ? asked : undefined;
    });
    expect(answer.body).toMatchObject({ status: 'waiting', distributions: [] });
    const codes = (await issue('still-open')).body['errors'] as { code: string }[];
    expect(codes.map(({ code }) => code)).toEqual(['USAGE_NOT_HEARD', 'INVOICE_NOT_DISTRIBUTED']);
  });

  it('R13 parks the range that is ahead and drops the range that was seen', async () => {
    const [c3, ...rest] = LATE;
    if (c3 === undefined) throw new Error('The scene has no late usage.');
    await rated(40, 1n, [40, 1n, rest]);
    await until('the range is parked', async () => {
      const parked = await corner.stack.asSuperuser(`select 1 from rated_parked`);
      return parked.length === 1 ? true : undefined;
    });
    expect(await progress(40)).toBe(0n);
    await rated(40, 2n, [40, 0n, [c3]]);
    await until('both ranges', async () => ((await progress(40)) === 3n ? true : undefined));
    // The relay may send a batch again under another count of its stream: the range is the key.
    await rated(40, 3n, [40, 1n, rest]);
    await rated(3, 2n, [3, 0n, EARLY]);
  });

  it('divides P1 into 160.19, 58.25, 72.82 and P2 into 87.01, 34.80, 52.20', async () => {
    const body = await distributed();
    const found = (body['distributions'] as Record<string, unknown>[]).map(
      ({ version, party, share }) => [version, party, share],
    );
    expect(found).toEqual([
      [1, 'eastern-guangdong', '160.19'],
      [1, 'guangdong-mobile', '58.25'],
      [1, 'shantou-operator', '72.82'],
      [2, 'eastern-guangdong', '87.01'],
      [2, 'guangdong-mobile', '34.80'],
      [2, 'shantou-operator', '52.20'],
    ]);
    expect(body['bases']).toMatchObject([
      { version: 1, base: '291.26', exact: { n: '14563', d: '50' } },
      { version: 2, base: '174.01', exact: { n: '17401', d: '100' } },
    ]);
    const exact = (body['distributions'] as { exact: unknown }[]).map((one) => one.exact);
    expect(exact[0]).toEqual({ n: '160193', d: '1000' });
    expect(body['held']).toEqual([]);
  });

  it('END_NOT_LATER: what has divided something has held', async () => {
    const refused = await end('AG-2', CHANGE);
    expect([refused.status, refused.body['code']]).toEqual([409, 'END_NOT_LATER']);
  });

  it('shows the accruals behind it, exact and by price version', async () => {
    const { body } = await get(`/v1/accruals?period=${PERIOD}&contract=C-1`);
    const rows = body['accruals'] as Record<string, string>[];
    const cached = rows.filter(
      ({ kind, priceVersion }) => kind === 'cached_input' && priceVersion === 'P2',
    );
    expect(cached.map(({ amount, quantity, calls }) => [amount, quantity, calls])).toEqual([
      ['20.005', '800200000', '1000'],
    ]);
  });

  it('I10 issues one statement a partner, numbered without a gap, and none the second time', async () => {
    const first = await issue('issue-may');
    expect(first.status).toBe(202);
    expect(first.body['issued']).toMatchObject([
      { number: 'ST-000001', partner: 'eastern-guangdong', role: 'centre', total: '247.20' },
      { number: 'ST-000002', partner: 'guangdong-mobile', role: 'carrier', total: '93.05' },
      { number: 'ST-000003', partner: 'shantou-operator', role: 'operator', total: '125.02' },
    ]);
    const again = await issue('issue-may-again');
    expect([again.status, again.body['issued']]).toEqual([202, []]);
    const replayed = await issue('issue-may');
    expect(replayed.body).toEqual(first.body);
  });

  it('tells settlement what was stated', async () => {
    const rows = await until('the statements are sent', async () => {
      const sent = await corner.stack.asSuperuser<{ value: Buffer }>(
        `select value from outbox where topic = 'statement' and sent_at is not null order by id`,
      );
      return sent.length === 3 ? sent : undefined;
    });
    const values = rows.map(({ value }) => decode(value).value);
    expect(values[0]).toMatchObject({
      statement: '2026-05:USD:centre:eastern-guangdong',
      total: '247.20',
      issueDate: '2026-05-31',
      lines: [
        { line: 1, agreementVersion: 1, base: '291.26', share: '55.00% of the rest' },
        { line: 2, agreementVersion: 2, base: '174.01', share: '50.00% of the rest' },
      ],
    });
  });
});
