/**
 * D4: what a person must not leave behind is nowhere: not in the logs, not in the stores of usage, not
 * on the topics.
 *
 * Shape       canaries are planted wherever a centre can put what is not asked for; afterwards every
 *             byte of the services' logs, of every table of usage and of the topics' files is looked at,
 *             in UTF-8, in base64 and, for bytea, in hex.
 * Source      requirement D4; ruling R23
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as scene from './scene-a.js';
import { about, openTenant, sql, type Tenant, until } from './world.js';

const CANARIES = {
  'e-mail': 'd4.canary.person@example.org',
  phone: '+8613900137777',
  'id number': '440507199001019247',
  key: 'sk-d4canaryZ8fQ2mT7wLxK4vB1',
} as const;
const ALL = Object.values(CANARIES).join(' ');

const SCHEMAS = ['ingest', 'access', 'pricing'];
const TOPICS = ['usage.recorded', 'usage.refused', 'usage.quarantined', 'usage.rated'];

/** The ways in which a text may lie in bytes; base64 at each of its three places. */
const formsOf = (text: string): readonly string[] => {
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), Buffer.from(text)])
      .toString('base64')
      .slice(4, -4),
  );
  return [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), ...base64];
};
const FORMS = Object.values(CANARIES).flatMap(formsOf);

const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });

/** The files that hold a canary. */
const holding = (paths: readonly string[]): readonly string[] =>
  paths.filter((path) => {
    const bytes = readFileSync(path);
    return FORMS.some((form) => bytes.includes(form));
  });

const topicFiles = (): readonly string[] =>
  filesUnder(join(about().home, 'kafka')).filter(
    (path) => path.endsWith('.log') && TOPICS.some((topic) => path.includes(`/${topic}-`)),
  );

interface Table {
  readonly schema: string;
  readonly name: string;
}

/** The tables that hold a canary, as text or as the hex of bytes. */
const tablesHolding = async (): Promise<readonly string[]> => {
  const tables = await sql<Table>(
    `select schemaname as schema, tablename as name from pg_tables where schemaname = any($1)`,
    [SCHEMAS],
  );
  expect(tables.length).toBeGreaterThan(30);
  const hex = Object.values(CANARIES).map((text) => Buffer.from(text).toString('hex'));
  const patterns = [...FORMS, ...hex].map((form) => `%${form.replaceAll(/[%_\\]/g, '\\$&')}%`);
  const found: string[] = [];
  for (const { schema, name } of tables) {
    const [row] = await sql<{ held: boolean }>(
      `select exists (select from ${schema}."${name}" t where t::text like any($1)) as held`,
      [patterns],
    );
    if (row?.held === true) found.push(`${schema}.${name}`);
  }
  return found;
};

let tenant: Tenant;
let centreKey = '';

/** A door's answer, refused or not: it is the sender's own and may say what it sent. */
const offer = async (path: string, body: unknown, headers: object = {}): Promise<number> => {
  const answer = await fetch(`${about().urls['usage-ingest']}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${centreKey}`,
      'x-note': CANARIES.key,
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return answer.status;
};

const message = { role: 'assistant', content: `Write to ${ALL}.`, refusal: ALL };
const response = (id: string) => ({
  ...{ id, object: 'chat.completion', created: 1_779_246_000, model: 'm-chat', user: ALL },
  choices: [{ index: 0, message, finish_reason: 'stop', logprobs: { content: ALL } }],
  usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
});
const call = (id: string, over: object = {}) => {
  const one = scene.event({ id, time: '2026-05-08T03:00:00Z', tokens: scene.tokens(1, 0, 1, 0) });
  return { ...one, data: { ...one.data, ...over } };
};

beforeAll(async () => {
  tenant = await openTenant('d4');
  await tenant.ingest.put(`/v1/centres/${scene.CENTRE}`, {
    name: 'D4',
    country: 'CN',
    status: 'active',
  });
  const order = { role: 'centre', party: scene.CENTRE, sources: [scene.SOURCE] };
  const issued = await tenant.ingest.post<{ apiKey: string }>('/v1/api-keys', order, 'd4-centre');
  centreKey = issued.apiKey;
  await tenant.ingest.put(`/v1/centres/${scene.CENTRE}/mapping`, {
    source: scene.SOURCE,
    fallback: { contract: scene.CONTRACT, buyer: 'bintang-toys' },
  });
}, 60_000);

describe('D4 an e-mail, a phone, an id number and a key', () => {
  it('sent in prompts and answers, in what is refused, in headers and addresses', async () => {
    const stream = [
      { id: 'd4-stream', model: 'm-chat', choices: [{ index: 0, delta: { content: ALL } }] },
      { id: 'd4-stream', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
    ].map((piece) => `data: ${JSON.stringify(piece)}\n\n`);
    const sse = {
      ...{ 'content-type': 'text/event-stream', 'ce-id': 'd4-stream' },
      'ce-time': '2026-05-08T03:00:00Z',
    };
    const span = {
      ...{ traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', name: ALL },
      endTimeUnixNano: '1779246000000000000',
      attributes: [
        ['gen_ai.operation.name', 'chat'],
        ['gen_ai.request.model', 'm-chat'],
        ['gen_ai.usage.input_tokens', '7'],
        ['gen_ai.usage.output_tokens', '1'],
        ['gen_ai.input.messages', ALL],
        ['gen_ai.prompt', ALL],
      ].map(([key, stringValue]) => ({ key, value: { stringValue } })),
    };
    const traces = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
    const statuses = [
      await offer('/v1/usage/openai-chat', { id: 'd4-body', response: response('d4-1') }),
      await offer('/v1/usage/openai-chat', `${stream.join('')}data: [DONE]\n\n`, sse),
      await offer('/v1/traces', traces),
      await offer('/v1/events', call('d4-unknown', { [CANARIES['e-mail']]: ALL })),
      await offer('/v1/events', call('d4-value', { endUserCountry: ALL, latencyMs: ALL })),
      await offer('/v1/events', { ...call('d4-time'), time: ALL }),
      await offer('/v1/events', `{"id":"d4-cut","note":"${ALL}"`),
      await offer('/v1/events', `${JSON.stringify(call('d4-line', { nope: ALL }))}\n"${ALL}`, {
        'content-type': 'application/x-ndjson',
      }),
      await offer('/v1/events', call('d4-key'), { authorization: `Bearer ${CANARIES.key}` }),
      await offer(`/v1/events?email=${encodeURIComponent(CANARIES['e-mail'])}`, call('d4-query')),
      await offer(`/v1/none/${encodeURIComponent(CANARIES.phone)}`, '{}'),
    ];
    expect(statuses.slice(0, 6)).toEqual([202, 202, 200, 202, 202, 202]);
    expect(statuses.slice(6)).toEqual([400, 202, 401, 202, 404]);
    // d4-body, d4-stream, the span and d4-query were accepted.
    await tenant.handled(4);
    await until('all that was refused is listed', async () => {
      const rows = await tenant.ingest.all<{ id: string }>('/v1/refused', 'data');
      return rows.length >= 5 ? rows : null;
    });
  }, 60_000);

  it('a repair that is refused leaves nothing either', async () => {
    const [row] = await tenant.ingest.all<{ partition: number; offset: string }>(
      '/v1/refused?id=d4-value',
      'data',
    );
    const path = `/v1/refused/${row?.partition}/${row?.offset}/repair`;
    const repair = tenant.ingest.post(path, call('d4-value', { endUserCountry: ALL }), 'd4-repair');
    await expect(repair).rejects.toThrow('INVALID_COUNTRY');
  });

  it('are in no log', () => {
    const logs = filesUnder(join(about().home, 'logs'));
    expect(logs.length).toBeGreaterThan(3);
    expect(holding(logs)).toEqual([]);
  });

  it('are in no table of ingest, access and pricing', async () => {
    expect(await tablesHolding()).toEqual([]);
  }, 60_000);

  it('are on no topic of usage, though the sealed bytes of what was refused are', () => {
    const files = topicFiles();
    expect(files.length).toBeGreaterThan(80);
    expect(files.some((path) => readFileSync(path).includes('d4-unknown'))).toBe(true);
    expect(holding(files)).toEqual([]);
  });

  it('are shown to those who sent them, and to the operator, who opens the seal', async () => {
    const [row] = await tenant.ingest.all<{ partition: number; offset: string }>(
      '/v1/refused?id=d4-unknown',
      'data',
    );
    const opened = await tenant.ingest.get<{ rawBase64: string }>(
      `/v1/refused/${row?.partition}/${row?.offset}`,
    );
    expect(Buffer.from(opened.rawBase64, 'base64').toString()).toContain(ALL);
  });
});
