import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { liteLlm, openMeterSdk } from '@suanpan/local-stack';
import { until } from '@suanpan/platform-testing';
import { KafkaProxy } from '../../test/kafka-proxy.js';
import { countRecords, LogWatch } from '../../test/log-watch.js';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../../test/running-service.js';
import { sceneCalls } from '../../test/scene-calls.js';
import { SOURCE, usageEvent } from '../../test/usage-event.js';
import type { Json } from '../../test/usage-event.js';

const run = promisify(execFile);
const LITELLM_CLIENT = fileURLToPath(new URL('../../test/litellm-client.py', import.meta.url));
const silent = (): void => undefined;

let corner: Corner;
let proxy: KafkaProxy;
/** At the machine's time: the clients stamp their events themselves. */
let service: ServiceProcess;
/** At the tests' time. */
let simulated: ServiceProcess;
let key: string;
let recorded: LogWatch<'usage.recorded'>;
let refused: LogWatch<'usage.refused'>;

const MAPPING = {
  source: SOURCE,
  subjects: { shenzhen: { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen' } },
};

beforeAll(async () => {
  corner = await openCorner();
  proxy = new KafkaProxy(corner.env['KAFKA_BROKERS'] ?? '');
  await proxy.open();
  [service, simulated] = await Promise.all([
    corner.start({ SIMULATED_NOW: '' }),
    corner.start({ LATE_LIMIT_DAYS: '90', KAFKA_BROKERS: proxy.brokers }),
  ]);
  recorded = new LogWatch(corner.stack, 'usage.recorded');
  refused = new LogWatch(corner.stack, 'usage.refused');
  await Promise.all([recorded.start(), refused.start()]);
  const put = await service.ask('/v1/centres/gz/mapping', {
    method: 'PUT',
    key: corner.operatorKey,
    body: JSON.stringify(MAPPING),
  });
  expect(put.status).toBe(200);
  const sources = ['@openmeter/sdk', 'litellm-proxy', SOURCE];
  const body = JSON.stringify({ role: 'centre', party: 'gz', sources });
  const headers = { 'Idempotency-Key': 'openmeter' };
  const issued = await service.ask('/v1/api-keys', { key: corner.operatorKey, body, headers });
  expect(issued.status).toBe(201);
  key = String(issued.body['apiKey']);
}, 180_000);
afterAll(async () => {
  await Promise.all([recorded.stop(), refused.stop()]);
  await corner.dispose();
  await proxy.shut();
}, 60_000);

const readBack = async (id: string) => {
  const [seen] = await recorded.find((value) => value.id === id);
  return seen?.value;
};

interface SdkError {
  readonly status: number;
  readonly message: string;
}

interface Sdk {
  readonly OpenMeter: new (options: { baseUrl: string; apiKey: string }) => {
    readonly events: { ingest(events: unknown): Promise<unknown> };
  };
}

describe('the unmodified OpenMeter SDK', () => {
  it('sends an event, and a batch; a refusal is an error that says why', async () => {
    const { OpenMeter } = (await import(await openMeterSdk(silent))) as Sdk;
    const client = new OpenMeter({ baseUrl: service.url, apiKey: key });
    const data = { model: 'm-chat', prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const time = new Date();
    const event = { type: 'tokens', subject: 'shenzhen', time, data };
    await client.events.ingest({ ...event, id: 'sdk-1' });
    await client.events.ingest([
      { ...event, id: 'sdk-2', data: { model: 'm-chat', tokens: '123456', type: 'output' } },
      { ...event, id: 'sdk-3' },
    ]);
    expect(await readBack('sdk-1')).toMatchObject({
      ...{ source: '@openmeter/sdk', subject: 'shenzhen', contract: 'contract-shenzhen' },
      ...{ buyer: 'buyer-shenzhen', centre: 'gz', time: BigInt(time.getTime()) * 1_000n },
      ...{ modelOrdered: 'm-chat', kinds: { input: 10n, output: 5n }, kindsIncomplete: true },
    });
    expect((await readBack('sdk-2'))?.kinds).toEqual({ output: 123_456n });
    expect((await readBack('sdk-3'))?.kinds).toEqual({ input: 10n, output: 5n });
    const error = await client.events
      .ingest([
        { ...event, id: 'sdk-4' },
        { ...event, id: 'sdk-5', subject: 'nobody' },
      ])
      .then(
        () => null,
        (thrown: unknown) => thrown as SdkError,
      );
    expect([error?.status, error?.message]).toEqual([
      422,
      expect.stringContaining('1 of 2 events refused, 1 recorded; the first: SUBJECT_UNKNOWN'),
    ]);
    await readBack('sdk-4');
  }, 120_000);

  it('mints an id when the caller gives none, and the event is recorded', async () => {
    const { OpenMeter } = (await import(await openMeterSdk(silent))) as Sdk;
    const client = new OpenMeter({ baseUrl: service.url, apiKey: key });
    const data = { model: 'm-minted', prompt_tokens: 1, completion_tokens: 1 };
    await client.events.ingest({ type: 'tokens', subject: 'shenzhen', data });
    await recorded.find(({ modelOrdered }) => modelOrdered === 'm-minted');
  }, 60_000);
});

describe('the unmodified LiteLLM', () => {
  const call = async (user: string): Promise<string> => {
    const { python, env } = await liteLlm(silent);
    const { stdout } = await run(python, [LITELLM_CLIENT], {
      env: {
        ...env,
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        OPENMETER_API_ENDPOINT: service.url,
        OPENMETER_API_KEY: key,
        CALL_USER: user,
      },
    });
    return stdout.trim();
  };

  it('reports a call through its OpenMeter callback', async () => {
    const [id = '', prompt = '', completion = ''] = (await call('shenzhen')).split(' ');
    expect(await readBack(id)).toMatchObject({
      ...{ source: 'litellm-proxy', subject: 'shenzhen', contract: 'contract-shenzhen' },
      ...{ modelOrdered: 'gpt-4o', kindsIncomplete: true },
      kinds: { input: BigInt(prompt), output: BigInt(completion) },
    });
  }, 300_000);

  it('litellm#36426 a call that cannot be recorded is in the list of refused ones', async () => {
    const [id = ''] = (await call('nobody')).split(' ');
    const [record] = await refused.find((value) => value.id === id);
    expect(record?.value).toMatchObject({ code: 'SUBJECT_UNKNOWN', source: 'litellm-proxy' });
    expect(record?.value.sealedRaw).not.toBeNull();
  }, 300_000);
});

const post = (body: string, headers: Record<string, string> = {}): Promise<Answer> =>
  simulated.ask('/api/v1/events', { key, body, headers });
const send = (event: unknown): Promise<Answer> => post(JSON.stringify(event));
const TIME = '2026-06-15T10:00:00Z';
const liteLlmEvent = (id: string, over: Json = {}): Json => ({
  ...{ specversion: '1.0', type: 'litellm_tokens', source: 'litellm-proxy', id, time: TIME },
  subject: 'shenzhen',
  data: { model: 'm-chat', cost: 0.1, prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  ...over,
});

describe('POST /api/v1/events', () => {
  it.each([
    ['application/cloudevents+json', false],
    ['application/cloudevents-batch+json', true],
    ['application/json', false],
    ['application/json', true],
  ])('%s, as an array: %s, is 204 without a body', async (type, isArray) => {
    const id = `form-${type}-${isArray}`;
    const event = liteLlmEvent(id);
    const answer = await post(JSON.stringify(isArray ? [event] : event), { 'Content-Type': type });
    expect([answer.status, answer.text]).toEqual([204, '']);
    await readBack(id);
  });

  it('takes an event of our own type as it is', async () => {
    expect((await send(usageEvent('own'))).status).toBe(204);
    expect((await readBack('own'))?.kinds).toEqual({ input: 1_200n, output: 300n });
    const wrong = await send(usageEvent('own-wrong', { data: {} }));
    expect([wrong.status, wrong.body['code']]).toEqual([422, 'EVENTS_REFUSED']);
  });

  it('openmeter#5118 records what is good beside what is refused, and says which is which', async () => {
    const events = [
      liteLlmEvent('mixed-1'),
      liteLlmEvent('mixed-2', { data: { model: 'm-chat', cost: 0.1 } }),
      liteLlmEvent('mixed-3', { time: undefined }),
    ];
    const answer = await send(events);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({
      code: 'EVENTS_REFUSED',
      errors: [
        { path: '$[1].data', code: 'USAGE_MISSING' },
        { path: '$[2].time', code: 'INVALID_TIME' },
      ],
    });
    const first = await readBack('mixed-1');
    const again = await send(events);
    expect(again.status).toBe(422);
    const [, second] = await recorded.find(({ id }) => id === 'mixed-1', 2);
    // The same identity with the same content: pricing counts it as a duplicate, and charges once.
    expect(second?.value).toEqual(first);
  });

  it('an event without a time is refused: its retry would be another event', async () => {
    const answer = await send(liteLlmEvent('timeless', { time: undefined }));
    expect(answer.body['errors']).toEqual([
      expect.objectContaining({ path: '$.time', code: 'INVALID_TIME' }),
    ]);
  });

  it.each(sceneCalls)('A1 $row has the same kinds as through every other door', async (call) => {
    const { row, time, usage, kinds } = call;
    const id = `scene-${row}`;
    const answer = await send(liteLlmEvent(id, { time, data: { model: 'm-chat', ...usage } }));
    if (kinds === 'INCONSISTENT_COUNTS') {
      expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(kinds)]);
      return;
    }
    expect(answer.status).toBe(204);
    const value = await readBack(id);
    expect([value?.kinds, value?.kindsIncomplete]).toEqual([kinds, null]);
  });

  it('says 400, 401, 405 and 415 as problems that its clients read', async () => {
    const cut = await post('{"a":');
    expect([cut.status, cut.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json',
    ]);
    expect((await simulated.ask('/api/v1/events', { body: '{}' })).status).toBe(401);
    expect((await simulated.ask('/api/v1/events', { method: 'GET', key })).status).toBe(405);
    expect((await post('{}', { 'Content-Type': 'text/plain' })).status).toBe(415);
  });
});

describe('openmeter#5118 while the broker is away', () => {
  it('a batch is 503, nothing is remembered of it, and its retry is recorded', async () => {
    const before = await countRecords(corner.stack, ['usage.recorded']);
    await proxy.shut();
    const away = await send(liteLlmEvent('retried'));
    expect([away.status, away.body['code']]).toEqual([503, 'KAFKA_UNAVAILABLE']);
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await countRecords(corner.stack, ['usage.recorded'])).toEqual(before);
    await proxy.open();
    await until(
      'accepted again',
      async () => ((await send(liteLlmEvent('retried'))).status === 204 ? true : undefined),
      60_000,
    );
    expect(await readBack('retried')).toMatchObject({ kinds: { input: 10n, output: 5n } });
  }, 90_000);
});

describe('litellm#38176 one event type for all surfaces', () => {
  it('a call of this door and one of our own make records of one type, on one topic', async () => {
    await send(liteLlmEvent('surface-1', { source: SOURCE }));
    const own = usageEvent('surface-2', { subject: 'shenzhen' });
    await simulated.ask('/v1/events', { key, body: JSON.stringify(own) });
    const [first, second] = await Promise.all([readBack('surface-1'), readBack('surface-2')]);
    const told = ({
      tenant,
      source,
      contract,
      buyer,
      centre,
      modelOrdered,
    }: typeof first & {}) => ({
      ...{ tenant, source, contract, buyer, centre, modelOrdered },
    });
    expect(first && told(first)).toEqual(second && told(second));
  });
});
