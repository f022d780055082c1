import { connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Defect, Malformed, Rejection, Unavailable } from '@suanpan/event-sourcing';
import { createLogger } from '@suanpan/platform-observability';
import { z } from 'zod';
import { OptionalBody, TextBody } from './body-routes.js';
import { bootstrapHttp } from './bootstrap.js';
import { pageQuery } from './page.js';
import type { PageQuery } from './page.js';
import { notFound } from './problem.js';

const order = z
  .strictObject({
    name: z.string().min(1),
    amount: z.string().regex(/^\d+$/),
    lines: z.array(z.strictObject({ kind: z.enum(['input', 'output']) })).default([]),
  })
  .meta({ id: 'Order' });
type Order = z.infer<typeof order>;

const THROWN: Readonly<Record<string, () => Error>> = {
  malformed: () => new Malformed('NOT_A_COMMAND', 'No command.'),
  value: () => new Malformed('AMOUNT_SCALE', 'Too fine.', 'amount'),
  rejection: () => new Rejection('ALREADY_SIGNED', 'Signed.'),
  unavailable: () => new Unavailable('KAFKA_UNAVAILABLE', 'broker-7.internal refused'),
  defect: () => new Defect('SUM_BROKE', 'secret detail'),
  unknown: () => new Error('select * from secret'),
  absent: () => notFound('invoice'),
};

@Controller('v1')
class OrdersController {
  @Post('orders')
  place(@Body({ schema: order }) body: Order): { readonly placed: Order; readonly big: bigint } {
    return { placed: body, big: 9_007_199_254_740_993n };
  }

  @Post('closes')
  @OptionalBody()
  close(@Body() body: unknown): { readonly body: unknown } {
    return { body: body ?? null };
  }

  @Post('files')
  @TextBody({ mediaTypes: ['text/csv'], bytesMax: 100 })
  take(@Body() text: string): { readonly characters: number } {
    return { characters: text.length };
  }

  @Get('orders')
  list(@Query({ schema: pageQuery }) query: PageQuery): PageQuery {
    return query;
  }

  @Get('thrown/:what')
  fail(@Param('what') what: string): never {
    throw THROWN[what]?.() ?? new Error('unknown kind');
  }
}

@Module({ controllers: [OrdersController] })
class OrdersModule {}

let app: INestApplication;
let url: string;

beforeAll(async () => {
  app = await bootstrapHttp(OrdersModule, {
    port: 0,
    service: 'orders',
    title: 'Orders',
    logger: createLogger({ service: 'orders', write: () => undefined }),
    bodyTiming: { totalMs: 400, silenceMs: 400 },
    signals: false,
  });
  url = (await app.getUrl()).replace('[::1]', 'localhost');
});
afterAll(async () => {
  await app.close();
});

const JSON_TYPE = { 'Content-Type': 'application/json' };
const GOOD = JSON.stringify({ name: 'a', amount: '1' });

const post = async (
  path: string,
  body: RequestInit['body'],
  headers: Record<string, string> = JSON_TYPE,
) => {
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: body ?? null });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: JSON.parse(text) as unknown };
};

const raw = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const socket: Socket = connect(Number(new URL(url).port), 'localhost', () =>
      socket.write(bytes),
    );
    socket.on('data', (piece) => (answer += piece.toString()));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });

describe('a command route', () => {
  it('gives what the schema made of the body; a bigint travels as a string', async () => {
    const { status, body } = await post('/v1/orders', GOOD);
    const placed = { name: 'a', amount: '1', lines: [] };
    expect({ status, body }).toEqual({ status: 201, body: { placed, big: '9007199254740993' } });
  });

  it.each([
    ['B01 no body', '', {}, 400, 'EMPTY_BODY'],
    ['B02 a cut text', '{"a":', {}, 400, 'MALFORMED_JSON'],
    ['B04 an array', '[]', {}, 400, 'INVALID_ENVELOPE'],
    ['B04 null', 'null', {}, 400, 'INVALID_ENVELOPE'],
    ['B05 text/plain', GOOD, { 'Content-Type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'B06 utf-16',
      GOOD,
      { 'Content-Type': 'application/json; charset=utf-16' },
      415,
      'UNSUPPORTED_CHARSET',
    ],
    ['B07 a byte order mark', `\ufeff${GOOD}`, {}, 201, undefined],
    ['B09 1 MiB and a byte', ' '.repeat(1_048_577), {}, 413, 'PAYLOAD_TOO_LARGE'],
    ['B11 an unknown encoding', GOOD, { 'Content-Encoding': 'zstd' }, 415, 'UNSUPPORTED_ENCODING'],
    ['B11 two encodings', GOOD, { 'Content-Encoding': 'gzip, gzip' }, 415, 'UNSUPPORTED_ENCODING'],
    ['B12 no gzip at all', GOOD, { 'Content-Encoding': 'gzip' }, 400, 'MALFORMED_ENCODING'],
    ['B18 an unknown field', '{"name":"a","amount":"1","x":1}', {}, 422, 'UNKNOWN_FIELD'],
    ['B19 __proto__', '{"__proto__":{}}', {}, 400, 'FORBIDDEN_KEY'],
    ['a missing field', '{"name":"a"}', {}, 422, 'MISSING_FIELD'],
    ['a wrong value', '{"name":"a","amount":"-1"}', {}, 422, 'INVALID_VALUE'],
  ])('%s', async (...[, sent, headers, status, code]) => {
    const answer = await post('/v1/orders', sent, { ...JSON_TYPE, ...headers });
    expect(answer.status).toBe(status);
    expect((answer.body as { code?: string }).code).toBe(code);
  });

  it('B18 names the path of an unknown field', async () => {
    const sent = { name: 'a', amount: '1', lines: [{ kind: 'input', knd: 1 }] };
    const { body } = await post('/v1/orders', JSON.stringify(sent));
    expect(body).toMatchObject({ errors: [{ path: 'lines.0.knd', code: 'UNKNOWN_FIELD' }] });
  });

  it.each([
    ['B12 a cut gzip', gzipSync(GOOD).subarray(0, 20)],
    ['B12 a wrong check sum', Buffer.from(gzipSync(GOOD)).fill(1, gzipSync(GOOD).length - 8)],
    ['bytes after the end mark', Buffer.concat([gzipSync(GOOD), Buffer.from('rest')])],
  ])('%s is MALFORMED_ENCODING', async (_name, sent) => {
    const answer = await post('/v1/orders', sent, { ...JSON_TYPE, 'Content-Encoding': 'gzip' });
    expect(answer.body).toMatchObject({ status: 400, code: 'MALFORMED_ENCODING' });
  });

  it('B11 gzip inside gzip is 415 though the header names one', async () => {
    const headers = { ...JSON_TYPE, 'Content-Encoding': 'gzip' };
    const answer = await post('/v1/orders', gzipSync(gzipSync(GOOD)), headers);
    expect(answer.body).toMatchObject({ status: 415, code: 'UNSUPPORTED_ENCODING' });
  });

  it('reads gzip', async () => {
    const answer = await post('/v1/orders', gzipSync(GOOD), {
      ...JSON_TYPE,
      'Content-Encoding': 'gzip',
    });
    expect(answer.status).toBe(201);
  });

  it('takes an absent body where the route allows it', async () => {
    expect((await post('/v1/closes', '', {})).body).toEqual({ body: null });
    expect((await post('/v1/closes', '{"a":1}')).body).toEqual({ body: { a: 1 } });
  });

  it('takes text where the route wants text, up to its own limit', async () => {
    const csv = { 'Content-Type': 'text/csv' };
    expect((await post('/v1/files', 'a,b\n', csv)).body).toEqual({ characters: 4 });
    expect((await post('/v1/files', 'a'.repeat(101), csv)).status).toBe(413);
    expect((await post('/v1/files', '{}')).status).toBe(415);
  });

  it('B13 a body that is too slow is 408', async () => {
    const head = 'POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const answer = await raw(`${head}Content-Length: 100\r\n\r\n{"a"`);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('REQUEST_TIMEOUT');
  });

  it('B13 more bytes than the length said are 400', async () => {
    const head = 'POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const answer = await raw(
      `${head}Content-Length: ${GOOD.length}\r\n\r\n${GOOD}{{{{}}}}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect((await post('/v1/orders', GOOD)).status).toBe(201);
  });

  it('S42 a length beside a transfer encoding is 400', async () => {
    const head = 'POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const both = 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await raw(head + both)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('refuses a header block of 100 kB', async () => {
    const answer = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('a query', () => {
  it.each(['limit=1&limit=9', 'limit[]=1', 'limit=1e9', 'limit=-1', 'lmt=1', 'limit=1001'])(
    'B20 %s is INVALID_QUERY',
    async (query) => {
      const answer = await fetch(`${url}/v1/orders?${query}`);
      expect(await answer.json()).toMatchObject({ status: 400, code: 'INVALID_QUERY' });
    },
  );
});

describe('a problem', () => {
  it.each([
    ['malformed', 400, 'NOT_A_COMMAND'],
    ['value', 422, 'AMOUNT_SCALE'],
    ['rejection', 409, 'ALREADY_SIGNED'],
    ['unavailable', 503, 'KAFKA_UNAVAILABLE'],
    ['absent', 404, 'NOT_FOUND'],
    ['defect', 500, 'INTERNAL_ERROR'],
    ['unknown', 500, 'INTERNAL_ERROR'],
  ])('a thrown %s is %i %s', async (what, status, code) => {
    const answer = await fetch(`${url}/v1/thrown/${what}`, { headers: { 'X-Request-Id': 'r-1' } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('x-request-id')).toBe('r-1');
    const text = await answer.text();
    const instance = `/v1/thrown/${what}`;
    expect(JSON.parse(text)).toMatchObject({ status, code, instance, requestId: 'r-1' });
    // S37: nothing of the inside.
    expect(text).not.toMatch(/secret|internal refused|at \w+ \(/);
  });

  it('says when to come back', async () => {
    const answer = await fetch(`${url}/v1/thrown/unavailable`);
    expect(answer.headers.get('retry-after')).toBe('5');
  });

  it('replaces a request id that could forge a log line', async () => {
    const answer = await fetch(`${url}/v1/orders`, { headers: { 'X-Request-Id': 'a b{}' } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('B28 an unknown route is 404, a wrong method 405 with Allow', async () => {
    const absent = await fetch(`${url}/v1/nothing`);
    expect(await absent.json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    const wrong = await fetch(`${url}/v1/orders?x=1`, { method: 'DELETE' });
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, POST');
    expect(await wrong.json()).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
  });

  it('a path that is no UTF-8 is 400', async () => {
    const answer = await fetch(`${url}/v1/thrown/%FF`);
    expect(answer.status).toBe(400);
  });
});

describe('the operations routes', () => {
  it('say live, ready, metrics and the API', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics', '/docs']) {
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
    }
  });

  it('describe the schemas of bodies and the problem', async () => {
    const answer = await fetch(`${url}/openapi.json`);
    const api = (await answer.json()) as {
      components: { schemas: Record<string, unknown> };
      paths: Record<string, { post?: { requestBody: unknown } }>;
    };
    expect(Object.keys(api.components.schemas)).toEqual(
      expect.arrayContaining(['Order', 'Problem']),
    );
    expect(JSON.stringify(api.paths['/v1/orders']?.post?.requestBody)).toContain('schemas/Order');
  });

  it('S34 let no other origin read', async () => {
    const answer = await fetch(`${url}/health/live`, {
      headers: { Origin: 'https://evil.example' },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });
});

describe('the address of a door', () => {
  const addressOf = async (given: { readonly host?: string; readonly env?: string }) => {
    if (given.env === undefined) delete process.env['HOST'];
    else process.env['HOST'] = given.env;
    const other = await bootstrapHttp(OrdersModule, {
      port: 0,
      service: 'orders',
      title: 'Orders',
      logger: createLogger({ service: 'orders', write: () => undefined }),
      signals: false,
      ...(given.host === undefined ? {} : { host: given.host }),
    });
    const { address } = (other.getHttpServer() as Server).address() as AddressInfo;
    await other.close();
    delete process.env['HOST'];
    return address;
  };

  it.each([
    [{}, '127.0.0.1'],
    [{ env: '' }, '127.0.0.1'],
    [{ env: '0.0.0.0' }, '0.0.0.0'],
    [{ host: '127.0.0.1', env: '0.0.0.0' }, '127.0.0.1'],
  ])('%j is %s: nobody outside reaches it unasked', async (given, address) => {
    expect(await addressOf(given)).toBe(address);
  });
});
