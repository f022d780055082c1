import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { Corner } from './corner.js';
import { contractBody, correct, p1Body, TENANT, usage, voidOf } from './usage.js';
import type { Usage } from './usage.js';

let corner: Corner;

const at = '2026-05-10T03:00:00Z';
const way = (
  routeType: string | null,
  controlRegion: string | null,
  inferenceRegion: string | null,
) => ({ routeType, controlRegion, inferenceRegion });

const WAYS = [
  way('cross-border-api', 'CN-44', 'CN-44'),
  way('offshore-processing', 'CN-44', 'CN-44'),
  way('overseas-node', 'CN-44', 'SG'),
  way(null, null, null),
];

const routed: readonly Usage[] = Array.from({ length: 80 }, (_, index) => ({
  ...usage({
    ...{
      id: `r-${index}`,
      at,
      tokens: [1_000n + BigInt(index), 0n, index % 2 === 0 ? 7n : 0n, 0n],
    },
    model: index % 2 === 0 ? 'm-chat' : 'm-agent',
  }),
  ...WAYS[index % WAYS.length],
}));

const TURNS = 10_000;
const DEVICES = 40;

/** One turn of a toy: so many milliseconds heard, so many tokens said. */
const turn = (index: number): Usage => ({
  ...usage({ id: `turn-${index}`, at, tokens: [0n, 0n, 0n, 0n], contract: 'C-voice' }),
  ...{ model: 'm-voice', modelOrdered: 'm-voice', buyer: 'bintang-toys' },
  kinds: { audio_input_ms: BigInt(900 + (index % 700)), audio_output: BigInt(index % 50) },
  ...{ audioMs: BigInt(900 + (index % 700)), device: `toy-${index % DEVICES}`, endUser: 'child' },
});

interface Line {
  readonly model: string;
  readonly kind: string;
  readonly quantity: string;
  readonly exact: string;
}
type Row = Readonly<Record<string, string | boolean | null>>;

const rowsOf = async (path: string, key?: string): Promise<readonly Row[]> => {
  const { body } = await corner.call('GET', path, key === undefined ? {} : { key });
  return (body['rows'] ?? body['data']) as readonly Row[];
};
const linesOf = async (contract: string): Promise<readonly Line[]> => {
  const { body } = await corner.call('GET', `/v1/usage?contract=${contract}&period=2026-05`);
  return body['lines'] as readonly Line[];
};
const sum = (numbers: readonly (bigint | string)[]): bigint =>
  numbers.reduce<bigint>((all, each) => all + BigInt(each), 0n);
/** Of each model and kind. */
const byKind = (rows: readonly { model?: unknown; kind?: unknown; quantity?: unknown }[]) => {
  const sums: Record<string, bigint> = {};
  for (const { model, kind, quantity } of rows) {
    const name = `${String(model)} ${String(kind)}`;
    sums[name] = (sums[name] ?? 0n) + BigInt(String(quantity));
  }
  return sums;
};

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
  await corner.call('PUT', '/v1/price-tables/retail/versions/P1', { body: p1Body });
  const voice = {
    ...{ currency: 'USD', effectiveFrom: '2026-04-01T00:00:00+07:00', source: 'M8' },
    prices: [
      // 0.006 a second.
      { model: 'm-voice', kind: 'audio_input_ms', perMillion: '6.00' },
      { model: 'm-voice', kind: 'audio_output', perMillion: '64.00' },
    ],
  };
  await corner.call('PUT', '/v1/price-tables/voice/versions/V1', { body: voice });
  await corner.call('PUT', '/v1/contracts/C-1', { body: contractBody });
  const ordered = { ...contractBody, priceTable: 'voice' };
  await corner.call('PUT', '/v1/contracts/C-voice', { body: ordered });
  await corner.record(routed);
  await corner.record(Array.from({ length: TURNS }, (_, index) => turn(index)));
  await corner.settled(routed.length + TURNS);
}, 180_000);
afterAll(() => corner.close(), 60_000);

describe('GET /v1/usage/routes', () => {
  const path = '/v1/usage/routes?contract=C-1&period=2026-05';

  it('M4 M5 M6 N7 adds to all of the usage, for each model and kind', async () => {
    const rows = await rowsOf(path);
    const types = new Set(rows.map(({ routeType }) => routeType));
    expect(types).toEqual(new Set(WAYS.map(({ routeType }) => routeType)));
    const whole = byKind(await linesOf('C-1'));
    expect(byKind(rows)).toEqual(whole);
    for (const { model, kind, of } of rows) {
      expect(BigInt(String(of))).toBe(whole[`${String(model)} ${String(kind)}`]);
    }
    expect(sum(routed.map(({ kinds }) => kinds['input'] ?? 0n))).toBe(
      sum(rows.filter(({ kind }) => kind === 'input').map(({ quantity }) => String(quantity))),
    );
  });

  it('M6 shows that a call was controlled here and served there', async () => {
    const told = (await rowsOf(path)).map(({ routeType, regionsDiffer }) => [
      routeType,
      regionsDiffer,
    ]);
    expect(Object.fromEntries(told as [string, boolean][])).toEqual({
      ...{ 'cross-border-api': false, 'offshore-processing': false },
      ...{ 'overseas-node': true, null: null },
    });
    const { body } = await corner.call('GET', '/v1/calls?source=gateway%2Fjakarta&id=r-2');
    expect(body).toMatchObject({ controlRegion: 'CN-44', inferenceRegion: 'SG' });
  });

  it('N7 no row and no sum holds the tokens of two models', async () => {
    for (const each of [path, '/v1/usage/daily?from=2026-05-10&to=2026-05-10']) {
      const rows = await rowsOf(each);
      expect(rows.length).toBeGreaterThan(1);
      for (const { model, kind } of rows) expect([model, kind]).not.toContain(null);
    }
    for (const { model } of await linesOf('C-1')) expect(['m-chat', 'm-agent']).toContain(model);
  });

  it('is the buyer’s for its own contract, and nobody else’s', async () => {
    const own = await corner.key(TENANT, 'buyer', 'bintang-toys');
    expect(byKind(await rowsOf(path, own))).toEqual(byKind(await rowsOf(path)));
    const other = await corner.key(TENANT, 'buyer', 'quiet');
    expect((await corner.call('GET', path, { key: other })).status).toBe(404);
    const tenant = await corner.key('elsewhere', 'operator', null);
    expect(await rowsOf('/v1/usage/routes?period=2026-05', tenant)).toEqual([]);
  });
});

describe('M8 10,000 voice turns', () => {
  const milliseconds = sum(
    Array.from({ length: TURNS }, (_, index) => BigInt(900 + (index % 700))),
  );
  const tokens = sum(Array.from({ length: TURNS }, (_, index) => BigInt(index % 50)));

  it('are billed per second of audio and per token', async () => {
    const lines = await linesOf('C-voice');
    expect(byKind(lines)).toEqual({
      'm-voice audio_input_ms': milliseconds,
      'm-voice audio_output': tokens,
    });
    const exact = new Map(lines.map((line) => [line.kind, Number(line.exact)]));
    // Both are whole microdollars: 6 nanodollars a millisecond, 64 microdollars a token.
    expect(exact.get('audio_input_ms')).toBe(Number(milliseconds * 6n) / 1_000_000);
    expect(exact.get('audio_output')).toBe(Number(tokens * 64n) / 1_000_000);
  });

  it('are listed by device, page by page, with what each has heard and said', async () => {
    const path = '/v1/usage/devices?contract=C-voice&period=2026-05';
    const first = await corner.call('GET', `${path}&limit=25`);
    const cursor = String(first.body['nextCursor']);
    const second = await corner.call('GET', `${path}&limit=25&cursor=${cursor}`);
    expect(second.body['nextCursor']).toBeNull();
    interface Device {
      readonly device: string;
      readonly model: string;
      readonly calls: string;
      readonly audioMs: string;
      readonly kinds: Readonly<Record<string, string>>;
    }
    const devices = [first, second].flatMap(({ body }) => body['data'] as readonly Device[]);
    expect(new Set(devices.map(({ device }) => device)).size).toBe(DEVICES);
    expect(devices).toHaveLength(DEVICES);
    expect(devices.every(({ calls }) => calls === String(TURNS / DEVICES))).toBe(true);
    expect(sum(devices.map(({ audioMs }) => audioMs))).toBe(milliseconds);
    expect(sum(devices.map(({ kinds }) => kinds['audio_input_ms'] ?? '0'))).toBe(milliseconds);
    expect(sum(devices.map(({ kinds }) => kinds['audio_output'] ?? '0'))).toBe(tokens);
  });

  it('without one that was voided', async () => {
    await corner.record([voidOf({ of: turn(7), id: 'void-7', revision: 1n })]);
    const path = '/v1/usage/devices?contract=C-voice&period=2026-05';
    const device = await until('the void has its effect', async () => {
      const rows = (await rowsOf(path)) as readonly (Row & { kinds: Record<string, string> })[];
      const toy = rows.find((row) => row.device === 'toy-7');
      return toy?.['calls'] === String(TURNS / DEVICES - 1) ? toy : undefined;
    });
    const left = Array.from({ length: TURNS }, (_, index) => index)
      .filter((index) => index % DEVICES === 7 && index !== 7)
      .map((index) => BigInt(900 + (index % 700)));
    expect(device.kinds['audio_input_ms']).toBe(String(sum(left)));
  });

  it('stand on the invoice, per second and per token', async () => {
    const { contracts } = await corner.closePeriod('2026-05', ['C-voice']);
    const [closed] = contracts;
    const invoice = await corner.call('GET', `/v1/invoices/${closed?.invoice ?? ''}`);
    const lines = invoice.body['lines'] as readonly { kind: string; quantity: string }[];
    expect(lines.map(({ kind, quantity }) => [kind, quantity])).toEqual([
      ['audio_output', String(tokens - 7n)],
      ['audio_input_ms', String(milliseconds - 907n)],
    ]);
  }, 60_000);
});

describe('corrections that say another model, or another contract', () => {
  interface Device {
    readonly device: string;
    readonly model: string;
    readonly calls: string;
    readonly kinds: Readonly<Record<string, string>>;
  }
  const devicesOf = async (contract: string): Promise<readonly Device[]> => {
    const rows = await rowsOf(`/v1/usage/devices?contract=${contract}&period=2026-05&limit=1000`);
    return rows as unknown as readonly Device[];
  };
  const of = async (contract: string, device: string): Promise<readonly unknown[]> =>
    (await devicesOf(contract))
      .filter((row) => row.device === device)
      .map(({ model, calls, kinds }) => [model, calls, kinds]);
  const toy = (id: string, model = 'm-chat'): Usage => ({
    ...usage({ id, at, tokens: [1_000n, 0n, 0n, 0n], model }),
    device: `toy-${id}`,
  });

  it('M8 N7 stand in the device’s row of their own model and contract', async () => {
    const [model, contract, late] = [toy('model'), toy('contract'), toy('late', 'm-none')];
    await corner.record([model, contract, late]);
    const voice = { contract: 'C-voice', modelOrdered: 'm-voice', kinds: { audio_output: 9n } };
    await corner.record([
      correct(
        { of: model, id: 'model-1', revision: 1n },
        { modelOrdered: 'm-agent', kinds: { input: 700n } },
      ),
      correct({ of: contract, id: 'contract-1', revision: 1n }, voice),
      correct({ of: late, id: 'late-1', revision: 1n }, { modelOrdered: 'm-chat' }),
    ]);
    await until('all have ended', async () => {
      const { body } = await corner.call('GET', '/v1/unpriced');
      const moved = await of('C-voice', 'toy-contract');
      const priced = await of('C-1', 'toy-late');
      const isDone = (body['data'] as unknown[]).length === 0 && moved.length + priced.length === 2;
      return isDone && (await of('C-1', 'toy-model')).length === 2 ? true : undefined;
    });
    expect(await of('C-1', 'toy-model')).toEqual([
      ['m-agent', '1', { input: '700' }],
      ['m-chat', '0', {}],
    ]);
    expect(await of('C-1', 'toy-contract')).toEqual([['m-chat', '0', {}]]);
    expect(await of('C-voice', 'toy-contract')).toEqual([['m-voice', '1', { audio_output: '9' }]]);
    // Its call never had a price.
    expect(await of('C-1', 'toy-late')).toEqual([['m-chat', '1', { input: '1000' }]]);
    for (const each of ['C-1', 'C-voice']) {
      const kinds = (await devicesOf(each)).flatMap((row) =>
        Object.entries(row.kinds).map(([kind, quantity]) => ({ ...row, kind, quantity })),
      );
      expect(byKind(kinds)).toEqual(byKind(await linesOf(each)));
    }
  }, 60_000);
});

describe('unpriced events', () => {
  const ids = async (query: string): Promise<readonly unknown[]> =>
    (await rowsOf(`/v1/unpriced?${query}`)).map(({ id }) => id).sort();
  const rerate = (body: object, idempotencyKey: string) =>
    corner.call('POST', '/v1/unpriced/rerate', { body, idempotencyKey });

  it('are filtered by contract, code and model', async () => {
    const base = { at, tokens: [1n, 0n, 0n, 0n] } as const;
    await corner.record([
      usage({ ...base, id: 'u-1', model: 'm-none' }),
      usage({ ...base, id: 'u-2', contract: 'C-none' }),
      usage({ ...base, id: 'u-3', contract: 'C-none', model: 'm-none' }),
    ]);
    await until('they wait', async () => ((await ids('')).length === 3 ? true : undefined));
    expect(await ids('contract=C-none')).toEqual(['u-2', 'u-3']);
    expect(await ids('model=m-none')).toEqual(['u-1', 'u-3']);
    expect(await ids('code=UNKNOWN_CONTRACT&model=m-none')).toEqual(['u-3']);
    const bad = await corner.call('GET', '/v1/unpriced?code=x');
    expect(bad).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
  }, 60_000);

  it('B48 are looked at again when the operator asks, of one contract or of all', async () => {
    const codes = async (): Promise<readonly unknown[]> =>
      (await rowsOf('/v1/unpriced')).map(({ id, code }) => `${String(id)} ${String(code)}`).sort();
    const before = await codes();
    const forget = "update unpriced set code = 'STALE' where resolved_cut is null";
    const looked = (stale: number) =>
      until('they were looked at', async () => {
        const now = await codes();
        const left = now.filter((each) => String(each).endsWith('STALE')).length;
        return left === stale ? now : undefined;
      });
    await corner.stack.asSuperuser(forget);
    expect(await rerate({ contract: 'C-1' }, 'one')).toEqual({
      status: 202,
      body: { contracts: 1 },
    });
    await looked(2);
    expect(await rerate({}, 'all')).toEqual({ status: 202, body: { contracts: 2 } });
    expect(await looked(0)).toEqual(before);
    expect(await rerate({ contract: 'C-voice' }, 'none')).toMatchObject({ body: { contracts: 0 } });
    expect(await corner.counts()).toMatchObject({ unpriced: 3 });
  }, 60_000);

  it('B21 S04 are the operator’s alone, and need an Idempotency-Key', async () => {
    expect((await corner.call('POST', '/v1/unpriced/rerate', { body: {} })).status).toBe(400);
    const key = await corner.key(TENANT, 'buyer', 'bintang-toys');
    const idempotencyKey = 'buyer';
    const refused = await corner.call('POST', '/v1/unpriced/rerate', {
      key,
      body: {},
      idempotencyKey,
    });
    expect(refused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN_ROLE' } });
  });
});
