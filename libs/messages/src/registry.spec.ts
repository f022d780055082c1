import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Malformed, Unavailable } from '@suanpan/event-sourcing';
import avro from 'avsc';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encode } from './codec.js';
import { committedSchemas } from './generated/schemas.js';
import { RegistryCodec } from './registry.js';
import type { AvroObject } from './schema.js';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** A registry on a free port: it keeps what is posted, and can be told how to fail. */
class Registry {
  readonly asked: Asked[] = [];
  readonly schemas: string[] = [];
  status = 200;
  readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      this.asked.push({ method: request.method ?? '', path: request.url ?? '', body });
      const [status, answer] = this.answer(request.method ?? '', request.url ?? '', body);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  });

  private answer(...[method, path, body]: readonly [string, string, string]): [number, object] {
    if (this.status !== 200) return [this.status, {}];
    if (method === 'PUT') return [200, {}];
    if (method === 'POST')
      return [200, { id: this.schemas.push((JSON.parse(body) as { schema: string }).schema) }];
    const schema = this.schemas[Number(path.split('/').at(-1)) - 1];
    return schema === undefined ? [404, { error_code: 40403 }] : [200, { schema }];
  }

  async url(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

const head = { service: 'pricing', seq: 7n, hash: Buffer.from('abc'), exportedAt: 8n };
const own = committedSchemas.find(({ type }) => type === 'chain.head')?.schema as AvroObject;
const framed = (id: number, body: Buffer): Buffer => {
  const start = Buffer.alloc(5);
  start.writeUInt32BE(id, 1);
  return Buffer.concat([start, body]);
};

let registry: Registry;
let codec: RegistryCodec;
beforeEach(async () => {
  registry = new Registry();
  codec = new RegistryCodec({ url: await registry.url(), fetch, timeoutMs: 1_000 });
});
afterEach(() => {
  registry.server.close();
});

const failure = async (bytes: Buffer) => {
  const error: unknown = await codec.decode(bytes).catch((thrown: unknown) => thrown);
  if (error instanceof Malformed || error instanceof Unavailable) return [error.name, error.code];
  throw error;
};

describe('publish', () => {
  it('registers every committed version under its record, compatible both ways', async () => {
    await codec.publish();
    expect(registry.schemas.length).toBe(committedSchemas.length);
    expect(registry.asked.slice(0, 2)).toEqual([
      {
        method: 'PUT',
        path: '/config/suanpan.AgreementEnded',
        body: '{"compatibility":"FULL_TRANSITIVE"}',
      },
      expect.objectContaining({
        method: 'POST',
        path: '/subjects/suanpan.AgreementEnded/versions',
      }),
    ]);
  });

  it('S48 is a defect of ours where the registry finds a schema incompatible', async () => {
    registry.status = 409;
    await expect(codec.publish()).rejects.toMatchObject({ code: 'SCHEMA_INCOMPATIBLE' });
  });

  it('is needed before anything is written', () => {
    expect(() => codec.encode('chain.head', head)).toThrow('no id yet');
  });
});

describe('decode', () => {
  it('reads what it has written, and asks for each schema once', async () => {
    await codec.publish();
    const bytes = codec.encode('chain.head', head);
    registry.asked.length = 0;
    for (let times = 0; times < 3; times += 1) {
      expect(await codec.decode(bytes)).toEqual({ type: 'chain.head', version: 1, value: head });
    }
    expect(registry.asked.length).toBe(1);
  });

  it('reads our own framing without asking', async () => {
    const message = await codec.decode(encode('chain.head', head));
    expect(message).toMatchObject({ type: 'chain.head', value: head });
    expect(registry.asked).toEqual([]);
  });

  it('B70 reads a writer’s newer version, with a field more', async () => {
    const fields = [...(own.fields ?? []), { name: 'region', type: 'string' }];
    const newer = { ...own, fields };
    registry.schemas.push(JSON.stringify(newer));
    const type = avro.Type.forSchema(newer as unknown as avro.Schema);
    const body = type.toBuffer({ ...head, seq: 7, exportedAt: 8, region: 'cn' });
    expect(await codec.decode(framed(1, body))).toMatchObject({ type: 'chain.head', value: head });
  });

  it.each<[string, string, object | string]>([
    ['B62 a schema of others', 'UNKNOWN_SCHEMA', { type: 'record', name: 'Other', fields: [] }],
    ['a schema that is no JSON', 'UNKNOWN_SCHEMA', '{'],
    ['a schema of no type', 'UNKNOWN_SCHEMA', { ...own, fields: [{ name: 'x', type: {} }] }],
    [
      'B70 a version without a field that we need',
      'SCHEMA_INCOMPATIBLE',
      { ...own, fields: own.fields?.slice(1) },
    ],
    [
      'S48 items of no bytes',
      'UNSAFE_SCHEMA',
      { ...own, fields: [{ name: 'x', type: { type: 'array', items: 'null' } }] },
    ],
  ])('%s is %s', async (_name, code, schema) => {
    registry.schemas.push(typeof schema === 'string' ? schema : JSON.stringify(schema));
    expect(await failure(framed(1, Buffer.alloc(20)))).toEqual(['Malformed', code]);
  });

  it('B62 an id that the registry does not know is UNKNOWN_SCHEMA, asked again each time', async () => {
    expect(await failure(framed(99, Buffer.alloc(9)))).toEqual(['Malformed', 'UNKNOWN_SCHEMA']);
    expect(await failure(framed(99, Buffer.alloc(9)))).toEqual(['Malformed', 'UNKNOWN_SCHEMA']);
    expect(registry.asked.length).toBe(2);
  });

  it.each([500, 503, 429, 401])(
    'B62 F36 a registry that says %s is to be tried again',
    async (status) => {
      registry.status = status;
      const answer = ['Unavailable', 'REGISTRY_UNAVAILABLE'];
      expect(await failure(framed(1, Buffer.alloc(9)))).toEqual(answer);
    },
  );

  it('B62 F36 a registry that is down is to be tried again, and then answers', async () => {
    await codec.publish();
    const bytes = codec.encode('chain.head', head);
    const { port } = registry.server.address() as AddressInfo;
    registry.server.closeAllConnections();
    await new Promise((done) => registry.server.close(done));
    expect(await failure(bytes)).toEqual(['Unavailable', 'REGISTRY_UNAVAILABLE']);
    await new Promise<void>((done) => registry.server.listen(port, '127.0.0.1', done));
    expect(await codec.decode(bytes)).toMatchObject({ value: head });
  });

  it('refuses a frame that is cut off', async () => {
    expect(await failure(Buffer.alloc(3))).toEqual(['Malformed', 'DECODE_FAILED']);
  });
});
