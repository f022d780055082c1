/**
 * The real stack, started once in a home of its own by a launcher process that the tests then kill.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import type { Kafka } from 'kafkajs';
import { LOCAL, REPOSITORY, openHome } from './home.js';
import { kafkaClient, pingKafka, withAdmin } from './kafka-client.js';
import { ensureTopics } from './kafka-topics.js';
import { addKafkaUser, grantKafka } from './kafka-users.js';
import { isFree } from './ports.js';
import { pingPostgres, withPostgres } from './postgres-client.js';
import { allGone, isAlive, signal } from './processes.js';
import { provision } from './provision.js';
import { pingRedis } from './redis-server.js';
import { serviceEnvironment } from './service-environment.js';
import { startService } from './service.js';
import { attachStack } from './stack.js';
import type { Stack } from './stack.js';
import { startStack } from './start.js';
import { readState } from './state.js';
import type { ProcessMark } from './state.js';
import { stopStack } from './stop.js';

const START_MS = 150_000;
const GONE_MS = 40_000;
const root = mkdtempSync(join(tmpdir(), 'suanpan-stack-'));
// What the machine has fetched before is not fetched again.
process.env['SUANPAN_PACKAGES'] ??= join(REPOSITORY, '.suanpan', 'packages');
for (const name of ['KAFKA_BROKERS', 'DATABASE_URL', 'REDIS_URL', 'STACK_BROKERS']) {
  Reflect.deleteProperty(process.env, name);
}

const PROGRAM = `
  const { startStack } = await import(${JSON.stringify(pathToFileURL(join(LOCAL, 'dist', 'index.js')).href)});
  await startStack({ home: ${JSON.stringify(root)}, log: console.log });
  console.log('READY');
  setInterval(() => undefined, 1_000);
`;

/** Starts a launcher that holds the stack, as `npm start` does, and waits until it is up. */
const startLauncher = (): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const launcher = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      if (said.includes('READY')) resolve(launcher);
    };
    launcher.stdout.on('data', hear);
    launcher.stderr.on('data', hear);
    launcher.once('exit', () => reject(new Error(said)));
  });

const marks = (): readonly ProcessMark[] =>
  readState(openHome(root)).servers.flatMap(({ guard, server }) => [guard, server]);

let launcher: ChildProcess;
let stack: Stack;

beforeAll(async () => {
  expect(existsSync(join(LOCAL, 'dist', 'index.js'))).toBe(true);
  launcher = await startLauncher();
  stack = await attachStack(root);
}, START_MS);

afterAll(async () => {
  await stopStack({ home: root });
  launcher.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
}, START_MS);

const as = (user: string): Kafka =>
  kafkaClient(
    { ...stack.kafka, username: user, password: stack.state.passwords[`kafka.${user}`] ?? '' },
    2,
  );

const connecting = async (kafka: Kafka): Promise<void> => {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
};

const sending = async (user: string, topic: string): Promise<void> => {
  const producer = as(user).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages: [{ key: 'k', value: 'v' }] });
  } finally {
    await producer.disconnect();
  }
};

/** Joins a group and reads one message of the topic. */
const reading = async (user: string, topic: string, group: string): Promise<string> => {
  const consumer = as(user).consumer({ groupId: group, retry: { retries: 8 } });
  await consumer.connect();
  try {
    return await new Promise<string>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
      consumer
        .subscribe({ topics: [topic], fromBeginning: true })
        .then(() =>
          consumer.run({
            eachMessage: ({ message }) => Promise.resolve(resolve(String(message.value))),
          }),
        )
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
};

const spec = (name: string, partitions: number) => ({
  name,
  partitions,
  retentionMs: -1,
  config: { 'message.timestamp.type': 'LogAppendTime' },
});

describe('the servers', () => {
  it('answer, each with its password', async () => {
    await pingKafka(stack.kafka);
    await pingPostgres(stack.postgres.superuserUrl);
    await pingRedis(stack.redis.url);
  });

  it('are joined, not started again, by a second command', async () => {
    const before = marks();
    const joined = await startStack({ home: root });
    expect(joined.ownsServers).toBe(false);
    await joined.stop();
    expect(marks()).toEqual(before);
    expect(before.every(isAlive)).toBe(true);
  });

  it('refuse another number of brokers than their data were made for', async () => {
    await expect(startStack({ home: root, brokers: 3 })).rejects.toThrow('belong to 1 broker');
  });

  it('Redis refuses a client without the password', async () => {
    await expect(pingRedis(stack.redis.url.replace(/:[^:@]+@/, ':wrong@'))).rejects.toThrow(
      'WRONGPASS',
    );
    await expect(pingRedis(stack.redis.url.replace(/\/\/[^@]+@/, '//'))).rejects.toThrow('NOAUTH');
  });
});

describe('S46 Kafka', () => {
  beforeAll(async () => {
    const names = ['usage.recorded', 'usage.rated', 'contract'];
    await withAdmin(stack.kafka, (admin) =>
      ensureTopics(
        admin,
        names.map((n) => spec(n, 2)),
      ),
    );
  });

  it('refuses a client that does not authenticate', async () => {
    await expect(connecting(kafkaClient({ ...stack.kafka, username: null }))).rejects.toThrow();
  });

  it('refuses a wrong password', async () => {
    const wrong = kafkaClient({ ...stack.kafka, username: 'pricing', password: 'guessed' });
    await expect(connecting(wrong)).rejects.toThrow(/[Aa]uthentication/);
  });

  it('lets the declared writer write and the declared reader read', async () => {
    await sending('usage-ingest', 'usage.recorded');
    expect(await reading('pricing', 'usage.recorded', 'pricing')).toBe('v');
  });

  it('refuses a service that writes another’s topic', async () => {
    await expect(sending('profit-share', 'usage.recorded')).rejects.toThrow(/[Nn]ot authorized/);
    await expect(sending('auditor', 'usage.recorded')).rejects.toThrow(/[Nn]ot authorized/);
  });

  it('refuses a service that reads what it has no grant for', async () => {
    await expect(reading('profit-share', 'usage.recorded', 'profit-share')).rejects.toThrow(
      /[Nn]ot authorized/,
    );
  });

  it('refuses a service that joins another’s group', async () => {
    // kafkajs tells a refused look-up of the coordinator as one that found nothing.
    await expect(reading('pricing', 'usage.recorded', 'profit-share')).rejects.toThrow(
      /[Nn]ot authorized|find group coordinator/,
    );
  });

  it('refuses a service that makes a topic', async () => {
    const admin = as('pricing').admin();
    await admin.connect();
    const making = admin.createTopics({ topics: [{ topic: 'evil', numPartitions: 1 }] });
    await expect(making).rejects.toThrow();
    await admin.disconnect();
  });

  it('lets the auditor read everything', async () => {
    expect(await reading('auditor', 'usage.recorded', 'auditor-check')).toBe('v');
  });

  it('takes a grant away that the table no longer holds', async () => {
    const grant = {
      user: 'profit-share',
      reads: [],
      writes: ['usage.recorded'],
      groupPrefix: 'profit-share',
    };
    await grantKafka(stack, [grant]);
    await sending('profit-share', 'usage.recorded');
    await provision(stack);
    await expect(sending('profit-share', 'usage.recorded')).rejects.toThrow(/[Nn]ot authorized/);
    expect(await reading('pricing', 'usage.recorded', 'pricing-settled')).toBe('v');
  });

  it('takes a new user with its own grant, as a centre needs it', async () => {
    const grant = {
      user: 'centre-nanao',
      reads: [],
      writes: ['contract'],
      groupPrefix: 'centre-nanao',
    };
    const password = await addKafkaUser(stack, grant);
    expect(await addKafkaUser(stack, grant)).toBe(password);
    await sending('centre-nanao', 'contract');
    await expect(sending('centre-nanao', 'usage.recorded')).rejects.toThrow(/[Nn]ot authorized/);
  }, 30_000);
});

describe('ensureTopics', () => {
  it('makes what is missing, once', async () => {
    const wanted = [spec('t-once.a', 3), spec('t-once.b', 1)];
    const ensure = () => withAdmin(stack.kafka, (admin) => ensureTopics(admin, wanted));
    expect(await ensure()).toEqual(['t-once.a', 't-once.b']);
    expect(await ensure()).toEqual([]);
  });

  it('halts on another number of partitions', async () => {
    const ensure = (partitions: number) =>
      withAdmin(stack.kafka, (admin) => ensureTopics(admin, [spec('t-count', partitions)]));
    await ensure(4);
    await expect(ensure(8)).rejects.toThrow('Topic t-count has 4 partitions, not 8');
  });
});

describe('PostgreSQL’s roles', () => {
  const query = <R extends object>(role: string, sql: string): Promise<R[]> =>
    withPostgres(stack.postgres.urlFor(role), async (client) => (await client.query<R>(sql)).rows);

  it('S27 bypass row security for nobody but the auditor', async () => {
    const rows = await withPostgres(stack.postgres.superuserUrl, async (client) => {
      const sql = `SELECT rolname FROM pg_roles WHERE rolcanlogin AND (rolbypassrls OR rolsuper
                   OR rolcreaterole OR rolcreatedb) ORDER BY 1`;
      return (await client.query<{ rolname: string }>(sql)).rows;
    });
    expect(rows.map(({ rolname }) => rolname)).toEqual(['auditor', 'postgres']);
  });

  it('let an owner make tables that only a grant shows to the app', async () => {
    await query('pricing_owner', 'CREATE TABLE pricing.probe (tenant text)');
    await expect(query('pricing_app', 'SELECT * FROM pricing.probe')).rejects.toThrow('denied');
    await query('pricing_owner', 'GRANT SELECT ON pricing.probe TO pricing_app');
    expect(await query('pricing_app', 'SELECT * FROM pricing.probe')).toEqual([]);
  });

  it('let the auditor see every table and change none', async () => {
    expect(await query('auditor', 'SELECT * FROM pricing.probe')).toEqual([]);
    await expect(query('auditor', "INSERT INTO pricing.probe VALUES ('x')")).rejects.toThrow();
  });

  it('S27 give the app no way to make tables or to become another', async () => {
    await expect(query('pricing_app', 'CREATE TABLE pricing.mine ()')).rejects.toThrow('denied');
    await expect(query('pricing_app', 'CREATE TABLE public.mine ()')).rejects.toThrow('denied');
    await expect(query('pricing_app', 'SET ROLE pricing_owner')).rejects.toThrow('denied');
    await expect(query('pricing_app', "SELECT pg_read_file('/etc/passwd')")).rejects.toThrow(
      'denied',
    );
  });

  it('keep a service out of another service’s schema', async () => {
    await expect(query('settlement_app', 'SELECT * FROM pricing.probe')).rejects.toThrow('denied');
  });

  it('let an owner make the scratch schema of a replay', async () => {
    await query('pricing_owner', 'CREATE SCHEMA scratch; CREATE TABLE scratch.t (a int)');
    expect(await query('auditor', 'SELECT * FROM scratch.t')).toEqual([]);
  });

  it('D20 keep data with checksums and fsync', async () => {
    const rows = await query<Record<string, string>>(
      'auditor',
      "SELECT current_setting('data_checksums') c, current_setting('fsync') f, current_setting('synchronous_commit') s",
    );
    expect(rows).toEqual([{ c: 'on', f: 'on', s: 'on' }]);
  });
});

describe('a service', () => {
  const SERVER = `require('node:http').createServer((q, r) => r.end('ok'))
    .listen(Number(process.env.PORT), '127.0.0.1');
    require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);`;
  const freePort = async (): Promise<string> => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const address = probe.address();
    await new Promise((resolve) => probe.close(resolve));
    return String(typeof address === 'object' ? address?.port : '');
  };

  it('is ready when its URL answers, comes back after kill -9, and ends for good on stop', async () => {
    const port = await freePort();
    const ends: boolean[] = [];
    const service = await startService({
      name: 'probe',
      command: [process.execPath, '-e', SERVER],
      env: { ...serviceEnvironment(stack, 'pricing'), PORT: port },
      home: root,
      ready: { url: `http://127.0.0.1:${port}/` },
      restart: { attemptsMax: 3 },
      onExit: (_ending, willRestart) => ends.push(willRestart),
    });
    const first = service.pid();
    service.kill('SIGKILL');
    await allGone([{ pid: first ?? 0, born: 'x' }], GONE_MS);
    while (service.restarts() === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await service.ready();
    expect(service.pid()).not.toBe(first);
    await service.stop();
    expect(await isFree(Number(port))).toBe(true);
    expect(ends).toEqual([true, false]);
  }, 60_000);

  it('that never answers is reported with its last lines, and ended', async () => {
    const starting = startService({
      name: 'mute',
      command: [process.execPath, '-e', "console.log('no table x'); process.exit(3)"],
      env: {},
      home: root,
      ready: { url: 'http://127.0.0.1:9/', limitMs: 20_000 },
    });
    await expect(starting).rejects.toThrow(/mute ended: code 3\nno table x/);
  }, 30_000);
});

describe('the end', () => {
  it(
    'kill -9 of a guard: the launcher still stops its server',
    async () => {
      const redis = readState(openHome(root)).servers.find(({ name }) => name === 'redis');
      expect(redis).toBeDefined();
      if (redis === undefined) return;
      signal(redis.guard, 'SIGKILL');
      expect(await allGone([redis.guard, redis.server], GONE_MS)).toBe(true);
    },
    START_MS,
  );

  it(
    'kill -9 of the launcher leaves no process',
    async () => {
      const left = marks();
      launcher.kill('SIGKILL');
      expect(await allGone(left, GONE_MS)).toBe(true);
    },
    START_MS,
  );

  it(
    'a start after the crash brings the same data back',
    async () => {
      launcher = await startLauncher();
      stack = await attachStack(root);
      expect(await withAdmin(stack.kafka, (admin) => admin.listTopics())).toContain(
        'usage.recorded',
      );
      expect(await reading('pricing', 'usage.recorded', 'pricing-again')).toBe('v');
    },
    START_MS,
  );

  it(
    'Ctrl-C of the launcher leaves no process',
    async () => {
      const left = marks();
      const ended = new Promise((resolve) => launcher.once('exit', resolve));
      launcher.kill('SIGINT');
      await ended;
      expect(left.filter(isAlive)).toEqual([]);
    },
    START_MS,
  );
});
