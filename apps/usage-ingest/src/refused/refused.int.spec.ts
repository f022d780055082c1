import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encode } from '@suanpan/messages';
import { LogProducer } from '@suanpan/platform-kafka';
import { until } from '@suanpan/platform-testing';
import { LogWatch } from '../../test/log-watch.js';
import { bodyOf, kindsOfBodies } from '../../test/provider-bodies.js';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../../test/running-service.js';
import { SOURCE, usageEvent, withData, withInput } from '../../test/usage-event.js';

interface Wire {
  readonly centre: string;
  readonly source: string | null;
  readonly id: string | null;
  readonly code: string;
  readonly partition: number;
  readonly offset: string;
  readonly status: string;
  readonly attempts: number;
}

let corner: Corner;
let service: ServiceProcess;
let recorded: LogWatch<'usage.recorded'>;
let hz: string;
let keys = 0;

const ask = (path: string, key = corner.operatorKey): Promise<Answer> =>
  service.ask(path, { method: 'GET', key });

/** A POST command with an Idempotency-Key of its own. */
const post = (path: string, body: object | string, key = corner.operatorKey): Promise<Answer> => {
  keys += 1;
  return service.ask(`/v1/refused/${path}`, {
    ...{ key, headers: { 'Idempotency-Key': `refused-${keys}` } },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
};

const send = (body: object, key = corner.centreKey): Promise<Answer> =>
  service.ask('/v1/events', { key, body: JSON.stringify(body) });

const list = async (query: string, key?: string): Promise<readonly Wire[]> =>
  (await ask(`/v1/refused?${query}`, key)).body['data'] as readonly Wire[];

/** How many rows fit, over all pages. */
const count = async (query: string): Promise<number> => {
  let rows = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await ask(`/v1/refused?limit=1000&${query}${from}`);
    rows += (body['data'] as readonly Wire[]).length;
    cursor = body['nextCursor'] as string | null;
  }
  return rows;
};

/** The row of a refused event, once it is projected. */
const rowOf = (id: string): Promise<Wire> =>
  until(`${id} is projected`, async () => (await list(`id=${encodeURIComponent(id)}`))[0]);

const placeOf = ({ partition, offset }: Wire): string => `${partition}/${offset}`;

/** Sends what will be refused and waits for its row. */
const refusedRow = async (
  event: Readonly<Record<string, unknown>>,
  key?: string,
): Promise<Wire> => {
  expect((await send(event, key)).body).toMatchObject({ accepted: 0, refused: 1 });
  return rowOf(String(event['id']));
};

const account = { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen' };
const putMapping = (subjects: object): Promise<Answer> =>
  service.ask('/v1/centres/gz/mapping', {
    ...{ method: 'PUT', key: corner.operatorKey },
    body: JSON.stringify({ source: SOURCE, subjects }),
  });

beforeAll(async () => {
  corner = await openCorner();
  service = await corner.start();
  recorded = new LogWatch(corner.stack, 'usage.recorded');
  await recorded.start();
  await corner.putCentre('shantou', 'hz', 'active');
  hz = await corner.keyOf('shantou', 'hz');
}, 180_000);
afterAll(async () => {
  await recorded.stop();
  await corner.dispose();
}, 60_000);

describe('GET /v1/refused', () => {
  it('is filtered by centre, code, source, id, status and time', async () => {
    await refusedRow(withData('f-gz', { tokens: { input: -1 } }));
    await refusedRow(withData('f-hz', { centre: 'hz', tokens: { input: -1 } }), hz);
    await refusedRow(withData('f-own', { tokns: 1 }));
    const ids = async (query: string, key?: string) =>
      (await list(query, key)).map(({ id }) => id).sort();
    expect(await ids('code=NEGATIVE_QUANTITY')).toEqual(['f-gz', 'f-hz']);
    expect(await ids('centre=gz')).toEqual(['f-gz', 'f-own']);
    expect(await ids('centre=gz', hz)).toEqual([]);
    expect(await ids('', hz)).toEqual(['f-hz']);
    expect(await ids(`source=${encodeURIComponent(SOURCE)}&id=f-own`)).toEqual(['f-own']);
    expect(await ids('source=elsewhere')).toEqual([]);
    expect(await ids('status=open')).toEqual(['f-gz', 'f-hz', 'f-own']);
    expect(await ids('status=redriven')).toEqual([]);
    expect(await ids('from=2026-06-30T00:00:00Z')).toHaveLength(3);
    expect(await ids('to=2026-06-30T00:00:00Z')).toEqual([]);
  });

  it.each(['status=lost', 'from=yesterday', 'to=2026-02-30T00:00:00Z', 'id=', 'source=%00'])(
    'B20 refuses the query %s',
    async (query) => {
      const answer = await ask(`/v1/refused?${query}`);
      expect([answer.status, answer.body['code']]).toEqual([400, 'INVALID_QUERY']);
    },
  );
});

describe('GET /v1/refused/{partition}/{offset}', () => {
  it('R23 opens the bytes for the operator and the centre that sent them, for nobody else', async () => {
    const event = withData('raw-1', { tokens: { input: -1 }, buyer: 'canary' });
    const place = placeOf(await refusedRow(event));
    const rawBase64 = Buffer.from(JSON.stringify(event)).toString('base64');
    for (const key of [corner.operatorKey, corner.centreKey]) {
      const answer = await ask(`/v1/refused/${place}`, key);
      expect(answer.body).toMatchObject({ id: 'raw-1', door: 'events', rawBase64 });
    }
    for (const key of [hz, await corner.keyOf('other', 'gz'), await corner.keyOf('other', null)]) {
      expect((await ask(`/v1/refused/${place}`, key)).status).toBe(404);
    }
  });

  it.each(['0/x', '-1/0', '99999/0', '0/99999999999999999999'])('B20 %s is refused', async (at) => {
    expect((await ask(`/v1/refused/${at}`)).status).toBe(422);
  });
});

describe('POST /v1/refused/redrive', () => {
  const results = ({ body }: Answer) => body['results'] as readonly Record<string, unknown>[];

  it('takes what the directory of now allows, by the way of every event', async () => {
    const row = await refusedRow(usageEvent('later-1', { source: 'gz/new' }));
    expect(row).toMatchObject({ code: 'SOURCE_NOT_ALLOWED', status: 'open', attempts: 0 });
    const id = placeOf(row);
    const early = await post('redrive', { ids: [id] });
    expect(early.body).toMatchObject({ redriven: 0, refused: 1, unreadable: 0 });
    expect(results(early)).toMatchObject([
      { id, status: 'refused', code: 'SOURCE_NOT_ALLOWED', path: '$.source' },
    ]);
    expect(await rowOf('later-1')).toMatchObject({ status: 'open', attempts: 1 });
    await service.ask('/v1/api-keys', {
      ...{ key: corner.operatorKey, headers: { 'Idempotency-Key': 'gz-new' } },
      body: JSON.stringify({ role: 'centre', party: 'gz', sources: ['gz/new'] }),
    });
    const answer = await post('redrive', { ids: [id] });
    expect(answer.body).toMatchObject({ redriven: 1, refused: 0, nextCursor: null, max: 1_000 });
    const [record] = await recorded.find((value) => value.id === 'later-1');
    expect(record?.value).toMatchObject({ source: 'gz/new', centre: 'gz', tenant: 'shantou' });
    expect(await rowOf('later-1')).toMatchObject({
      ...{ status: 'redriven', attempts: 2, code: 'SOURCE_NOT_ALLOWED' },
      accepted: { source: 'gz/new', id: 'later-1' },
    });
    expect((await post('redrive', { ids: [id] })).body).toMatchObject({ results: [] });
  });

  it('ADR 0050 reads bodies of foreign dialects again, with the headers that stood around them', async () => {
    await putMapping({});
    const around = { time: '2026-06-15T10:00:00Z', subject: 'key-9', model: 'm-chat' };
    const response = bodyOf('anthropic');
    const headers = {
      ...{ 'ce-id': 'binary-9', 'ce-time': around.time, 'ce-subject': 'key-9' },
      ...{ 'ce-model': 'm-chat', 'ce-mark': 'kept' },
    };
    const key = corner.centreKey;
    const asItem = JSON.stringify({ ...around, id: 'item-9', response });
    const stream = `data: ${JSON.stringify({ type: 'message_start', message: response })}\n\n`;
    await service.ask('/v1/usage/anthropic', { key, body: asItem });
    await service.ask('/v1/usage/anthropic', { key, headers, body: JSON.stringify(response) });
    await service.ask('/v1/usage/anthropic', {
      ...{ key, body: stream },
      headers: { ...headers, 'ce-id': 'stream-9', 'Content-Type': 'text/event-stream' },
    });
    const ids = ['item-9', 'binary-9', 'stream-9'];
    for (const id of ids) expect((await rowOf(id)).code).toBe('SUBJECT_UNKNOWN');
    await putMapping({ 'key-9': account });
    await new Promise((resolve) => setTimeout(resolve, 600));
    const answer = await post('redrive', { code: 'SUBJECT_UNKNOWN', centre: 'gz' });
    expect(answer.body).toMatchObject({ redriven: 3, refused: 0, unreadable: 0 });
    for (const id of ids) {
      const [record] = await recorded.find((value) => value.id === id);
      expect(record?.value).toMatchObject({ ...account, kinds: kindsOfBodies['anthropic'] });
      const extensions = id === 'item-9' ? {} : { mark: 'kept' };
      expect(record?.value.extensions).toEqual(extensions);
    }
  });

  it('keeps what is refused again, with the new code', async () => {
    const body = {
      ...{ id: 'twice-bad', subject: 'key-10', model: 'm', time: '2026-06-15T10:00:00Z' },
      ...{ endUserCountry: 'XX!', response: bodyOf('qwen') },
    };
    const key = corner.centreKey;
    await service.ask('/v1/usage/qwen', { key, body: JSON.stringify(body) });
    const row = await rowOf('twice-bad');
    expect(row.code).toBe('SUBJECT_UNKNOWN');
    await putMapping({ 'key-10': account });
    await new Promise((resolve) => setTimeout(resolve, 600));
    await post('redrive', { ids: [placeOf(row)] });
    expect(await rowOf('twice-bad')).toMatchObject({ status: 'open', code: 'INVALID_COUNTRY' });
    expect(await list('code=SUBJECT_UNKNOWN&id=twice-bad')).toEqual([]);
  });

  it('B49 drives nothing of a suspended centre, and nothing of another’s', async () => {
    const row = await refusedRow(withData('sus', { centre: 'hz', tokens: { input: -1 } }), hz);
    const order = { ids: [placeOf(row)] };
    expect((await post('redrive', order, corner.centreKey)).body['results']).toEqual([]);
    await corner.putCentre('shantou', 'hz', 'suspended');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(results(await post('redrive', order))).toMatchObject([
      { status: 'refused', code: 'CENTRE_SUSPENDED' },
    ]);
    await corner.putCentre('shantou', 'hz', 'active');
  });

  it('goes on where the page before has ended', async () => {
    const lines = Array.from({ length: 1_003 }, (_, index) =>
      JSON.stringify(withData(`many-${index}`, { tokens: { input: -1 } })),
    );
    const headers = { 'Content-Type': 'application/x-ndjson' };
    await service.ask('/v1/events', { key: corner.centreKey, headers, body: lines.join('\n') });
    // Chunks of a stream are refused side by side, so the last line may come before others.
    // f-gz and raw-1 fit too.
    const rows = lines.length + 2;
    const isWhole = async () => (await count('centre=gz&code=NEGATIVE_QUANTITY')) === rows;
    await until('every line is projected', async () => (await isWhole()) || undefined);
    const all = { centre: 'gz', code: 'NEGATIVE_QUANTITY', from: '2026-06-01T00:00:00Z' };
    const first = await post('redrive', all);
    expect(first.body).toMatchObject({ redriven: 0, refused: 1_000 });
    const next = await post('redrive', { ...all, cursor: first.body['nextCursor'] });
    expect(next.body).toMatchObject({ nextCursor: null });
    expect(next.body['refused']).toBe(5);
  }, 60_000);

  it('says so where a record does not tell how it is read', async () => {
    const { kafka, prefix } = corner.stack;
    const producer = new LogProducer({ kafka, prefix });
    await producer.connect();
    const value = encode('usage.refused', {
      ...{ tenant: 'shantou', centre: 'gz', source: null, id: 'no-door', code: 'OLD', path: '$' },
      ...{ detail: '', receivedAt: 1n, sealedRaw: Buffer.from('x'), keyId: 'k', requestId: 'r' },
    });
    await producer.send('usage.refused', [{ key: Buffer.from('gz'), value }]);
    await producer.disconnect();
    const place = placeOf(await rowOf('no-door'));
    expect(results(await post('redrive', { ids: [place] }))).toMatchObject([
      { id: place, status: 'unreadable', code: 'KEY_DESTROYED' },
    ]);
    await corner.stack.asSuperuser(
      `update refused r set sealed = f.sealed, key_id = f.key_id
       from refused f where f.event_id = 'f-gz' and r.event_id = 'no-door'`,
    );
    expect(results(await post('redrive', { ids: [place] }))).toMatchObject([
      { id: place, status: 'unreadable', code: 'DOOR_UNKNOWN' },
    ]);
    expect(await rowOf('no-door')).toMatchObject({ status: 'open', attempts: 0 });
  });

  it('D08 killed between the log and its mark, is driven twice, which its identity makes harmless', async () => {
    const row = await refusedRow(usageEvent('killed-1', { source: 'gz/late' }));
    await service.ask('/v1/api-keys', {
      ...{ key: corner.operatorKey, headers: { 'Idempotency-Key': 'gz-late' } },
      body: JSON.stringify({ role: 'centre', party: 'gz', sources: ['gz/late'] }),
    });
    const doomed = await corner.start({ CRASH_AT: 'refused.sent-before-mark' });
    const order = { key: corner.operatorKey, body: JSON.stringify({ ids: [placeOf(row)] }) };
    const headers = { 'Idempotency-Key': 'doomed' };
    await expect(doomed.ask('/v1/refused/redrive', { ...order, headers })).rejects.toThrow();
    expect(await rowOf('killed-1')).toMatchObject({ status: 'open', attempts: 0 });
    expect((await post('redrive', { ids: [placeOf(row)] })).body).toMatchObject({ redriven: 1 });
    const both = await recorded.find(({ id }) => id === 'killed-1', 2);
    expect(both[1]).toEqual(both[0]);
  }, 120_000);

  it.each([
    ['no id', { ids: [] }, 'INVALID_VALUE'],
    ['an id of another form', { ids: ['7'] }, 'INVALID_VALUE'],
    ['a field that is none', { reason: 'X' }, 'UNKNOWN_FIELD'],
  ])('B18 refuses an order with %s', async (_name, order, code) => {
    const answer = await post('redrive', order);
    expect([answer.status, answer.body['code']]).toEqual([422, code]);
  });

  it('B21 needs an Idempotency-Key', async () => {
    const request = { key: corner.operatorKey, body: '{}' };
    const answer = await service.ask('/v1/refused/redrive', request);
    expect([answer.status, answer.body['code']]).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
  });
});

describe('POST /v1/refused/{partition}/{offset}/repair', () => {
  it('puts the corrected event in its place, once, as the centre’s own', async () => {
    const row = await refusedRow(withData('fix-1', { tokens: { input: -5 } }));
    const path = `${placeOf(row)}/repair`;
    const inexact = await post(path, withInput('fix-1', '9007199254740993'), corner.centreKey);
    expect([inexact.status, inexact.body['code']]).toEqual([400, 'INEXACT_NUMBER']);
    const wrong = await post(path, withInput('fix-1', '"-1"'), corner.centreKey);
    expect([wrong.status, wrong.body['code']]).toEqual([422, 'NEGATIVE_QUANTITY']);
    expect(wrong.body['errors']).toMatchObject([{ path: '$.data.tokens.input' }]);
    expect(await rowOf('fix-1')).toMatchObject({ status: 'open', attempts: 0 });
    const foreign = await post(path, withData('fix-1', {}), hz);
    expect(foreign.status).toBe(404);
    const repaired = await post(
      path,
      withData('fix-1', { tokens: { input: 5 } }),
      corner.centreKey,
    );
    expect([repaired.status, repaired.body]).toMatchObject([
      200,
      { status: 'repaired', attempts: 1, accepted: { source: SOURCE, id: 'fix-1' } },
    ]);
    const [record] = await recorded.find(({ id }) => id === 'fix-1');
    expect(record?.value.kinds).toEqual({ input: 5n });
    const again = await post(path, withData('fix-1', { tokens: { input: 5 } }));
    expect([again.status, again.body['code']]).toEqual([409, 'NOT_OPEN']);
  });

  it('takes no event of another centre, from the operator neither', async () => {
    const row = await refusedRow(withData('fix-2', { tokens: { input: -5 } }));
    const answer = await post(`${placeOf(row)}/repair`, withData('fix-2', { centre: 'hz' }));
    expect([answer.status, answer.body['code']]).toEqual([422, 'CENTRE_MISMATCH']);
  });

  it('of a record that is not there is 404', async () => {
    expect((await post('7/999999/repair', usageEvent('none'))).status).toBe(404);
  });
});

describe('POST /v1/refused/{partition}/{offset}/dismiss', () => {
  it('keeps the record with the reason, and is not driven again', async () => {
    const row = await refusedRow(withData('gone-1', { tokens: { input: -1 } }));
    const path = `${placeOf(row)}/dismiss`;
    expect((await post(path, { reason: ' ' })).status).toBe(422);
    const answer = await post(path, { reason: 'A test of the centre.' });
    expect(answer.body).toMatchObject({ status: 'dismissed', reason: 'A test of the centre.' });
    expect((await post(path, { reason: 'Again.' })).body).toEqual(answer.body);
    expect((await post('redrive', { ids: [placeOf(row)] })).body['results']).toEqual([]);
    expect((await list('status=dismissed')).map(({ id }) => id)).toEqual(['gone-1']);
  });
});

describe('R2 the list read again from the log', () => {
  it('has the same rows, and what was done about them', async () => {
    const rows = () =>
      corner.stack.asSuperuser(
        'select * from refused where event_id is distinct from $1 order by partition, log_offset',
        ['no-door'],
      );
    const before = await rows();
    await service.stop();
    await corner.stack.asSuperuser('truncate refused');
    // The database lets no offset go back; whoever rebuilds a projection is above that.
    await corner.stack.asSuperuser(
      'set session_replication_role = replica; update consumer_offset set next_offset = 0',
    );
    service = await corner.start();
    await until(
      'all is read again',
      async () => ((await rows()).length === before.length ? true : undefined),
      60_000,
    );
    expect(await rows()).toEqual(before);
    expect(await rowOf('gone-1')).toMatchObject({ status: 'dismissed' });
    expect(await rowOf('later-1')).toMatchObject({ status: 'redriven', attempts: 2 });
  }, 120_000);
});
