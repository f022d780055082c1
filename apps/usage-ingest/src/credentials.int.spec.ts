import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encode } from '@suanpan/messages';
import { LogProducer } from '@suanpan/platform-kafka';
import { until } from '@suanpan/platform-testing';
import { Webhook } from 'standardwebhooks';
import { countRecords } from '../test/log-watch.js';
import { openCorner } from '../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../test/running-service.js';
import { SOURCE, usageEvent, withData } from '../test/usage-event.js';

let corner: Corner;
/** Two processes of the service, as in production. */
let nodes: readonly [ServiceProcess, ServiceProcess];

beforeAll(async () => {
  corner = await openCorner();
  nodes = await Promise.all([corner.start(), corner.start()]);
}, 180_000);
afterAll(async () => {
  await corner.dispose();
}, 60_000);

interface Issued {
  readonly prefix: string;
  readonly apiKey: string;
  readonly signingSecret?: string;
}

const command = async (path: string, body: object, method = 'POST'): Promise<Answer> =>
  nodes[0].ask(path, {
    method,
    body: JSON.stringify(body),
    key: corner.operatorKey,
    headers: { 'Idempotency-Key': randomBytes(8).toString('hex') },
  });
const issue = async (more: object = {}): Promise<Issued> => {
  const order = { role: 'centre', party: 'gz', sources: [SOURCE], ...more };
  const answer = await command('/v1/api-keys', order);
  expect([answer.status, answer.body['code']]).toEqual([201, undefined]);
  return answer.body as unknown as Issued;
};
const send = (node: ServiceProcess, key: string, body: unknown): Promise<Answer> =>
  node.ask('/v1/events', { key, body: JSON.stringify(body) });
const statuses = async (key: string): Promise<readonly number[]> =>
  Promise.all(nodes.map(async (node) => (await send(node, key, usageEvent('s'))).status));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const recorded = async (): Promise<number> =>
  (await countRecords(corner.stack, ['usage.recorded']))['usage.recorded'] ?? 0;
const refusals = ({ body }: Answer): readonly unknown[] =>
  (body['results'] as readonly { code?: string }[]).map(({ code }) => code ?? 'accepted');

describe('S15, R5 of the markets: on every node, within a second', () => {
  it('a revoked key is refused', async () => {
    const { apiKey, prefix } = await issue();
    expect(await statuses(apiKey)).toEqual([202, 202]);
    const answer = await nodes[0].ask(`/v1/api-keys/${prefix}`, {
      method: 'DELETE',
      key: corner.operatorKey,
    });
    expect(answer.status).toBe(204);
    await sleep(1_000);
    expect(await statuses(apiKey)).toEqual([401, 401]);
  });

  it('B49 the key of a suspended centre is refused, and taken again with it', async () => {
    const { apiKey } = await issue();
    const put = (status: string) =>
      command('/v1/centres/gz', { name: 'Guangzhou', country: 'CN', status }, 'PUT');
    expect(await statuses(apiKey)).toEqual([202, 202]);
    await put('suspended');
    await sleep(1_000);
    expect(await statuses(apiKey)).toEqual([403, 403]);
    await put('active');
    await sleep(1_000);
    expect(await statuses(apiKey)).toEqual([202, 202]);
  });

  it('both keys of a rotation work in its overlap, and the old one is dead after it', async () => {
    const old = await issue();
    const answer = await command(`/v1/api-keys/${old.prefix}/rotate`, { overlapSeconds: 2 });
    expect(answer.status).toBe(201);
    const next = answer.body as unknown as Issued & { replacedUntil: string };
    expect([await statuses(old.apiKey), await statuses(next.apiKey)]).toEqual([
      [202, 202],
      [202, 202],
    ]);
    await sleep(Date.parse(next.replacedUntil) - Date.now() + 1_000);
    expect([await statuses(old.apiKey), await statuses(next.apiKey)]).toEqual([
      [401, 401],
      [202, 202],
    ]);
  });
});

describe('the list of keys', () => {
  it('shows what a key may do and what became of it, and no secret', async () => {
    const key = await issue({ scopes: ['events:write'], contracts: ['contract-shenzhen'] });
    await send(nodes[0], key.apiKey, usageEvent('listed'));
    const listed = await until('the use is noted', async () => {
      const page = await nodes[1].ask('/v1/api-keys?limit=1000', {
        method: 'GET',
        key: corner.operatorKey,
      });
      const keys = page.body['data'] as readonly Record<string, unknown>[];
      expect(page.text).not.toContain(key.apiKey.split('_')[2]);
      const mine = keys.find(({ prefix }) => prefix === key.prefix);
      return mine?.['lastUsedAt'] === null ? undefined : mine;
    });
    expect(listed).toMatchObject({
      ...{ role: 'centre', party: 'gz', sources: [SOURCE], scopes: ['events:write'] },
      ...{ contracts: ['contract-shenzhen'], signs: false, rotatedTo: null },
      ...{ expiresAt: null, revokedAt: null },
    });
    expect(Object.keys(listed)).not.toContain('hash');
  });

  it('S05 is the operator’s alone, as is rotating', async () => {
    const { apiKey, prefix } = await issue();
    const list = await nodes[0].ask('/v1/api-keys', { method: 'GET', key: apiKey });
    const rotate = await nodes[0].ask(`/v1/api-keys/${prefix}/rotate`, {
      key: apiKey,
      body: '{"overlapSeconds":1}',
      headers: { 'Idempotency-Key': 'x' },
    });
    expect([list.status, rotate.status]).toEqual([403, 403]);
  });

  it.each([
    ['scopes of an operator', { role: 'operator', party: null, sources: [], scopes: ['backfill'] }],
    ['a scope that does not exist', { scopes: ['everything'] }],
    ['no scope at all', { scopes: [] }],
    ['an end that is no time', { expiresAt: 'tomorrow' }],
    ['an end of the year 0', { expiresAt: '0000-01-01T00:00:00Z' }],
    ['a contract that cannot be stored', { contracts: ['a\u0000'] }, 'INVALID_TEXT'],
  ])('%s are refused at the order', async (_name, change, code = 'INVALID_VALUE') => {
    const order = { role: 'centre', party: 'gz', sources: [SOURCE], ...change };
    const answer = await command('/v1/api-keys', order);
    expect([answer.status, answer.body['code']]).toEqual([422, code]);
  });
});

describe('what a key may', () => {
  it('S15 is 403 without the scope, and nothing is written', async () => {
    const { apiKey } = await issue({ scopes: ['refused:read'] });
    const before = await recorded();
    const answer = await send(nodes[0], apiKey, usageEvent('scope'));
    expect([answer.status, answer.body['code']]).toEqual([403, 'FORBIDDEN_SCOPE']);
    expect(await recorded()).toBe(before);
    const list = await nodes[0].ask('/v1/refused', { method: 'GET', key: apiKey });
    expect(list.status).toBe(200);
  });

  it('S03 B49 an event of another contract, tenant or centre is refused, item by item', async () => {
    const { apiKey } = await issue({ contracts: ['contract-shenzhen'] });
    const answer = await send(nodes[0], apiKey, [
      usageEvent('mine'),
      withData('contract', { contract: 'contract-other' }),
      usageEvent('tenant', { tenant: 'other' }),
      withData('centre', { centre: 'hz' }),
    ]);
    expect(answer.status).toBe(202);
    expect(refusals(answer)).toEqual([
      ...['accepted', 'CONTRACT_NOT_ALLOWED', 'TENANT_MISMATCH', 'CENTRE_MISMATCH'],
    ]);
  });
});

describe('B46 the late limit of a contract', () => {
  const CONTRACT = 'contract-late';
  const at = (id: string, time: string) => ({ ...withData(id, { contract: CONTRACT }), time });
  /** The tests' now stands still at 2026-06-30T00:00:00Z. */
  const around = (day: string, before: string) => [
    at(`${day}-in`, `${day}T00:00:00.000001Z`),
    at(`${day}-at`, `${day}T00:00:00Z`),
    at(`${day}-out`, `${before}T23:59:59.999999Z`),
  ];
  const outcomes = async (node: ServiceProcess, key: string, events: readonly object[]) =>
    refusals(await send(node, key, events));

  it('is 45 days to the microsecond; the permission takes the rest, without a hole', async () => {
    const backfill = await issue({ scopes: ['events:write', 'backfill'] });
    const events = around('2026-05-16', '2026-05-15');
    expect(await outcomes(nodes[0], corner.centreKey, events)).toEqual([
      ...['accepted', 'accepted', 'TOO_OLD'],
    ]);
    expect(await outcomes(nodes[0], backfill.apiKey, events)).toEqual([
      ...['accepted', 'accepted', 'accepted'],
    ]);
  });

  it('is the contract’s own once an operator has set it, on every node', async () => {
    const path = `/v1/contracts/${CONTRACT}/late-limit`;
    expect((await command(path, { days: 60 }, 'PUT')).status).toBe(404);
    const { kafka, prefix } = corner.stack;
    const producer = new LogProducer({ kafka, prefix });
    await producer.connect();
    const value = encode('contract.signed', {
      ...{ tenant: 'shantou', contract: CONTRACT, buyer: 'buyer', seller: 'seller' },
      ...{ currency: 'CNY', zone: 'Asia/Shanghai', priceTable: 'p', requireAuthorization: false },
      ...{ rounding: 'half-even', paymentTermDays: 30, from: 1_767_225_600_000_000n, until: null },
    });
    await producer.send('contract', [{ key: Buffer.from(CONTRACT), value }]);
    await until('the contract is known', async () =>
      (await command(path, { days: 60 }, 'PUT')).status === 200 ? true : undefined,
    );
    await sleep(1_000);
    const events = around('2026-05-01', '2026-04-30');
    for (const node of nodes) {
      expect(await outcomes(node, corner.centreKey, events)).toEqual([
        ...['accepted', 'accepted', 'TOO_OLD'],
      ]);
    }
    const list = await nodes[1].ask('/v1/contracts', { method: 'GET', key: corner.operatorKey });
    expect(list.body['data']).toEqual([
      {
        ...{
          contract: CONTRACT,
          buyer: 'buyer',
          startsAt: '2026-01-01T00:00:00.000000Z',
          endsAt: null,
        },
        lateLimitDays: 60,
      },
    ]);
    const ended = encode('contract.ended', {
      ...{ tenant: 'shantou', contract: CONTRACT },
      ...{ until: 1_798_761_600_000_000n, at: 1_767_225_600_000_000n },
    });
    await producer.send('contract', [{ key: Buffer.from(CONTRACT), value: ended }]);
    await producer.disconnect();
    await until('its end is known', async () => {
      const { text } = await nodes[0].ask('/v1/contracts', {
        method: 'GET',
        key: corner.operatorKey,
      });
      return text.includes('"endsAt":"2027-01-01T00:00:00.000000Z"') ? true : undefined;
    });
  });

  it('B48 an unknown contract has the usual one, and is no reason to refuse', async () => {
    const event = withData('unknown-contract', { contract: 'never-heard-of' });
    expect(refusals(await send(nodes[0], corner.centreKey, event))).toEqual(['accepted']);
  });
});

describe('a key that must sign', () => {
  const signed = (key: Issued, body: string) => {
    const id = `msg_${randomBytes(8).toString('hex')}`;
    const now = new Date();
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Webhook(key.signingSecret ?? '').sign(id, now, body),
    };
  };
  const body = JSON.stringify([usageEvent('signed-1'), usageEvent('signed-2')]);

  it('sends batches signed, once each on whatever node', async () => {
    const key = await issue({ signs: true });
    const headers = signed(key, body);
    const before = await recorded();
    const first = await nodes[0].ask('/v1/events', { key: key.apiKey, body, headers });
    expect([first.status, first.body['accepted']]).toEqual([202, 2]);
    const again = await nodes[1].ask('/v1/events', { key: key.apiKey, body, headers });
    expect([again.status, again.body['code']]).toEqual([409, 'SIGNATURE_REPLAYED']);
    const changed = body.replace('signed-1', 'forged-1');
    const forged = await nodes[0].ask('/v1/events', {
      ...{ key: key.apiKey, body: changed, headers: signed(key, body) },
    });
    expect([forged.status, forged.body['code']]).toEqual([401, 'SIGNATURE_INVALID']);
    const bare = await nodes[0].ask('/v1/events', { key: key.apiKey, body });
    expect([bare.status, bare.body['code']]).toEqual([401, 'SIGNATURE_REQUIRED']);
    expect(await recorded()).toBe(before + 2);
  });

  it('cannot open a stream, which could not be judged before its end', async () => {
    const key = await issue({ signs: true });
    const line = `${JSON.stringify(usageEvent('line'))}\n`;
    const answer = await nodes[0].ask('/v1/events', {
      ...{ key: key.apiKey, body: line },
      headers: { ...signed(key, line), 'Content-Type': 'application/x-ndjson' },
    });
    expect([answer.status, answer.body['code']]).toEqual([403, 'SIGNATURE_UNSUPPORTED']);
  });
});
