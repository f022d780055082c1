import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, HttpCode, Module, Post, Req } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { createLogger } from '@suanpan/platform-observability';
import { runMigrations } from '@suanpan/platform-postgres';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import type { Request } from 'express';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { accessMigrations } from './access-migrations.js';
import { createSigningSeal } from './answer-seal.js';
import { issueApiKey, revokeApiKey, rotateApiKey } from './api-key-store.js';
import type { IssuedKey, KeyOrder } from './api-key-store.js';
import { ApiKeys } from './api-keys.js';
import { StreamedBody } from './body-routes.js';
import { collectBody } from './body-stream.js';
import { bootstrapHttp } from './bootstrap.js';
import { HttpAccessModule } from './http-module.js';
import { Scoped } from './scopes.js';
import { checkBody } from './signed-bodies.js';

const order = z.strictObject({ amount: z.string() });
const LIMITS = { bytes: 1_000, totalMs: 5_000, silenceMs: 5_000 };
let done = 0;

@Controller('v1')
class OrdersController {
  @Get('orders')
  @Scoped('refused:read')
  list(): readonly string[] {
    return [];
  }

  @Post('orders')
  @HttpCode(202)
  place(@Body({ schema: order }) { amount }: z.infer<typeof order>): object {
    done += 1;
    return { amount };
  }

  @Post('bell')
  @HttpCode(202)
  ring(): object {
    done += 1;
    return {};
  }

  @Post('checked')
  @HttpCode(202)
  @StreamedBody({ checksSignature: true })
  async checked(@Req() request: Request): Promise<object> {
    const body = await collectBody(request, LIMITS);
    await checkBody(request, body);
    done += 1;
    return { bytes: body.length };
  }

  @Post('unchecked')
  @StreamedBody()
  unchecked(): object {
    done += 1;
    return {};
  }
}

const VAULT_KEY = '7'.repeat(64);
const seal = createSigningSeal(VAULT_KEY);
let stack: TestStack;
let access: string;
let app: INestApplication;
let url: string;

const issue = (order: Partial<KeyOrder> = {}): Promise<IssuedKey> => {
  const gz = { tenant: 'shantou', party: 'gz', role: 'centre', sources: ['gz/vllm'] } as const;
  return stack.db.inTenant({ tenant: 'shantou' }, (tx) =>
    issueApiKey(tx, { ...gz, ...order }, access),
  );
};

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
        answerKey: VAULT_KEY,
      }),
    ],
    controllers: [OrdersController],
  })
  class OrdersModule {}
  app = await bootstrapHttp(OrdersModule, {
    port: 0,
    service: 'orders',
    title: 'Orders',
    logger: createLogger({ service: 'orders', write: () => undefined }),
    signals: false,
  });
  url = (await app.getUrl()).replace('[::1]', 'localhost');
}, 120_000);

afterAll(async () => {
  await app.close();
  await stack.asSuperuser(`drop schema ${access} cascade`);
  await stack.dispose();
});

interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const send = async (path: string, { apiKey }: Pick<IssuedKey, 'apiKey'>, sent: Sent = {}) => {
  const { method = 'POST', body, headers = {} } = sent;
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${apiKey}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
  const text = await answer.text();
  const code = text.startsWith('{') ? (JSON.parse(text) as { code?: string }).code : undefined;
  return { status: answer.status, code };
};

describe('a scope', () => {
  it('S15 that a key lacks is 403, that it has opens the door', async () => {
    const [all, some, other] = [
      await issue(),
      await issue({ scopes: ['refused:read'] }),
      await issue({ scopes: ['events:write'] }),
    ];
    const get = { method: 'GET' };
    expect((await send('/v1/orders', all, get)).status).toBe(200);
    expect((await send('/v1/orders', some, get)).status).toBe(200);
    const refused = { status: 403, code: 'FORBIDDEN_SCOPE' };
    expect(await send('/v1/orders', other, get)).toEqual(refused);
    expect(await send('/v1/orders', await issue({ scopes: ['later:made'] }), get)).toEqual(refused);
  });
});

describe('an end', () => {
  it('S15 stops a key at its time, without anybody doing anything', async () => {
    const soon = new Date(Date.now() + 2_000).toISOString();
    const key = await issue({ expiresAt: soon });
    const status = async () => (await send('/v1/orders', key, { method: 'GET' })).status;
    expect(await status()).toBe(200);
    await until('the key ends', async () => ((await status()) === 401 ? true : undefined), 4_000);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(soon));
  });
});

describe('a key that must sign', () => {
  const text = JSON.stringify({ amount: '1' });
  let key: IssuedKey;
  beforeAll(async () => {
    key = await issue({ signingSeal: seal });
  });
  const signed = (body: string, change: Readonly<Record<string, string>> = {}, at = new Date()) => {
    const id = `msg_${randomBytes(8).toString('hex')}`;
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(key.signingSecret ?? '').sign(id, at, body),
      ...change,
    };
  };

  it('is taken when it signs its body, on a command and on a stream', async () => {
    for (const path of ['/v1/orders', '/v1/checked']) {
      const answer = await send(path, key, { body: text, headers: signed(text) });
      expect([path, answer.status]).toEqual([path, 202]);
    }
    expect((await send('/v1/bell', key, { headers: signed('') })).status).toBe(202);
    expect((await send('/v1/orders', key, { method: 'GET' })).status).toBe(200);
  });

  it.each([
    ['without a signature', () => ({}), 401, 'SIGNATURE_REQUIRED'],
    ['over another body', () => signed('{}'), 401, 'SIGNATURE_INVALID'],
    [
      'over another id',
      () => ({ ...signed(text), 'webhook-id': 'msg_other' }),
      401,
      'SIGNATURE_INVALID',
    ],
    [
      'of six minutes ago',
      () => signed(text, {}, new Date(Date.now() - 360_000)),
      401,
      'SIGNATURE_EXPIRED',
    ],
  ])('S16 is refused %s, and nothing is done', async (...[, headers, status, code]) => {
    const before = done;
    for (const path of ['/v1/orders', '/v1/checked']) {
      expect(await send(path, key, { body: text, headers: headers() })).toEqual({ status, code });
    }
    expect(await send('/v1/bell', key, { headers: signed('x') })).toEqual({
      status: 401,
      code: 'SIGNATURE_INVALID',
    });
    expect(done).toBe(before);
  });

  it('is refused when the same request comes again', async () => {
    const headers = signed(text);
    expect((await send('/v1/orders', key, { body: text, headers })).status).toBe(202);
    const again = await send('/v1/orders', key, { body: text, headers });
    expect(again).toEqual({ status: 409, code: 'SIGNATURE_REPLAYED' });
  });

  it('does not lose its id to one who cannot sign', async () => {
    const headers = signed(text);
    const forged = { ...headers, 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` };
    expect((await send('/v1/orders', key, { body: text, headers: forged })).status).toBe(401);
    expect((await send('/v1/orders', key, { body: text, headers })).status).toBe(202);
  });

  it('is refused on a route that reads its body and does not check it', async () => {
    const answer = await send('/v1/unchecked', key, { body: text, headers: signed(text) });
    expect(answer).toEqual({ status: 403, code: 'SIGNATURE_UNSUPPORTED' });
  });

  it('is refused with attributes in headers, which nothing signs', async () => {
    const headers = { ...signed(text), 'ce-id': 'call-1' };
    const answer = await send('/v1/checked', key, { body: text, headers });
    expect(answer).toEqual({ status: 403, code: 'SIGNATURE_UNSUPPORTED' });
  });

  it('S14 leaves no secret in the tables', async () => {
    const rows = await stack.asSuperuser(`select k::text from ${access}.api_key k`);
    expect(key.signingSecret).toMatch(/^whsec_/);
    expect(JSON.stringify(rows)).not.toContain(key.signingSecret?.slice('whsec_'.length));
  });
});

describe('a rotation', () => {
  const rotate = (prefix: string, overlapSeconds: number, command = 'r1') =>
    stack.db.inTenant({ tenant: 'shantou' }, (tx) =>
      rotateApiKey(
        tx,
        { tenant: 'shantou', prefix, overlapSeconds, signingSeal: seal, command, by: 'op' },
        access,
      ),
    );
  const works = async (key: Pick<IssuedKey, 'apiKey'>) =>
    (await send('/v1/orders', key, { method: 'GET' })).status === 200;

  it('S15 keeps both keys valid in the overlap, and the old one is dead after it', async () => {
    const old = await issue({ scopes: ['refused:read'], contracts: ['c-1'] });
    const next = await rotate(old.prefix, 2);
    if (next === null) throw new Error('There was no key.');
    expect([await works(old), await works(next)]).toEqual([true, true]);
    await until('the old one ends', async () => ((await works(old)) ? undefined : true), 15_000);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(next.replacedUntil));
    expect(await works(next)).toBe(true);
    const caller = await new ApiKeys(stack.db, access).callerOf(next.apiKey);
    expect(caller).toMatchObject({ party: 'gz', scopes: ['refused:read'], contracts: ['c-1'] });
  });

  it('run twice makes one successor and does not lengthen the overlap', async () => {
    const old = await issue();
    const [first, second] = [await rotate(old.prefix, 60), await rotate(old.prefix, 6_000)];
    expect(second?.prefix).toBe(first?.prefix);
    expect(second?.replacedUntil).toBe(first?.replacedUntil);
    await expect(rotate(old.prefix, 60, 'r2')).rejects.toMatchObject({ code: 'API_KEY_ROTATED' });
  });

  it('is refused for a key that is revoked, and there is none of another tenant’s', async () => {
    const old = await issue();
    await stack.db.inTenant({ tenant: 'shantou' }, (tx) => revokeApiKey(tx, old, access));
    await expect(rotate(old.prefix, 60)).rejects.toMatchObject({ code: 'API_KEY_ENDED' });
    const foreign = stack.db.inTenant({ tenant: 'other' }, (tx) =>
      rotateApiKey(
        tx,
        {
          ...{ tenant: 'other', prefix: (old as IssuedKey).prefix, overlapSeconds: 1 },
          ...{ signingSeal: seal, command: 'x', by: null },
        },
        access,
      ),
    );
    expect(await foreign).toBeNull();
  });

  it('gives a signing key a new secret, and is recorded for ever', async () => {
    const old = await issue({ signingSeal: seal, by: 'op' });
    const next = await rotate(old.prefix, 0);
    expect(next?.signingSecret).toMatch(/^whsec_/);
    expect(next?.signingSecret).not.toBe(old.signingSecret);
    const rows = await stack.asSuperuser(
      `select what, by_key from ${access}.api_key_log where prefix = $1 order by at`,
      [old.prefix],
    );
    expect(rows).toEqual([
      { what: 'issued', by_key: 'op' },
      { what: 'rotated', by_key: 'op' },
    ]);
    const change = stack.asSuperuser(`delete from ${access}.api_key_log`);
    await expect(change).rejects.toThrow('append-only');
  });
});

describe('S17 brute force', () => {
  it('is told to stop, while the right key of the same address goes on', async () => {
    const key = await issue();
    const get = { method: 'GET' };
    expect((await send('/v1/orders', key, get)).status).toBe(200);
    const statuses = new Map<number, number>();
    const rights: number[] = [];
    const attack = async (from: number): Promise<void> => {
      for (let attempt = from; attempt < 10_000; attempt += 20) {
        // Half of them are wrong secrets of the right prefix.
        const prefix = attempt % 2 === 0 ? key.prefix : 'aaaaaaaaaa';
        const apiKey = `sp_${prefix}_${randomBytes(32).toString('base64url')}`;
        const { status } = await send('/v1/orders', { apiKey }, get);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (attempt % 500 < 20) rights.push((await send('/v1/orders', key, get)).status);
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, from) => attack(from)));
    expect([...statuses.keys()].sort()).toEqual([401, 429]);
    expect(statuses.get(429)).toBeGreaterThan(7_500);
    expect(new Set(rights)).toEqual(new Set([200]));
    expect((await send('/v1/orders', key, get)).status).toBe(200);
  }, 120_000);
});

describe('S16 the time of a comparison', () => {
  const median = (values: number[]): number =>
    values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

  it('does not tell an unknown prefix, a wrong secret and an almost right one apart', async () => {
    const keys = new ApiKeys(stack.db, access);
    const { apiKey, prefix } = await issue();
    const wrong = `sp_${prefix}_${'A'.repeat(43)}`;
    const almost = `${apiKey.slice(0, -1)}${apiKey.endsWith('A') ? 'E' : 'A'}`;
    const shown = [`sp_aaaaaaaaaa_${'A'.repeat(43)}`, wrong, almost];
    const times: number[][] = shown.map(() => []);
    for (let sample = 0; sample < 10_000; sample += 1) {
      for (const [index, presented] of shown.entries()) {
        const began = process.hrtime.bigint();
        await keys.callerOf(presented);
        times[index]?.push(Number(process.hrtime.bigint() - began));
      }
    }
    const [unknown = 0, other = 0, near = 0] = times.map(median);
    expect(Math.abs(unknown - other)).toBeLessThan(unknown * 0.25);
    expect(Math.abs(near - other)).toBeLessThan(other * 0.25);
  }, 60_000);
});

describe('the use of a key', () => {
  it('is noted to the hour', async () => {
    const key = await issue();
    await send('/v1/orders', key, { method: 'GET' });
    const [used] = await until('the use is noted', async () => {
      const rows = await stack.asSuperuser<{ at: string }>(
        `select to_char(last_used_at at time zone 'UTC', 'MI:SS') as at
         from ${access}.api_key where prefix = $1 and last_used_at is not null`,
        [key.prefix],
      );
      return rows.length > 0 ? rows : undefined;
    });
    expect(used?.at).toBe('00:00');
  });
});
