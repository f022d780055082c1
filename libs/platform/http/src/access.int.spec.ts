import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, HttpCode, Module, Post } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Rejection } from '@suanpan/event-sourcing';
import { createLogger } from '@suanpan/platform-observability';
import { runMigrations } from '@suanpan/platform-postgres';
import { testStack } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { z } from 'zod';
import { accessMigrations } from './access-migrations.js';
import { issueApiKey, revokeApiKey } from './api-key-store.js';
import type { IssuedKey, KeyOrder } from './api-key-store.js';
import { bootstrapHttp } from './bootstrap.js';
import { Caller, Public, Roles } from './caller.js';
import { HttpAccessModule } from './http-module.js';
import { Idempotent } from './idempotency.js';

const order = z.strictObject({ amount: z.string() });
let runs = 0;
let release: () => void = () => undefined;

@Controller('v1')
class PayoutsController {
  @Get('me')
  me(@Caller() caller: Caller): Caller {
    return caller;
  }

  @Get('open')
  @Public()
  open(): string {
    return 'open';
  }

  @Get('closes')
  @Roles('operator')
  closes(): readonly string[] {
    return [];
  }

  @Post('payouts')
  @Idempotent()
  @HttpCode(202)
  async pay(@Body({ schema: order }) { amount }: z.infer<typeof order>): Promise<object> {
    runs += 1;
    if (amount === 'slow') await new Promise<void>((resolve) => (release = resolve));
    if (amount === 'too much') throw new Rejection('ABOVE_PAYABLE', 'More than is payable.');
    return { payout: runs, secret: 'shown once', amount: 1n };
  }
}

const ANSWER_KEY = '7'.repeat(64);
let stack: TestStack;
let access: string;
let app: INestApplication;
let url: string;
let operator: IssuedKey;

const issue = (order: Partial<KeyOrder> = {}): Promise<IssuedKey> =>
  stack.db.inTenant({ tenant: order.tenant ?? 'shantou' }, (tx) =>
    issueApiKey(
      tx,
      { tenant: 'shantou', party: null, role: 'operator', sources: [], ...order },
      access,
    ),
  );

beforeAll(async () => {
  stack = await testStack({ service: 'usage-ingest' });
  access = `${stack.schema}_access`;
  await runMigrations({
    url: stack.urls.owner,
    schema: access,
    appRole: 'ingest_app',
    migrations: accessMigrations,
  });
  @Module({
    imports: [
      HttpAccessModule.register({
        database: stack.db,
        accessSchema: access,
        answerKey: ANSWER_KEY,
      }),
    ],
    controllers: [PayoutsController],
  })
  class PayoutsModule {}
  app = await bootstrapHttp(PayoutsModule, {
    port: 0,
    service: 'payouts',
    title: 'Payouts',
    logger: createLogger({ service: 'payouts', write: () => undefined }),
    signals: false,
  });
  url = (await app.getUrl()).replace('[::1]', 'localhost');
  operator = await issue();
}, 120_000);

afterAll(async () => {
  await app.close();
  await stack.asSuperuser(`drop schema ${access} cascade`);
  await stack.dispose();
});

const get = async (path: string, apiKey?: string) => {
  const headers = new Headers();
  if (apiKey !== undefined) headers.set('Authorization', `Bearer ${apiKey}`);
  const answer = await fetch(`${url}${path}`, { headers });
  const text = await answer.text();
  return {
    status: answer.status,
    body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text,
  };
};

describe('an API key', () => {
  it('tells who is asking', async () => {
    const centre = await issue({ party: 'gz', role: 'centre', sources: ['gz/vllm'] });
    const keyId = centre.prefix;
    const caller = { tenant: 'shantou', party: 'gz', role: 'centre', keyId, sources: ['gz/vllm'] };
    const scopes = ['events:write', 'events:read', 'refused:read', 'imports:write'];
    expect(await get('/v1/me', centre.apiKey)).toEqual({
      status: 200,
      body: { ...caller, contracts: null, scopes: [...scopes, 'manifests:write'] },
    });
  });

  it.each([
    ['no key', undefined],
    ['no key of ours', 'secret'],
    ['an unknown prefix', `sp_aaaaaaaaaa_${'a'.repeat(43)}`],
  ])('%s is 401', async (_name, apiKey) => {
    const { status, body } = await get('/v1/me', apiKey);
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('a wrong secret under a right prefix is 401', async () => {
    const wrong = `sp_${operator.prefix}_${'a'.repeat(43)}`;
    expect((await get('/v1/me', wrong)).status).toBe(401);
  });

  it('S15 in the query is 400 and an alarm, even beside a right one and on a public route', async () => {
    const shown = `?api_key=${operator.apiKey}`;
    const alarms = async (): Promise<number> => {
      const text = (await get('/metrics')).body as string;
      return Number(/^suanpan_http_keys_in_query_total (\d+)/m.exec(text)?.[1]);
    };
    const before = await alarms();
    for (const path of [
      `/v1/me${shown}`,
      `/v1/open${shown}`,
      `/v1/me${shown.replace('_', '%5F')}`,
    ]) {
      const answer = await get(path, operator.apiKey);
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([
        400,
        'KEY_IN_QUERY',
      ]);
    }
    expect(await alarms()).toBe(before + 3);
  });

  it('S05 of another role is 403', async () => {
    const centre = await issue({ party: 'gz', role: 'centre', sources: ['gz/vllm'] });
    expect((await get('/v1/closes', operator.apiKey)).status).toBe(200);
    expect(await get('/v1/closes', centre.apiKey)).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN_ROLE' },
    });
  });

  it('is not asked for on a public route', async () => {
    expect((await get('/v1/open')).status).toBe(200);
  });

  it('S15 works no more a second after it was revoked', async () => {
    const key = await issue();
    expect((await get('/v1/me', key.apiKey)).status).toBe(200);
    await stack.db.inTenant({ tenant: 'shantou' }, (tx) => revokeApiKey(tx, key, access));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await get('/v1/me', key.apiKey)).status).toBe(401);
  });

  it('is revoked by its own tenant only', async () => {
    const key = await issue();
    const foreign = stack.db.inTenant({ tenant: 'other' }, (tx) => revokeApiKey(tx, key, access));
    expect(await foreign).toBe(false);
    expect((await get('/v1/me', key.apiKey)).status).toBe(200);
  });

  it('S14 cannot be made from what the table holds', async () => {
    const rows = await stack.asSuperuser(`select k::text from ${access}.api_key k`);
    expect(JSON.stringify(rows)).not.toContain(operator.apiKey.split('_').at(-1));
  });

  it('S24 shows no row of the table without a tenant', async () => {
    const rows = await stack.db.transaction((tx) => tx.query(`select * from ${access}.api_key`));
    expect(rows).toEqual([]);
  });
});

describe('an idempotent command', () => {
  const pay = async (key: string | undefined, body: object, path = '/v1/payouts') => {
    const headers = {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${operator.apiKey}`,
      ...(key !== undefined && { 'Idempotency-Key': key }),
    };
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    const replayed = answer.headers.get('idempotency-replayed');
    return { status: answer.status, text, replayed, type: answer.headers.get('content-type') };
  };

  it('B21 without its key is 400 and has no effect', async () => {
    const before = runs;
    const answer = await pay(undefined, { amount: '1' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('IDEMPOTENCY_KEY_REQUIRED');
    expect(runs).toBe(before);
  });

  it('B22 sent twice has one effect and the same bytes', async () => {
    const before = runs;
    const first = await pay('b22', { amount: '1' });
    const second = await pay('b22', { amount: '1' });
    expect(first).toMatchObject({ status: 202, replayed: null });
    expect(second).toEqual({ ...first, replayed: 'true' });
    expect(JSON.parse(first.text)).toMatchObject({ amount: '1' });
    expect(runs).toBe(before + 1);
  });

  it('B23 with another body is 422 and has no effect', async () => {
    await pay('b23', { amount: '1' });
    const before = runs;
    const answer = await pay('b23', { amount: '2' });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('IDEMPOTENCY_KEY_REUSED');
    expect(runs).toBe(before);
  });

  it('is 409 while the first request still runs', async () => {
    const first = pay('b24', { amount: 'slow' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const second = await pay('b24', { amount: 'slow' });
    expect(second.status).toBe(409);
    expect(second.text).toContain('IDEMPOTENCY_KEY_IN_PROGRESS');
    release();
    expect((await first).status).toBe(202);
  });

  it.each([
    ['10 kB', 'k'.repeat(10_000)],
    ['256 characters', 'k'.repeat(256)],
    ['empty', ''],
    ['a space', 'a b'],
    ['not ASCII', '\u00e9'],
  ])('B25 a key that is %s is 400', async (_name, key) => {
    const answer = await pay(key, { amount: '1' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('INVALID_IDEMPOTENCY_KEY');
  });

  it('B25 a key of 255 visible characters is taken', async () => {
    expect((await pay('~'.repeat(255), { amount: '1' })).status).toBe(202);
  });

  it('gives the key of a refused command back', async () => {
    expect((await pay('again', { amount: 'too much' })).status).toBe(409);
    expect((await pay('again', { amount: 'too much' })).text).toContain('ABOVE_PAYABLE');
  });

  it('takes over the claim of a process that died, once it is old', async () => {
    const [id, hash] = ['crashed', Buffer.alloc(32)];
    await stack.asSuperuser(
      `insert into idempotency_key (tenant, key, request_hash, state)
       values ('shantou', $1, $2, 'running')`,
      [id, hash],
    );
    expect((await pay(id, { amount: '1' })).status).toBe(422);
    const first = await pay('old', { amount: '1' });
    await stack.asSuperuser(
      `update idempotency_key set state = 'running', created_at = now() - interval '3 minutes'
       where key = 'old'`,
    );
    const before = runs;
    expect((await pay('old', { amount: '1' })).status).toBe(first.status);
    expect(runs).toBe(before + 1);
  });

  it('S14 keeps no answer that can be read', async () => {
    await pay('sealed', { amount: '1' });
    const rows = await stack.asSuperuser(`select response_body from idempotency_key`);
    expect(JSON.stringify(rows)).not.toContain('shown once');
  });
});
