import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { encode, identityOf, usagePartition } from '@suanpan/messages';
import { until } from '@suanpan/platform-testing';
import { Corner } from './corner.js';
import type { Answer } from './corner.js';
import { contractBody, correct, p1Body, TENANT, usage } from './usage.js';

let corner: Corner;
let own: string;
let other: string;

const DAY = '2026-05-10';
const call = (index: number, model = 'm-chat') =>
  usage({
    id: `r-${index}`,
    at: `${DAY}T0${index}:00:00Z`,
    tokens: [1_000n + BigInt(index), 10n, 0n, 0n],
    model,
  });
const calls = [call(1), call(2), call(3), call(4, 'm-new')];

const prefixed = (text: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
};
/** As docs/how-to-centre.md says it. */
const hashOf = (ids: readonly string[]): string =>
  ids
    .map((id) => {
      const name = Buffer.concat([prefixed('gateway/jakarta'), prefixed(id)]);
      return BigInt(`0x${createHash('sha256').update(name).digest('hex')}`);
    })
    .reduce((sum, term) => (sum + term) % 2n ** 256n, 0n)
    .toString(16)
    .padStart(64, '0');

const manifest = {
  day: DAY,
  events: 4,
  tokens: {
    'm-chat': { input: 3_006, cached_input: '30' },
    'm-new': { input: '1004', cached_input: 10 },
  },
  namesHash: hashOf(['r-1', 'r-2', 'r-3', 'r-4']),
  items: calls.map(({ source, id }) => ({ source, id })),
};

let sent = 0;
const submit = (body: object, key = own): Promise<Answer> =>
  corner.call('POST', '/v1/manifests', { body, key, idempotencyKey: `m-${(sent += 1)}` });

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
  await corner.call('PUT', '/v1/price-tables/retail/versions/P1', { body: p1Body });
  await corner.call('PUT', '/v1/contracts/C-1', { body: contractBody });
  own = await corner.key(TENANT, 'centre', 'centre-shantou');
  other = await corner.key(TENANT, 'centre', 'centre-other');
  const [first, second] = calls as [(typeof calls)[0], (typeof calls)[0]];
  await corner.record([
    ...calls,
    first,
    first,
    { ...second, kinds: { input: 7n } },
    // A correction is no call: the manifest does not speak of it.
    correct({ of: first, id: 'r-1c', revision: 1n }, { kinds: { input: 5n } }),
  ]);
  await corner.settled(8);
}, 120_000);
afterAll(() => corner.close(), 60_000);

describe('POST /v1/manifests', () => {
  it('is equal when count, sums, hash and names are what was sent', async () => {
    const { status, body } = await submit(manifest);
    expect(status).toBe(200);
    expect(body).toMatchObject({ equal: true, held: { events: '4', rated: '3', unpriced: '1' } });
    expect(body['differences']).toEqual({
      events: '0',
      tokens: [],
      names: true,
      items: [],
      itemsMore: false,
    });
  });

  it('lists what is missing, extra and different, down to the call', async () => {
    const items = [
      { source: 'gateway/jakarta', id: 'r-1', tokens: { input: 1_001, cached_input: 10 } },
      { source: 'gateway/jakarta', id: 'r-2', tokens: { input: 9_999, cached_input: 10 } },
      { source: 'gateway/jakarta', id: 'r-9' },
    ];
    const tokens = { 'm-chat': { input: 3_007, cached_input: 30 } };
    const { body } = await submit({ ...manifest, events: '5', tokens, items });
    expect(body).toMatchObject({ equal: false });
    expect(body['differences']).toMatchObject({
      events: '1',
      tokens: [
        { model: 'm-chat', kind: 'input', sent: '3007', held: '3006' },
        { model: 'm-new', kind: 'cached_input', sent: '0', held: '10' },
        { model: 'm-new', kind: 'input', sent: '0', held: '1004' },
      ],
      items: [
        { id: 'r-2', difference: 'different', held: { input: 1_002 } },
        { id: 'r-3', difference: 'extra' },
        { id: 'r-4', difference: 'extra' },
        { id: 'r-9', difference: 'missing' },
      ],
    });
  });

  it('takes a stretch of a day, of one source', async () => {
    const part = { from: `${DAY}T01:00:00Z`, to: `${DAY}T02:00:00Z`, source: 'gateway/jakarta' };
    const tokens = { 'm-chat': { input: 1_001, cached_input: 10 } };
    expect((await submit({ ...part, events: 1, tokens })).body).toMatchObject({ equal: true });
  });

  it.each([
    ['no window', {}, 422, 'INVALID_WINDOW'],
    ['two windows', { day: DAY, from: `${DAY}T00:00:00Z` }, 422, 'INVALID_WINDOW'],
    [
      'two days',
      { from: '2026-05-10T00:00:00Z', to: '2026-05-12T00:00:00Z' },
      422,
      'INVALID_WINDOW',
    ],
    ['a day that is none', { day: '2026-02-30' }, 422, 'INVALID_TIME'],
    ['another centre', { day: DAY, centre: 'centre-other' }, 403, 'CENTRE_MISMATCH'],
  ])('refuses %s', async (...[, window, status, code]) => {
    const answer = await submit({ ...window, events: 0, tokens: {} });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  });

  it('B49 shows another centre nothing of these calls', async () => {
    const { body } = await submit({ day: DAY, events: 0, tokens: {} }, other);
    expect(body).toMatchObject({ equal: true, held: { events: '0', tokens: {} } });
  });
});

describe('GET /v1/reconciliations', () => {
  it('says how the records of the day ended, duplicates too, and compares the manifests', async () => {
    const { body } = await corner.call('GET', `/v1/reconciliations?day=${DAY}`, { key: own });
    expect(body).toMatchObject({
      centre: 'centre-shantou',
      accepted: { rated: '4', duplicate: '2', conflict: '1', unpriced: '1', quarantined: '0' },
      held: { events: '4' },
    });
    const compared = body['manifests'] as readonly { readonly equal: boolean }[];
    expect(compared.map(({ equal }) => equal).sort()).toEqual([false, true, true]);
  });

  it('I1 adds up to what was counted for the tenant', async () => {
    const rows = await corner.stack.asSuperuser<{ equal: boolean }>(`
      select (select row(sum(rated), sum(duplicate), sum(conflict), sum(unpriced),
        sum(quarantined)) from daily_count)
      = (select row(sum(rated), sum(duplicate), sum(conflict), sum(unpriced), sum(quarantined))
        from event_count) as equal`);
    expect(rows).toEqual([{ equal: true }]);
  });
});

describe('a manifest whose stretch crosses midnight', () => {
  it('stands in the reconciliations of both days', async () => {
    const stretch = { from: '2026-05-13T20:00:00Z', to: '2026-05-14T04:00:00Z' };
    const { body: made } = await submit({ ...stretch, events: 0, tokens: {} });
    for (const [day, found] of [
      ['2026-05-12', false],
      ['2026-05-13', true],
      ['2026-05-14', true],
      ['2026-05-15', false],
    ] as const) {
      const { body } = await corner.call('GET', `/v1/reconciliations?day=${day}`, { key: own });
      const manifests = body['manifests'] as readonly { readonly manifest: string }[];
      const names = manifests.map(({ manifest: name }) => name);
      expect([day, names.includes(String(made['manifest']))]).toEqual([day, found]);
    }
  });
});

describe('GET /v1/usage/daily', () => {
  interface DailyRow {
    readonly day: string;
    readonly model: string;
    readonly kind: string;
    readonly quantity: string;
  }
  const daily = (query: string): Promise<Answer> =>
    corner.call('GET', `/v1/usage/daily?from=2026-05-09&to=2026-05-11&${query}`);

  it('E9 equals the sum of the raw events of a UTC day, and of a customer’s day', async () => {
    const rows = (await daily('')).body['rows'] as readonly DailyRow[];
    // r-1 was corrected to 5 tokens of input; r-4 has no price yet.
    expect(rows).toEqual([
      { day: DAY, model: 'm-chat', kind: 'input', quantity: String(5 + 1_002 + 1_003), calls: '3' },
      { day: DAY, model: 'm-chat', kind: 'cached_input', quantity: '20', calls: '2' },
    ]);
    const local = (await daily('zone=America/Los_Angeles')).body['rows'] as readonly DailyRow[];
    // 01:00 to 03:00 UTC is the day before in Los Angeles.
    expect(new Set(local.map((row) => row.day))).toEqual(new Set(['2026-05-09']));
    const contract = await daily('contract=C-1');
    expect(contract.body).toMatchObject({ zone: 'Asia/Jakarta', rows });
  });

  it.each([
    ['zone=+08:00', 422, 'UNKNOWN_ZONE'],
    ['contract=C-99', 404, 'NOT_FOUND'],
  ])('refuses %s', async (query, status, code) => {
    const answer = await daily(query.replace('+', '%2B'));
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  });
});

describe('GET /v1/conflicts', () => {
  it('B33 F2 shows the content that stands and the one that was kept apart', async () => {
    const { body } = await corner.call('GET', '/v1/conflicts', { key: own });
    expect(body['data']).toMatchObject([
      {
        eventId: 'r-2',
        reason: 'CONFLICT',
        first: { call: { state: 'rated', kinds: [{ quantity: '1002' }, { quantity: '10' }] } },
        other: { id: 'r-2', kinds: { input: '7' }, time: `${DAY}T02:00:00.000000Z` },
      },
    ]);
    expect((await corner.call('GET', '/v1/conflicts', { key: other })).body['data']).toEqual([]);
  });
});

describe('POST /v1/quarantine/redrive', () => {
  const late = call(5);
  const list = async (query: string): Promise<readonly Record<string, unknown>[]> =>
    (await corner.call('GET', `/v1/quarantine?${query}`)).body['data'] as never;

  it('D08 sends a readable record again on the way of every event, and only once', async () => {
    // Its key was not its identity: set aside, and sound in itself.
    const wrong = identityOf(TENANT, 'gateway/jakarta', 'another');
    const partition = usagePartition(wrong);
    await corner.raw(wrong, encode('usage.recorded', late), { partition });
    await corner.raw(wrong, Buffer.from('no message'), { partition });
    await corner.settled(9);
    const [row] = await list('reason=KEY_MISMATCH&status=open&centre=centre-shantou');
    expect(row).toMatchObject({ eventId: 'r-5', centre: 'centre-shantou' });
    const opened = await corner.call('GET', `/v1/quarantine/${String(row?.['id'])}`);
    expect(opened.body).toMatchObject({ event: { id: 'r-5', kinds: { input: '1005' } } });
    const redrive = (idempotencyKey: string): Promise<Answer> =>
      corner.call('POST', '/v1/quarantine/redrive', { body: {}, idempotencyKey });
    expect((await redrive('redrive-1')).body).toMatchObject({ redriven: 1, unreadable: 0 });
    await until('it is rated', async () => {
      const { rated } = await corner.counts();
      return rated === 5 ? true : undefined;
    });
    expect((await redrive('redrive-2')).body).toMatchObject({ redriven: 0 });
    expect(await list('status=redriven')).toMatchObject([{ eventId: 'r-5' }]);
    const { body } = await corner.call('GET', '/v1/events?source=gateway%2Fjakarta&id=r-5');
    expect(body).toMatchObject({ call: { state: 'rated' } });
  });

  it('B61 an event that is cut off is its sender’s: listed, opened, sent again once it can be read', async () => {
    const before = await corner.counts();
    const key = identityOf(TENANT, 'gateway/jakarta', 'r-6');
    const whole = encode('usage.recorded', { ...late, id: 'r-6' });
    const cutOff = whole.subarray(0, whole.length - 1);
    await corner.raw(key, cutOff, { partition: usagePartition(key) });
    const row = await until('it is listed', async () => {
      const [first] = await list('reason=DECODE_FAILED&status=open&centre=centre-shantou');
      return first;
    });
    expect(await corner.counts()).toEqual({ ...before, quarantined: before.quarantined + 1 });
    const opened = await corner.call('GET', `/v1/quarantine/${String(row['id'])}`);
    expect(opened.body).toMatchObject({ event: null, unreadable: 'DECODE_FAILED' });
    expect(opened.body['rawBase64']).toBe(cutOff.toString('base64'));
    const body = { ids: [row['id']] };
    expect(
      await corner.call('POST', '/v1/quarantine/redrive', { body, idempotencyKey: 'redrive-4' }),
    ).toMatchObject({ body: { redriven: 0, results: [{ code: 'DECODE_FAILED' }] } });
    expect(await list('reason=DECODE_FAILED&status=open')).toHaveLength(1);
  });

  it('puts a record to rest, and it stays', async () => {
    const [row] = await list('reason=CONFLICT');
    const path = `/v1/quarantine/${String(row?.['id'])}/dismiss`;
    const { body } = await corner.call('POST', path, { body: {}, idempotencyKey: 'dismiss-1' });
    expect(body).toMatchObject({ status: 'dismissed' });
    expect(await list('reason=CONFLICT&status=open')).toEqual([]);
  });

  it('goes on behind a thousand records that cannot be opened', async () => {
    await corner.stack.asSuperuser(`
      insert into quarantine (tenant, reason, detail, topic, partition, log_offset, first_seen,
        last_seen, sealed, key_id, party)
      select tenant, reason, detail, topic, partition, 1000000 + n, first_seen, last_seen, sealed,
        key_id, party
      from quarantine, generate_series(1, 1000) n where reason = 'DECODE_FAILED' and tenant is not null`);
    const wrong = identityOf(TENANT, 'gateway/jakarta', 'another');
    const behind = encode('usage.recorded', { ...late, id: 'r-behind' });
    await corner.raw(wrong, behind, { partition: usagePartition(wrong) });
    await until('it is set aside', async () => {
      const [row] = await list('reason=KEY_MISMATCH&status=open');
      return row;
    });
    const redrive = (body: object, idempotencyKey: string): Promise<Answer> =>
      corner.call('POST', '/v1/quarantine/redrive', { body, idempotencyKey });
    const first = await redrive({}, 'behind-1');
    expect(first.body).toMatchObject({ redriven: 0, unreadable: 1_000 });
    const { nextCursor: cursor } = first.body;
    const next = await redrive({ cursor }, 'behind-2');
    // One more that cannot be opened, and the one behind them all.
    expect(next.body).toMatchObject({ redriven: 1, unreadable: 1, nextCursor: null });
    const strange = await redrive({ cursor: 'strange' }, 'behind-3');
    expect(strange).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
  }, 60_000);

  it('S05 is the operator’s alone', async () => {
    const body = { ids: ['1'] };
    const asked = { body, key: own, idempotencyKey: 'redrive-3' };
    expect((await corner.call('POST', '/v1/quarantine/redrive', asked)).status).toBe(403);
    expect((await corner.call('GET', '/v1/quarantine/1', { key: own })).status).toBe(403);
  });
});

describe('names that objects have by birth', () => {
  it('are models and kinds like any other, in manifests and in what is held', async () => {
    const day = '2026-05-12';
    const base = { at: `${day}T10:00:00Z`, tokens: [5n, 0n, 0n, 0n] } as const;
    const before = await corner.counts();
    await corner.record([
      usage({ ...base, id: 'p-1', model: '__proto__' }),
      usage({ ...base, id: 'p-2', model: 'valueOf' }),
    ]);
    await until('both wait', async () =>
      (await corner.counts()).unpriced === before.unpriced + 2 ? true : undefined,
    );
    const tokens = { valueOf: { input: 5, toString: 0 }, toString: { length: 2 } };
    const { status, body } = await submit({ day, events: 2, tokens });
    expect(status).toBe(200);
    expect((body['differences'] as { readonly tokens: unknown }).tokens).toEqual([
      { model: '__proto__', kind: 'input', sent: '0', held: '5' },
      { model: 'toString', kind: 'length', sent: '2', held: '0' },
    ]);
    const { tokens: held } = body['held'] as { readonly tokens: object };
    expect(Object.entries(held).sort()).toEqual([
      ['__proto__', { input: '5' }],
      ['valueOf', { input: '5' }],
    ]);
  }, 60_000);
});
