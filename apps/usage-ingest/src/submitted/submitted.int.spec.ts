import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  attachStack,
  kafkaClient,
  openCentreTopic,
  serviceEnvironment,
  withAdmin,
} from '@suanpan/local-stack';
import type { CentreTopicOpened, Stack } from '@suanpan/local-stack';
import { centreUser, submittedSpec } from '@suanpan/messages';
import { createKafka } from '@suanpan/platform-kafka';
import { createVault } from '@suanpan/platform-postgres';
import { until } from '@suanpan/platform-testing';
import kafkajs from 'kafkajs';
import type { IHeaders, Kafka } from 'kafkajs';
import { avroCloudEvent } from '../../test/avro-cloud-event.js';
import { LogWatch } from '../../test/log-watch.js';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../../test/running-service.js';
import { SOURCE, usageEvent, withData } from '../../test/usage-event.js';

const run = promisify(execFile);

let stack: Stack;
let corner: Corner;
let service: ServiceProcess;
let recorded: LogWatch<'usage.recorded'>;
let refused: LogWatch<'usage.refused'>;

/** Topics and users of this run alone: the users of a stack outlive a suite. */
const opened = async (centre: string): Promise<CentreTopicOpened & { readonly kafka: Kafka }> => {
  const whose = { tenant: 'shantou', centre };
  const { prefix } = corner.stack;
  const spec = submittedSpec(whose);
  const order = {
    topic: { ...spec, name: `${prefix}${spec.name}` },
    user: `${prefix}${centreUser(whose)}`,
    newPassword: false,
  };
  const made = await openCentreTopic(stack, order);
  const { brokers, user, password } = made;
  const kafka = kafkaClient({ brokers, username: user, password, ours: true }, 3);
  return { ...made, kafka };
};

interface Sent {
  readonly value: Buffer | string | null;
  readonly headers?: IHeaders;
  readonly partition?: number;
}

const write = async (kafka: Kafka, topic: string, messages: readonly Sent[]): Promise<void> => {
  const producer = kafka.producer({ idempotent: false, allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({
      ...{ topic, compression: kafkajs.CompressionTypes.GZIP },
      messages: [...messages],
    });
  } finally {
    await producer.disconnect();
  }
};

const ask = (path: string, method: string, body?: object): Promise<Answer> =>
  service.ask(path, {
    ...{ method, key: corner.operatorKey },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const register = async (centre: string, more: object = {}): Promise<Answer> => {
  await corner.putCentre('shantou', centre, 'active');
  return ask(`/v1/centres/${centre}/topic`, 'PUT', { sources: [SOURCE], ...more });
};
const eventOf = (centre: string, id: string) => withData(id, { centre });
const json = (value: unknown): Sent => ({ value: JSON.stringify(value) });

/** How far the service has come in a topic: the sum over its partitions. */
const offsetOf = async (centre: string): Promise<number> => {
  const [row] = await corner.stack.asSuperuser<{ sum: string | null }>(
    'select sum(next_offset)::text as sum from consumer_offset where topic = $1',
    [`usage.submitted.shantou.${centre}`],
  );
  return Number(row?.sum ?? 0);
};
const handled = (centre: string, count: number): Promise<true> =>
  until(
    `${count} records of ${centre} are handled`,
    async () => ((await offsetOf(centre)) >= count ? true : undefined),
    60_000,
  );

beforeAll(async () => {
  stack = await attachStack();
  corner = await openCorner();
  service = await corner.start();
  recorded = new LogWatch(corner.stack, 'usage.recorded');
  refused = new LogWatch(corner.stack, 'usage.refused');
  await Promise.all([recorded.start(), refused.start()]);
}, 180_000);
afterAll(async () => {
  await Promise.all([recorded.stop(), refused.stop()]);
  await corner.dispose();
}, 60_000);

describe('a centre’s own topic', () => {
  it('carries events in JSON, in headers and in Avro, each the same fact as by HTTP', async () => {
    const { kafka, topic, password } = await opened('gz');
    expect(password).toHaveLength(48);
    const answer = await register('gz');
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        ...{ centre: 'gz', topic: 'usage.submitted.shantou.gz', user: 'centre.shantou.gz' },
        ...{ sources: [SOURCE], contracts: null, mayBackfill: false },
      },
    ]);
    const { data, ...attributes } = usageEvent('binary') as Record<string, string>;
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text]),
    );
    const avro = { ...attributes, id: 'avro' };
    await write(kafka, topic, [
      {
        ...json(usageEvent('structured')),
        headers: { 'content-type': 'application/cloudevents+json' },
      },
      { ...json(data), headers },
      {
        value: avroCloudEvent(avro, data),
        headers: { 'content-type': 'application/cloudevents+avro' },
      },
    ]);
    await service.ask('/v1/events', {
      ...{ key: corner.centreKey, body: JSON.stringify(usageEvent('http')) },
    });
    const ids = ['structured', 'binary', 'avro', 'http'];
    const seen = await recorded.find(({ id }) => ids.includes(id), 4);
    expect(seen.map(({ value }) => value.id).sort()).toEqual([...ids].sort());
    // By which credential it came is of the transport, and no part of the fact.
    const facts = seen.map(({ value }) => ({ ...value, id: '', sentBy: null }));
    for (const fact of facts) expect(fact).toEqual(facts[0]);
    await handled('gz', 3);
  }, 90_000);

  it('is judged by its registration: source, contract, centre, tenant, late limit', async () => {
    const { kafka, topic } = await opened('rules');
    await register('rules', { contracts: ['contract-shenzhen'] });
    const old = { ...eventOf('rules', 'rule-old'), time: '2026-05-15T23:59:59.999999Z' };
    await write(kafka, topic, [
      json(eventOf('rules', 'rule-ok')),
      json({ ...eventOf('rules', 'rule-source'), source: 'other' }),
      json(withData('rule-contract', { centre: 'rules', contract: 'other' })),
      json(eventOf('gz', 'rule-centre')),
      json({ ...eventOf('rules', 'rule-tenant'), tenant: 'other' }),
      json(old),
    ]);
    const seen = await refused.find(({ centre }) => centre === 'rules', 5);
    expect(Object.fromEntries(seen.map(({ value: { id, code } }) => [id, code]))).toEqual({
      'rule-source': 'SOURCE_NOT_ALLOWED',
      'rule-contract': 'CONTRACT_NOT_ALLOWED',
      'rule-centre': 'CENTRE_MISMATCH',
      'rule-tenant': 'TENANT_MISMATCH',
      'rule-old': 'TOO_OLD',
    });
    await register('rules', { mayBackfill: true });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await write(kafka, topic, [json({ ...old, id: 'rule-backfilled' })]);
    await recorded.find(({ id }) => id === 'rule-backfilled');
  }, 90_000);

  it('waits while its centre is suspended, or its registration is taken back', async () => {
    const { kafka, topic } = await opened('pause');
    await register('pause');
    await write(kafka, topic, [json(eventOf('pause', 'pause-1'))]);
    await recorded.find(({ id }) => id === 'pause-1');
    await corner.putCentre('shantou', 'pause', 'suspended');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await write(kafka, topic, [json(eventOf('pause', 'pause-2'))]);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(recorded.seen.some(({ value }) => value.id === 'pause-2')).toBe(false);
    await corner.putCentre('shantou', 'pause', 'active');
    await recorded.find(({ id }) => id === 'pause-2');
    expect((await ask('/v1/centres/pause/topic', 'DELETE')).status).toBe(204);
    expect((await ask('/v1/centres/pause/topic', 'DELETE')).status).toBe(404);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await write(kafka, topic, [json(eventOf('pause', 'pause-3'))]);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(recorded.seen.some(({ value }) => value.id === 'pause-3')).toBe(false);
    await register('pause');
    await until(
      'it goes on where it stood',
      () => recorded.seen.some(({ value }) => value.id === 'pause-3') || undefined,
      60_000,
    );
    expect(recorded.seen.filter(({ value }) => value.id.startsWith('pause-'))).toHaveLength(3);
  }, 120_000);

  it('is slowed to the budget of its centre, and loses nothing', async () => {
    const { kafka, topic } = await opened('paced');
    await corner.putCentre('shantou', 'paced', 'active');
    const limits = { eventsPerSecond: 20, burstSeconds: 1 };
    expect((await ask('/v1/centres/paced/limits', 'PUT', limits)).status).toBe(200);
    await register('paced');
    const began = performance.now();
    const events = Array.from({ length: 100 }, (_, index) => eventOf('paced', `paced-${index}`));
    await write(kafka, topic, events.map(json));
    await handled('paced', 100);
    expect(performance.now() - began).toBeGreaterThan(3_500);
    await until('all are on the log', () => {
      const ids = recorded.seen.map(({ value }) => value.id).filter((id) => id.startsWith('paced'));
      return new Set(ids).size === 100 ? true : undefined;
    });
  }, 90_000);

  it('I27 stands in no metric and no health with its name', async () => {
    const metrics = (await service.ask('/metrics', { method: 'GET' })).text;
    const health = (await service.ask('/health/ready', { method: 'GET' })).text;
    expect(metrics).toContain('suanpan_log_records_total{topic="usage.submitted"}');
    expect(`${metrics}${health}`).not.toMatch(/shantou|\bgz\b/);
  });

  it.each([
    ['of a centre that does not exist', 'nowhere', { sources: [SOURCE] }, 404],
    ['without sources', 'gz', { sources: [] }, 422],
  ])('%s is not registered', async (...[, centre, body, status]) => {
    expect((await ask(`/v1/centres/${centre}/topic`, 'PUT', body)).status).toBe(status);
  });
});

describe('poison in a centre’s topic', () => {
  it('B60 B61 B64 B67 is refused with its bytes sealed, and what follows it is taken', async () => {
    const { kafka, topic } = await opened('poison');
    await register('poison');
    const avro = { 'content-type': 'application/cloudevents+avro' };
    const whole = avroCloudEvent({ specversion: '1.0' }, {});
    const random = Buffer.from(Array.from({ length: 500 }, (_, index) => (index * 131 + 7) % 256));
    const poison: readonly (readonly [string, Sent])[] = [
      ['EMPTY_VALUE', { value: null }],
      ['EMPTY_VALUE', { value: '' }],
      ['MALFORMED_UTF8', { value: random }],
      ['MALFORMED_JSON', { value: '{"specversion":' }],
      ['DECODE_FAILED', { value: '{"specversion":"1.0"}', headers: avro }],
      ['TRAILING_DATA', { value: Buffer.concat([whole, Buffer.from([1])]), headers: avro }],
      ['EVENT_TOO_LARGE', { value: 'x'.repeat(1_100_000) }],
    ];
    for (const [, sent] of poison) await write(kafka, topic, [{ ...sent, partition: 0 }]);
    const bomb = { value: '0'.repeat(20_000_000), partition: 0 };
    await write(kafka, topic, [bomb]);
    const headers = { 'suanpan-withheld': 'toString' };
    await write(kafka, topic, [{ ...json(eventOf('poison', 'survivor')), headers, partition: 0 }]);
    await recorded.find(({ id }) => id === 'survivor');
    const seen = await refused.find(({ centre }) => centre === 'poison', poison.length + 1);
    expect(seen.map(({ value }) => value.code)).toEqual([
      ...poison.map(([code]) => code),
      'INFLATED_LIMIT',
    ]);
    const sealed = seen[2]?.value;
    const raw = await corner.stack.db.inTenant({ tenant: 'shantou' }, (tx) =>
      createVault(corner.stack.vaultKey).open(tx, {
        ...{ sealed: sealed?.sealedRaw ?? Buffer.alloc(0), keyId: sealed?.keyId ?? '' },
      }),
    );
    expect(raw).toEqual(random);
    expect(service.alive).toBe(true);
    await handled('poison', poison.length + 2);
  }, 120_000);

  it('B72 five hundred in a row hold up nobody', async () => {
    const { kafka, topic } = await opened('flood');
    await register('flood');
    const poison = Array.from({ length: 500 }, (_, index) => ({ value: `poison ${index}` }));
    await write(kafka, topic, poison);
    await write(kafka, topic, [json(eventOf('flood', 'behind-the-flood'))]);
    await recorded.find(({ id }) => id === 'behind-the-flood');
    await refused.find(({ centre }) => centre === 'flood', 500);
  }, 60_000);
});

describe('a process that is killed between the log and its offset', () => {
  it('F10 loses nothing: the next one records the portion again', async () => {
    const { kafka, topic } = await opened('killed');
    await service.stop();
    const doomed = await corner.start({ CRASH_AT: 'ingest.after-produce' });
    await corner.putCentre('shantou', 'killed', 'active');
    const answer = await doomed.ask('/v1/centres/killed/topic', {
      ...{ method: 'PUT', key: corner.operatorKey, body: JSON.stringify({ sources: [SOURCE] }) },
    });
    expect(answer.status).toBe(200);
    const events = Array.from({ length: 200 }, (_, index) => eventOf('killed', `killed-${index}`));
    await write(kafka, topic, events.map(json));
    await until('it is dead', () => (doomed.alive ? undefined : true), 60_000);
    const mine = () => recorded.seen.filter(({ value }) => value.centre === 'killed');
    const first = await recorded.find(({ centre }) => centre === 'killed');
    // Uncommitted at the kill: on the log, and not in the offsets.
    expect(first.length).toBeGreaterThan(0);
    expect(await offsetOf('killed')).toBe(0);
    service = await corner.start();
    await handled('killed', 200);
    await until('all are on the log', () => {
      const ids = new Set(mine().map(({ value }) => value.id));
      return ids.size === 200 ? true : undefined;
    });
    expect(await offsetOf('killed')).toBe(200);
    const keys = new Map(mine().map(({ value, key, partition }) => [value.id, [key, partition]]));
    // What came twice has the same identity on the same partition, and is counted once.
    for (const { value, key, partition } of mine()) {
      expect(keys.get(value.id)).toEqual([key, partition]);
    }
  }, 180_000);
});

describe('S46 the Kafka user of a centre', () => {
  it('writes its own topic, and nothing else; it reads nothing', async () => {
    const [mine, other] = [await opened('s46-a'), await opened('s46-b')];
    const { prefix } = corner.stack;
    await write(mine.kafka, mine.topic, [json(eventOf('s46-a', 's46'))]);
    for (const topic of [other.topic, `${prefix}usage.recorded`, `${prefix}usage.refused`]) {
      await expect(write(mine.kafka, topic, [json({})])).rejects.toThrow(/[Nn]ot authorized/);
    }
    for (const topic of [mine.topic, other.topic, `${prefix}usage.recorded`]) {
      const consumer = mine.kafka.consumer({ groupId: 'usage-ingest.submitted.s46' });
      const reading = new Promise<void>((resolve, reject) => {
        const read = async (): Promise<void> => {
          await consumer.connect();
          await consumer.subscribe({ topics: [topic], fromBeginning: true });
          await consumer.run({ eachMessage: () => Promise.resolve(resolve()) });
        };
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        read().catch(reject);
      });
      // kafkajs tells a refused look-up of the coordinator as one that found nothing.
      await expect(reading).rejects.toThrow(/[Nn]ot authorized|group coordinator/);
      await consumer.disconnect();
    }
    const admin = mine.kafka.admin();
    await admin.connect();
    expect(await admin.listTopics()).toEqual([mine.topic]);
    await expect(
      admin.createTopics({ topics: [{ topic: `${prefix}usage.submitted.shantou.evil` }] }),
    ).rejects.toThrow();
    await admin.disconnect();
  }, 90_000);

  it('without or with a wrong password is refused, and its password is given once', async () => {
    const whose = { tenant: 'shantou', centre: 's46-a' };
    const again = await opened('s46-a');
    expect(again.password).toBeNull();
    const { brokers, user } = again;
    const wrong = kafkaClient({ brokers, username: user, password: 'guessed', ours: true });
    await expect(wrong.admin().connect()).rejects.toThrow(/[Aa]uthentication/);
    const state = JSON.stringify(stack.state);
    expect(state).not.toContain(centreUser(whose));
  }, 60_000);

  it('the operator’s command lets usage-ingest read the topic, and no other service', async () => {
    const centre = `s46-${corner.stack.prefix.replace(/\W/g, '')}`;
    const { name } = submittedSpec({ tenant: 'shantou', centre });
    const cli = fileURLToPath(new URL('../../../suanpan/bin/suanpan.mjs', import.meta.url));
    const open = async (): Promise<string> =>
      (await run(process.execPath, [cli, 'centre-topic', 'shantou', centre])).stdout;
    const printed = await open();
    expect(printed).toContain(`topic      ${name}\n`);
    expect(printed).toMatch(/password {3}[0-9a-f]{48} {3}\(shown once\)/);
    expect(await open()).toContain('password   as before');
    const names = async (service: 'pricing' | 'usage-ingest') => {
      const admin = createKafka(serviceEnvironment(stack, service)).admin();
      await admin.connect();
      const all = await admin.listTopics();
      await admin.disconnect();
      return all;
    };
    expect(await names('usage-ingest')).toContain(name);
    expect(await names('pricing')).not.toContain(name);
    await withAdmin(stack.kafka, (admin) => admin.deleteTopics({ topics: [name] }));
  }, 90_000);
});
