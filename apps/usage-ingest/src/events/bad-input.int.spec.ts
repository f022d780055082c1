import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { envelopeRows, itemRows } from '../../test/bad-rows.js';
import { countRecords, LogWatch } from '../../test/log-watch.js';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, Request, ServiceProcess } from '../../test/running-service.js';
import { NOW, SOURCE, usageData, usageEvent, withData } from '../../test/usage-event.js';

const TOPICS = ['usage.recorded', 'usage.refused', 'usage.quarantined'];
const TABLES = ['centre', 'outbox', 'event_store', 'quarantine', 'idempotency_key'];
/** A generous bound for a machine that runs much else; none of them may hang. */
const ANSWER_MS = 5_000;
const MICROS = 1_000n;

const ENVELOPES = envelopeRows();

let corner: Corner;
let service: ServiceProcess;
let recorded: LogWatch<'usage.recorded'>;
let refused: LogWatch<'usage.refused'>;
let good = 0;

const send = (request: Request): Promise<Answer> =>
  service.ask('/v1/events', { key: corner.centreKey, ...request });

const rowsOf = async (): Promise<Record<string, string>> => {
  const counted = TABLES.map((table) => `select '${table}' as name, count(*) from ${table}`);
  const rows = await corner.stack.asSuperuser<{ name: string; count: string }>(
    counted.join(' union all '),
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
};

const state = async () => ({
  records: await countRecords(corner.stack, TOPICS),
  rows: await rowsOf(),
});
type State = Awaited<ReturnType<typeof state>>;

/** Everything that was there before, plus so many records. */
const plus = (before: State, records: { recorded?: number; refused?: number }): State => ({
  ...before,
  records: {
    'usage.recorded': (before.records['usage.recorded'] ?? 0) + (records.recorded ?? 0),
    'usage.refused': (before.records['usage.refused'] ?? 0) + (records.refused ?? 0),
    'usage.quarantined': before.records['usage.quarantined'] ?? 0,
  },
});

beforeAll(async () => {
  corner = await openCorner();
  service = await corner.start({ BODY_TIMEOUT_MS: '1500', STREAM_SILENCE_MS: '1500' });
  recorded = new LogWatch(corner.stack, 'usage.recorded');
  refused = new LogWatch(corner.stack, 'usage.refused');
  await Promise.all([recorded.start(), refused.start()]);
}, 180_000);

afterAll(async () => {
  await Promise.all([recorded.stop(), refused.stop()]);
  await corner.dispose();
}, 60_000);

let before: State;
beforeEach(async () => {
  before = await state();
});

afterEach(async () => {
  expect(service.alive).toBe(true);
  good += 1;
  const next = await send({ body: JSON.stringify(usageEvent(`next-${good}`)) });
  expect([next.status, next.body['accepted']]).toEqual([202, 1]);
});

describe('an envelope that is refused whole', () => {
  it.each(ENVELOPES)('$row is $status $code', async ({ body, headers, status, code }) => {
    const start = performance.now();
    const answer = await send({ body, ...(headers !== undefined && { headers }) });
    expect(performance.now() - start).toBeLessThan(ANSWER_MS);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await state()).toEqual(before);
  });

  it('B10 a gzip bomb is refused within 200 ms of work and costs less than 20 MiB of memory', async () => {
    const bomb = ENVELOPES.find(({ row }) => row.startsWith('B10 486 kB'));
    const memory = service.memory;
    const costs: { millis: number; mib: number }[] = [];
    for (let round = 0; round < 5; round += 1) {
      const start = { millis: service.cpuMillis, mib: service.memory };
      const answer = await send({ body: bomb?.body ?? '', headers: bomb?.headers ?? {} });
      expect(answer.status).toBe(413);
      costs.push({ millis: service.cpuMillis - start.millis, mib: service.memory - start.mib });
    }
    // The process's own time, the least of five: the machine's other work is not ours.
    expect(Math.min(...costs.map(({ millis }) => millis))).toBeLessThan(200);
    // At most the 16 MiB of the limit each; what one leaves is given back before a third comes.
    expect(Math.max(...costs.map(({ mib }) => mib))).toBeLessThan(20);
    expect(service.memory - memory).toBeLessThan(50);
  });

  it('B28 another method is 405 with Allow, another route 404', async () => {
    const wrong = await send({ method: 'PUT', body: '{}' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    const absent = await service.ask('/v1/event', { key: corner.centreKey, body: '{}' });
    expect([absent.status, absent.body['code']]).toEqual([404, 'NOT_FOUND']);
    expect(await state()).toEqual(before);
  });
});

/** Sends bytes as they are and gives the answer's first line and body. */
const sendBytes = (bytes: string, end = false): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(service.url).port), 'localhost', () => {
      socket.write(bytes);
      if (end) socket.end();
    });
    socket.on('data', (piece) => (answer += piece.toString()));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });

const head = (length: number): string =>
  [
    'POST /v1/events HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    `Authorization: Bearer ${corner.centreKey}`,
    `Content-Length: ${length}`,
    '\r\n',
  ].join('\r\n');

describe('B13 a body that is not what its length says', () => {
  const body = JSON.stringify(usageEvent('b13'));

  it('is 400 when the client ends it early', async () => {
    expect(await sendBytes(head(body.length + 1) + body, true)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await state()).toEqual(before);
  });

  it('is 408 when the rest does not come', async () => {
    const answer = await sendBytes(head(body.length + 1) + body);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('REQUEST_TIMEOUT');
    expect(await state()).toEqual(before);
  });
});

describe('an event that is judged alone', () => {
  it.each(itemRows())('$row', async ({ body, headers, refused: refusal }) => {
    const start = performance.now();
    const answer = await send({ body, ...(headers !== undefined && { headers }) });
    expect(performance.now() - start).toBeLessThan(ANSWER_MS);
    expect(answer.status).toBe(202);
    const [result] = answer.body['results'] as readonly Record<string, unknown>[];
    expect([result?.['code'], result?.['path']]).toEqual(refusal ?? [undefined, undefined]);
    const counted = refusal === undefined ? { recorded: 1 } : { refused: 1 };
    expect(await state()).toEqual(plus(before, counted));
  });

  it('R1 gets its own result, in the order of the batch', async () => {
    const batch = [
      usageEvent('r1'),
      withData('r2', { tokens: { input: -1 } }),
      5,
      usageEvent('r4'),
    ];
    const answer = await send({ body: JSON.stringify(batch) });
    expect(answer.body).toMatchObject({
      accepted: 2,
      refused: 2,
      results: [
        { index: 0, id: 'r1', status: 'accepted' },
        { index: 1, id: 'r2', status: 'refused', code: 'NEGATIVE_QUANTITY' },
        { index: 2, id: null, status: 'refused', code: 'INVALID_EVENT', path: '$' },
        { index: 3, id: 'r4', status: 'accepted' },
      ],
    });
    expect(await state()).toEqual(plus(before, { recorded: 2, refused: 2 }));
  });

  it('B15 is taken in a batch of 10,000', async () => {
    const batch = Array.from({ length: 10_000 }, (_, index) => usageEvent(`many-${index}`));
    const answer = await send({ body: JSON.stringify(batch) });
    expect(answer.body).toMatchObject({ accepted: 10_000, refused: 0 });
    expect(await state()).toEqual(plus(before, { recorded: 10_000 }));
  }, 60_000);

  it('B30 keeps its id byte by byte', async () => {
    await send({ body: JSON.stringify(usageEvent('Zwölf\u200b ')) });
    expect(await recorded.find(({ id }) => id === 'Zwölf\u200b ')).toHaveLength(1);
  });

  it('B51 with a key of half a megabyte does not hold up its neighbours', async () => {
    const odd = { ...withData('wide', {}), data: { ...usageData({}), ['a'.repeat(600_000)]: 1 } };
    const answer = await send({ body: JSON.stringify([usageEvent('beside-wide'), odd]) });
    expect([answer.status, answer.body['accepted'], answer.body['refused']]).toEqual([202, 1, 1]);
    expect(await state()).toEqual(plus(before, { recorded: 1, refused: 1 }));
  });

  it('R23 leaves its raw bytes on the log, sealed with the centre’s key', async () => {
    const body = JSON.stringify(withData('sealed-1', { buyer: 'canary', tokns: 1 }));
    await send({ body });
    const [record] = await refused.find(({ id }) => id === 'sealed-1');
    const { sealedRaw, keyId, ...told } = record?.value ?? { sealedRaw: null, keyId: null };
    expect(told).toMatchObject({
      tenant: 'shantou',
      centre: 'gz',
      source: SOURCE,
      code: 'UNKNOWN_FIELD',
      path: '$.data',
      receivedAt: BigInt(Date.parse(NOW)) * MICROS,
    });
    expect(keyId).not.toBeNull();
    expect(sealedRaw?.includes('canary')).toBe(false);
    const rows = await corner.stack.asSuperuser<{ party: string }>(
      'select party from party_key where key_id = $1',
      [keyId],
    );
    expect(rows).toEqual([{ party: 'gz' }]);
  });
});

describe('events that pricing decides', () => {
  const ids = async (tokens: object, id: string, key = corner.centreKey) =>
    (await send({ key, body: JSON.stringify(withData(id, { tokens })) })).body['accepted'];

  it('B32 the same event twice is accepted twice and lies on one partition', async () => {
    expect([await ids({ input: 1 }, 'b32'), await ids({ input: 1 }, 'b32')]).toEqual([1, 1]);
    const [first, second] = await recorded.find(({ id }) => id === 'b32', 2);
    expect(second).toEqual(first);
  });

  it('B33 the same id with other tokens meets the first one', async () => {
    expect([await ids({ input: 1 }, 'b33'), await ids({ input: 2 }, 'b33')]).toEqual([1, 1]);
    const found = await recorded.find(({ id }) => id === 'b33', 2);
    expect(new Set(found.map(({ key, partition }) => `${partition} ${key}`)).size).toBe(1);
    expect(found.map(({ value }) => value.kinds['input'])).toEqual([1n, 2n]);
  });

  it('B34 the same id of another tenant is another event', async () => {
    await corner.putCentre('other', 'gz', 'active');
    const key = await corner.keyOf('other', 'gz');
    expect([await ids({ input: 1 }, 'b34'), await ids({ input: 1 }, 'b34', key)]).toEqual([1, 1]);
    const found = await recorded.find(({ id }) => id === 'b34', 2);
    expect(new Set(found.map((record) => record.key)).size).toBe(2);
    expect(found.map(({ value }) => value.tenant).sort()).toEqual(['other', 'shantou']);
  });

  it('B45 and B48 travel as they are', async () => {
    const time = '2026-05-20T00:00:00.000001Z';
    const data = usageData({ model: 'm-unheard-of' });
    await send({ body: JSON.stringify(usageEvent('b48-travels', { time, data })) });
    const [record] = await recorded.find(({ id }) => id === 'b48-travels');
    expect(record?.value).toMatchObject({
      time: BigInt(Date.parse('2026-05-20T00:00:00Z')) * MICROS + 1n,
      modelOrdered: 'm-unheard-of',
      modelServed: null,
      kinds: { input: 1200n, output: 300n },
    });
  });
});

describe('B49 a credential', () => {
  const body = JSON.stringify(usageEvent('b49'));

  it.each([
    ['that is missing', undefined, 401, 'UNAUTHENTICATED'],
    ['that nobody knows', `sp_aaaaaaaaaa_${'a'.repeat(43)}`, 401, 'UNAUTHENTICATED'],
  ])('%s is refused', async (...[, key, status, code]) => {
    const request = { body, ...(key !== undefined && { key }) };
    const answer = await service.ask('/v1/events', request);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(await state()).toEqual(before);
  });

  it('of the operator may not send', async () => {
    const answer = await send({ key: corner.operatorKey, body });
    expect([answer.status, answer.body['code']]).toEqual([403, 'FORBIDDEN_ROLE']);
  });

  it('of a centre that is not in the directory is 403', async () => {
    const answer = await send({ key: await corner.keyOf('shantou', 'nowhere'), body });
    expect([answer.status, answer.body['code']]).toEqual([403, 'CENTRE_UNKNOWN']);
    expect(await state()).toEqual(before);
  });

  it('of a suspended centre is 403 within a second', async () => {
    await corner.putCentre('shantou', 'hz', 'active');
    const key = await corner.keyOf('shantou', 'hz');
    const mine = JSON.stringify(withData('hz-1', { centre: 'hz' }));
    expect((await send({ key, body: mine })).status).toBe(202);
    await corner.putCentre('shantou', 'hz', 'suspended');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const answer = await send({ key, body: mine });
    expect([answer.status, answer.body['code']]).toEqual([403, 'CENTRE_SUSPENDED']);
  });
});
