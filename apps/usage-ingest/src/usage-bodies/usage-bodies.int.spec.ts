import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { LogWatch } from '../../test/log-watch.js';
import { bodyOf, kindsOfBodies } from '../../test/provider-bodies.js';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, Request, ServiceProcess } from '../../test/running-service.js';
import { SOURCE } from '../../test/usage-event.js';

let corner: Corner;
let service: ServiceProcess;
let recorded: LogWatch<'usage.recorded'>;

const account = { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen' };
const mapping = {
  source: SOURCE,
  subjects: { 'key-7': account },
  dialects: {
    bedrock: {
      counts: [
        { kind: 'input', at: '/usage/inputTokens' },
        { kind: 'cached_input', at: '/usage/cacheReadInputTokens' },
        { kind: 'output', at: '/usage/outputTokens' },
      ],
      total: '/usage/totalTokens',
    },
  },
};

const put = (change: object = {}): Promise<Answer> =>
  service.ask('/v1/centres/gz/mapping', {
    ...{ method: 'PUT', key: corner.operatorKey },
    body: JSON.stringify({ ...mapping, ...change }),
  });
const send = (dialect: string, request: Request): Promise<Answer> =>
  service.ask(`/v1/usage/${dialect}`, { key: corner.centreKey, ...request });
const sendJson = (dialect: string, body: unknown): Promise<Answer> =>
  send(dialect, { body: JSON.stringify(body) });
const resultsOf = ({ body }: Answer): readonly Readonly<Record<string, unknown>>[] =>
  body['results'] as readonly Readonly<Record<string, unknown>>[];

const around = { time: '2026-06-15T10:00:00Z', subject: 'key-7', model: 'm-chat' };

beforeAll(async () => {
  corner = await openCorner();
  service = await corner.start({ LATE_LIMIT_DAYS: '60' });
  recorded = new LogWatch(corner.stack, 'usage.recorded');
  await recorded.start();
  await put();
}, 180_000);
afterAll(async () => {
  await recorded.stop();
  await corner.dispose();
}, 60_000);

describe('a body in each dialect', () => {
  it.each(Object.keys(kindsOfBodies))(
    '%s is read back from the log with its kinds',
    async (name) => {
      const answer = await sendJson(name, {
        ...around,
        id: `json-${name}`,
        response: bodyOf(name),
      });
      expect([answer.status, answer.body]).toEqual([
        202,
        {
          ...{ accepted: 1, refused: 0 },
          results: [{ index: 0, id: `json-${name}`, status: 'accepted' }],
        },
      ]);
      const [record] = await recorded.find(({ id }) => id === `json-${name}`);
      expect(record?.value).toMatchObject({
        ...{ tenant: 'shantou', source: SOURCE, centre: 'gz', ...account, modelOrdered: 'm-chat' },
        ...{ kinds: kindsOfBodies[name], outcome: 'complete', finality: 'final' },
      });
    },
  );

  it('has the provider’s id, time and model where the sender gives none', async () => {
    const answer = await sendJson('openai-chat', {
      subject: 'key-7',
      response: bodyOf('openai-chat'),
    });
    expect(resultsOf(answer)).toMatchObject([{ id: 'chatcmpl-1', status: 'accepted' }]);
    const [record] = await recorded.find(({ id }) => id === 'chatcmpl-1');
    expect(record?.value).toMatchObject({
      ...{ modelOrdered: 'gpt-5.2-2025-12-11', modelServed: null, serviceTier: 'default' },
      time: 1_781_517_600_000_000n,
    });
  });

  it('in binary mode is the body as it came, with CloudEvents headers', async () => {
    const headers = {
      ...{ 'ce-specversion': '1.0', 'ce-id': 'binary-1', 'ce-source': SOURCE, 'ce-type': 'x' },
      ...{ 'ce-time': '2026-06-15T10:00:00Z', 'ce-subject': 'key-7', 'ce-model': 'm-chat' },
      ...{ 'ce-enduser': 'caf%C3%A9', 'ce-traceparent': '00-4bf9' },
    };
    const body = JSON.stringify(bodyOf('anthropic'));
    expect((await send('anthropic', { body, headers })).body['accepted']).toBe(1);
    const [record] = await recorded.find(({ id }) => id === 'binary-1');
    expect(record?.value).toMatchObject({
      ...{ kinds: kindsOfBodies['anthropic'], endUser: 'café' },
      extensions: { traceparent: '00-4bf9' },
      metadata: { cacheWrite1h: '20' },
    });
  });

  it('new-api#5288 as a recorded stream that was cut is provisional', async () => {
    const start = { type: 'message_start', message: { ...bodyOf('anthropic'), stop_reason: null } };
    const stream = `event: message_start\ndata: ${JSON.stringify(start)}\n\nevent: content_block_delta\ndata: {"type":"conte`;
    const headers = {
      ...{ 'Content-Type': 'text/event-stream', 'ce-id': 'cut-1', 'ce-subject': 'key-7' },
      'ce-time': '2026-06-15T10:00:00Z',
    };
    expect((await send('anthropic', { body: stream, headers })).body['accepted']).toBe(1);
    const [record] = await recorded.find(({ id }) => id === 'cut-1');
    expect(record?.value).toMatchObject({
      ...{ kinds: kindsOfBodies['anthropic'], outcome: 'cut', finality: 'provisional' },
    });
  });

  it('new-api#7241 of the finished call corrects what the cut stream had told', async () => {
    const final = { id: 'final-1', correctsId: 'cut-1', revision: 1 };
    const answer = await sendJson('anthropic', {
      ...around,
      ...final,
      response: bodyOf('anthropic'),
    });
    expect(answer.body['accepted']).toBe(1);
    const [record] = await recorded.find(({ id }) => id === 'final-1');
    const [original] = await recorded.find(({ id }) => id === 'cut-1');
    expect(record?.value).toMatchObject({ correction: 'correct', finality: 'final' });
    expect(record?.key).toBe(original?.key);
  });

  it('R22 in a dialect of the centre’s own configuration', async () => {
    const usage = { inputTokens: 22, outputTokens: 13, cacheReadInputTokens: 5, totalTokens: 40 };
    const answer = await sendJson('bedrock', { ...around, id: 'bedrock-1', response: { usage } });
    expect(answer.body['accepted']).toBe(1);
    const [record] = await recorded.find(({ id }) => id === 'bedrock-1');
    expect(record?.value.kinds).toEqual({ input: 22n, cached_input: 5n, output: 13n });
  });

  it('litellm#38176 meets the same call that came as an event of our own', async () => {
    const body = { ...around, id: 'twice-1', response: bodyOf('qwen') };
    await sendJson('qwen', body);
    const event = {
      ...{ specversion: '1.0', type: 'suanpan.usage.v1', source: SOURCE, id: 'twice-1' },
      ...{ time: around.time, subject: 'key-7' },
      data: { ...account, centre: 'gz', model: 'm-chat', tokens: { input: 1 } },
    };
    await service.ask('/v1/events', { key: corner.centreKey, body: JSON.stringify(event) });
    const both = await recorded.find(({ id }) => id === 'twice-1', 2);
    expect(new Set(both.map(({ key, partition }) => `${key} ${partition}`)).size).toBe(1);
  });
});

describe('scene A1', () => {
  const usage = {
    ...{ prompt_tokens: 2_000, completion_tokens: 500 },
    completion_tokens_details: { reasoning_tokens: 200 },
  };
  const item = (id: string, time: string, response: object) => ({ ...around, id, time, response });

  it('c3, c4 and c8 in one batch: two are taken, the third contradicts itself', async () => {
    const cached = {
      prompt_tokens: 100,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 101 },
    };
    const answer = await sendJson('openai-chat', [
      item('c3', '2026-05-15T16:59:59.999999Z', { usage }),
      item('c4', '2026-05-15T17:00:00Z', { usage }),
      item('c8', '2026-05-10T00:00:00Z', { usage: cached }),
    ]);
    expect([answer.status, answer.body['accepted'], answer.body['refused']]).toEqual([202, 2, 1]);
    expect(resultsOf(answer)[2]).toMatchObject({
      ...{ index: 2, id: 'c8', status: 'refused', code: 'INCONSISTENT_COUNTS' },
      path: '$.response.usage.prompt_tokens_details',
    });
    for (const id of ['c3', 'c4']) {
      const [record] = await recorded.find((value) => value.id === id);
      expect(record?.value.kinds).toEqual({ input: 2_000n, output: 300n, reasoning: 200n });
    }
  });
});

describe('what is refused', () => {
  it.each([
    ['no usage', { response: { id: 'x' } }, 'USAGE_MISSING', '$.response'],
    ['no model', { model: null, response: bodyOf('qwen') }, 'MODEL_REQUIRED', '$.model'],
    ['no response', {}, 'FIELD_REQUIRED', '$.response'],
    ['no time', { time: null, response: bodyOf('qwen') }, 'INVALID_TIME', '$.time'],
    [
      'an unknown subject',
      { subject: 'key-8', response: bodyOf('qwen') },
      'SUBJECT_UNKNOWN',
      '$.subject',
    ],
    [
      'a field that is none of ours',
      { tokenz: 1, response: bodyOf('qwen') },
      'UNKNOWN_FIELD',
      '$.tokenz',
    ],
    [
      'counts beside the body',
      { tokens: { input: 1 }, response: bodyOf('qwen') },
      'UNKNOWN_FIELD',
      '$.tokens',
    ],
    ['another centre', { centre: 'hz', response: bodyOf('qwen') }, 'CENTRE_MISMATCH', '$.centre'],
  ])('N7 R22 %s', async (...[, change, code, path]) => {
    const answer = await sendJson('qwen', { ...around, id: 'bad', ...change });
    expect([answer.status, resultsOf(answer)]).toMatchObject([
      202,
      [{ index: 0, id: 'bad', status: 'refused', code, path }],
    ]);
  });

  it('B40 a count that a double would make whole, and a key that stands twice', async () => {
    const inexact = `{"id":"e","response":{"usage":{"prompt_tokens":0.99999999999999999999,"completion_tokens":1}}}`;
    expect(resultsOf(await send('openai-chat', { body: inexact }))[0]).toMatchObject({
      code: 'NOT_INTEGER',
    });
    const twice = `{"id":"t","response":{"usage":{"prompt_tokens":1,"prompt_tokens":2,"completion_tokens":1}}}`;
    expect(resultsOf(await send('openai-chat', { body: twice }))[0]).toMatchObject({
      code: 'DUPLICATE_KEY',
    });
    const headers = { 'Content-Type': 'text/event-stream', 'ce-id': 's' };
    const body = `data: {"usage":{"prompt_tokens":0.99999999999999999999,"completion_tokens":1}}\n\n`;
    expect(resultsOf(await send('openai-chat', { body, headers }))[0]).toMatchObject({
      ...{ id: 's', code: 'NOT_INTEGER', path: '$[0].usage.prompt_tokens' },
    });
  });

  it.each([
    ['an unknown dialect', 'klingon', { body: '{}' }, 404, 'DIALECT_UNKNOWN'],
    [
      'a media type',
      'qwen',
      { body: 'x', headers: { 'Content-Type': 'text/plain' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['an empty body', 'qwen', { body: '' }, 400, 'EMPTY_BODY'],
    ['an empty batch', 'qwen', { body: '[]' }, 400, 'EMPTY_BATCH'],
    [
      'a specversion',
      'qwen',
      { body: '{}', headers: { 'ce-specversion': '2.0' } },
      400,
      'UNSUPPORTED_SPECVERSION',
    ],
    [
      'half of a percent code',
      'qwen',
      { body: '{}', headers: { 'ce-id': '%E4%' } },
      400,
      'INVALID_ENVELOPE',
    ],
    [
      'B09 a body beyond 1 MiB in binary mode',
      'qwen',
      { body: `{"x":"${'x'.repeat(1_048_576)}"}`, headers: { 'ce-id': '1' } },
      413,
      'PAYLOAD_TOO_LARGE',
    ],
  ])('%s, whole', async (...[, dialect, request, status, code]) => {
    const answer = await send(dialect, request);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(service.alive).toBe(true);
  });

  it('names the dialects that are known, also the centre’s own', async () => {
    expect(String((await send('klingon', { body: '{}' })).body['detail'])).toMatch(
      /gemini, bedrock/,
    );
  });
});

describe('R22 a changed mapping', () => {
  it('is used within a second', async () => {
    const item = { ...around, id: 'new-subject', subject: 'key-9', response: bodyOf('qwen') };
    expect(resultsOf(await sendJson('qwen', item))[0]).toMatchObject({ code: 'SUBJECT_UNKNOWN' });
    await put({ subjects: { 'key-9': account } });
    const accepted = async (): Promise<true | undefined> =>
      (await sendJson('qwen', item)).body['accepted'] === 1 ? true : undefined;
    expect(await until('the new subject is known', accepted, 1_000)).toBe(true);
    await put();
  });
});
