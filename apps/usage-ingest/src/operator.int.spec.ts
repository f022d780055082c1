import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { openCorner } from '../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../test/running-service.js';
import { usageEvent, withData } from '../test/usage-event.js';

let corner: Corner;
let service: ServiceProcess;

beforeAll(async () => {
  corner = await openCorner();
  service = await corner.start();
}, 180_000);
afterAll(async () => {
  await corner.dispose();
}, 60_000);

interface Command {
  readonly method?: string;
  readonly body?: object;
  readonly key?: string;
  readonly idempotencyKey?: string;
}

const ask = (
  path: string,
  { method = 'GET', body, key, idempotencyKey }: Command = {},
): Promise<Answer> =>
  service.ask(path, {
    method,
    key: key ?? corner.operatorKey,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(idempotencyKey !== undefined && { headers: { 'Idempotency-Key': idempotencyKey } }),
  });

const hangzhou = { name: 'Hangzhou', country: 'CN', status: 'active' };

const cursor = (...key: readonly string[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url');

describe('B20 what a client makes up itself', () => {
  it.each([
    [`/v1/refused?cursor=${cursor('a', 'b', 'c')}`, 'GET', 400],
    [`/v1/refused?cursor=${cursor('2026-05-01 00:00:00+00', '9999999999', '0')}`, 'GET', 200],
    [`/v1/centres?cursor=${cursor('\u0000')}`, 'GET', 400],
    ['/v1/api-keys/%00', 'DELETE', 422],
    ['/v1/api-keys/unheardof2', 'DELETE', 404],
  ])('%s is no fault of ours', async (path, method, status) => {
    expect((await ask(path, { method })).status).toBe(status);
  });
});

describe('D09 a key that is ordered twice', () => {
  it('is one key, though the first answer was lost', async () => {
    const body = { role: 'centre', party: 'gz', sources: ['gz/vllm-1'] };
    const order = { method: 'POST', body, idempotencyKey: 'one-order' };
    const first = await ask('/v1/api-keys', order);
    await corner.stack.asSuperuser(`delete from idempotency_key where key = 'one-order'`);
    const second = await ask('/v1/api-keys', order);
    expect(second.body['prefix']).toBe(first.body['prefix']);
    expect(second.body['apiKey']).not.toBe(first.body['apiKey']);
    const other = await ask('/v1/api-keys', { ...order, idempotencyKey: 'another-order' });
    expect(other.body['prefix']).not.toBe(first.body['prefix']);
  });
});

describe('the directory of centres', () => {
  it('takes a centre, replaces it and lists it', async () => {
    const put = await ask('/v1/centres/hz', { method: 'PUT', body: hangzhou });
    expect([put.status, put.body]).toEqual([200, { centre: 'hz', ...hangzhou }]);
    await ask('/v1/centres/hz', { method: 'PUT', body: { ...hangzhou, name: 'Hangzhou 2' } });
    const first = await ask('/v1/centres?limit=1');
    expect(first.body['data']).toMatchObject([{ centre: 'gz' }]);
    const next = await ask(`/v1/centres?limit=1&cursor=${String(first.body['nextCursor'])}`);
    expect(next.body).toEqual({
      data: [{ centre: 'hz', ...hangzhou, name: 'Hangzhou 2' }],
      nextCursor: null,
    });
  });

  it.each([
    ['an unknown field', 'hz', { ...hangzhou, owner: 'x' }, 'UNKNOWN_FIELD'],
    ['a status that does not exist', 'hz', { ...hangzhou, status: 'asleep' }, 'INVALID_VALUE'],
    ['no name', 'hz', { country: 'CN', status: 'active' }, 'MISSING_FIELD'],
    ['an id with a space', 'h%20z', hangzhou, 'INVALID_VALUE'],
  ])('refuses %s', async (...[, centre, body, code]) => {
    const answer = await ask(`/v1/centres/${centre}`, { method: 'PUT', body });
    expect([answer.status, answer.body['code']]).toEqual([422, code]);
  });

  it('S05 is the operator’s alone', async () => {
    const key = corner.centreKey;
    expect((await ask('/v1/centres', { key })).status).toBe(403);
    expect((await ask('/v1/centres/gz', { method: 'PUT', body: hangzhou, key })).status).toBe(403);
  });

  it('I10 of another tenant is not seen', async () => {
    const other = await corner.keyOf('other', 'x');
    expect(other).toContain('sp_');
    await corner.putCentre('other', 'canary-centre', 'active');
    expect((await ask('/v1/centres')).text).not.toContain('canary-centre');
  });
});

describe('an API key', () => {
  const order = { role: 'centre', party: 'gz', sources: ['gz/new'] };
  const issue = (body: object, idempotencyKey = `k-${JSON.stringify(body)}`): Promise<Answer> =>
    ask('/v1/api-keys', { method: 'POST', body, idempotencyKey });

  it('is issued once, works, and stops within a second of its revocation', async () => {
    const issued = await issue(order);
    expect(issued.status).toBe(201);
    const { apiKey, prefix } = issued.body as { apiKey: string; prefix: string };
    const body = usageEvent('key-1', { source: 'gz/new' });
    const send = () => ask('/v1/events', { method: 'POST', body, key: apiKey });
    expect((await send()).body['accepted']).toBe(1);
    expect((await ask(`/v1/api-keys/${prefix}`, { method: 'DELETE' })).status).toBe(204);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await send()).status).toBe(401);
  });

  it('B22 asked for twice under one Idempotency-Key is the same key', async () => {
    const first = await issue({ ...order, sources: ['gz/twice'] }, 'twice');
    const second = await issue({ ...order, sources: ['gz/twice'] }, 'twice');
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.text).toBe(first.text);
  });

  it('B21 is not issued without an Idempotency-Key', async () => {
    const answer = await ask('/v1/api-keys', { method: 'POST', body: order });
    expect([answer.status, answer.body['code']]).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
  });

  it.each([
    ['a centre’s without sources', { role: 'centre', party: 'gz' }],
    ['a centre’s without a party', { role: 'centre', sources: ['gz/x'] }],
    ['an operator’s with a party', { role: 'operator', party: 'gz' }],
    ['a role that does not exist', { role: 'root' }],
  ])('%s is refused', async (_name, body) => {
    const answer = await issue(body);
    expect([answer.status, answer.body['code']]).toEqual([422, 'INVALID_VALUE']);
  });

  it('that does not exist is 404', async () => {
    expect((await ask('/v1/api-keys/unheardof3', { method: 'DELETE' })).status).toBe(404);
  });
});

describe('what was refused', () => {
  it('is listed for the operator and for the centre that sent it, and for nobody else', async () => {
    await corner.putCentre('shantou', 'hz', 'active');
    const hz = await corner.keyOf('shantou', 'hz');
    const bad = (id: string, centre: string) => withData(id, { centre, tokens: { input: -1 } });
    await ask('/v1/events', { method: 'POST', body: bad('gz-bad', 'gz'), key: corner.centreKey });
    await ask('/v1/events', { method: 'POST', body: bad('hz-bad', 'hz'), key: hz });
    const list = async (key?: string) => {
      const path = '/v1/refused?code=NEGATIVE_QUANTITY';
      const answer = await ask(path, key === undefined ? {} : { key });
      return (answer.body['data'] as readonly { id: string }[]).map(({ id }) => id).sort();
    };
    const both = async () => ((await list()).length === 2 ? true : undefined);
    await until('both are projected', both);
    expect(await list()).toEqual(['gz-bad', 'hz-bad']);
    expect(await list(hz)).toEqual(['hz-bad']);
    expect(await list(await corner.keyOf('other', 'hz'))).toEqual([]);
  });

  it('B29 is listed though PostgreSQL cannot store its id', async () => {
    const body = usageEvent('nul\u0000id', { source: 'gz/vllm-1' });
    await ask('/v1/events', { method: 'POST', body, key: corner.centreKey });
    const path = '/v1/refused?code=INVALID_EVENT_ID';
    const seen = async () =>
      ((await ask(path)).body['data'] as readonly unknown[]).length > 0 ? true : undefined;
    await until('it is projected', seen);
    expect((await ask(path)).body['data']).toMatchObject([{ id: null, path: '$.id' }]);
  });

  it('B20 is not listed for a query that is none', async () => {
    for (const query of ['limit=1&limit=9', 'limit=-1', 'code=x', 'cursor=%25', 'lmt=1']) {
      const answer = await ask(`/v1/refused?${query}`);
      expect([query, answer.status, answer.body['code']]).toEqual([query, 400, 'INVALID_QUERY']);
    }
  });
});

describe('what the service says of itself', () => {
  it('describes its API and counts events by code, without a tenant', async () => {
    const api = (await ask('/openapi.json')).body as { paths: Record<string, unknown> };
    expect(Object.keys(api.paths)).toEqual(
      expect.arrayContaining(['/v1/events', '/v1/centres/{centre}', '/v1/api-keys', '/v1/refused']),
    );
    const metrics = (await ask('/metrics')).text;
    expect(metrics).toContain(
      'suanpan_ingest_events_total{result="refused",code="NEGATIVE_QUANTITY"}',
    );
    expect(metrics).not.toMatch(/shantou|gz-bad|canary/);
  });
});
