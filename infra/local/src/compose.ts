/**
 * What docker-compose.yml runs around the servers: `node infra/local/dist/compose.js prepare|provision`.
 *
 * Owns        `prepare`: passwords, the configuration files of the three servers and the environment
 *             file of each service, into the volume /config. `provision`: users' grants, database,
 *             schemas, roles and topics, once the servers answer.
 * Invariant   the same rules as the launcher: every setting comes from the functions it uses. Files
 *             are readable by all containers' users; the volume is mounted in our containers only.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { topics } from '@suanpan/messages';
import { openHome } from './home.js';
import type { Home } from './home.js';
import { pingKafka, withAdmin } from './kafka-client.js';
import { brokerProperties } from './kafka-properties.js';
import { argumentFile, formatArguments } from './kafka-server.js';
import { ensureTopics } from './kafka-topics.js';
import { INTERNAL_PORTS, USUAL_PORTS } from './ports.js';
import { pingPostgres, SUPERUSER } from './postgres-client.js';
import { reasonOf } from './problem.js';
import { kafkaUsers, makePasswords, provision } from './provision.js';
import { redisConfiguration } from './redis-server.js';
import { SERVICES, serviceEnvironment } from './service-environment.js';
import type { ServiceName } from './service-environment.js';
import { stackOf } from './stack.js';
import type { Stack } from './stack.js';
import { passwordOf, readState, writeState } from './state.js';
import type { StackState } from './state.js';
import { waitUntil } from './waiting.js';

/** Where the images of docker-compose.yml keep their programs and data. */
export const IMAGE_PATHS = {
  kafkaJars: '/opt/kafka/libs',
  kafkaData: '/var/lib/kafka/data/log',
  redisData: '/data',
} as const;

const READY_MS = 120_000;

const serverFiles = (state: StackState, folder: string): Record<string, string> => {
  const properties = brokerProperties({
    id: 1,
    brokers: [
      {
        client: USUAL_PORTS.kafka,
        internal: INTERNAL_PORTS.brokers,
        controller: INTERNAL_PORTS.controllers,
      },
    ],
    dataFolder: IMAGE_PATHS.kafkaData,
    brokerPassword: passwordOf(state, 'kafka.broker'),
    hosts: { listen: '0.0.0.0', advertised: 'kafka' },
  });
  const formatting = { clusterId: state.clusterId, users: kafkaUsers(state) };
  const format = formatArguments(join(folder, 'kafka.properties'), formatting);
  return {
    'kafka.properties': properties,
    'kafka-format.args': argumentFile(IMAGE_PATHS.kafkaJars, format),
    'postgres.pw': `${passwordOf(state, 'postgres.superuser')}\n`,
    'redis.conf': redisConfiguration({
      bind: '0.0.0.0',
      port: USUAL_PORTS.redis,
      password: passwordOf(state, 'redis.default'),
      folder: IMAGE_PATHS.redisData,
    }),
  };
};

const addressServers = (state: StackState): void => {
  const superuser = passwordOf(state, 'postgres.superuser');
  state.kafka = {
    brokers: `kafka:${USUAL_PORTS.kafka}`,
    username: 'admin',
    password: passwordOf(state, 'kafka.admin'),
    ours: true,
  };
  state.postgresUrl = `postgresql://${SUPERUSER}:${superuser}@postgres:${USUAL_PORTS.postgres}/postgres`;
  state.redisUrl = `redis://:${passwordOf(state, 'redis.default')}@redis:${USUAL_PORTS.redis}/0`;
};

const serviceFiles = (stack: Stack): Record<string, string> =>
  Object.fromEntries(
    Object.keys(SERVICES).map((service) => {
      const lines = Object.entries(serviceEnvironment(stack, service as ServiceName));
      return [`${service}.env`, lines.map(([key, value]) => `${key}='${value}'\n`).join('')];
    }),
  );

const held = (home: Home, state: StackState): Stack =>
  stackOf(home, state, { ownsServers: false, stop: () => Promise.resolve() });

/** Writes every file of the volume; a second run changes no password. */
export const prepare = (folder: string): void => {
  const home = openHome(folder);
  const state = readState(home);
  makePasswords(state);
  addressServers(state);
  writeState(home, state);
  const files = { ...serverFiles(state, folder), ...serviceFiles(held(home, state)) };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text, { mode: 0o644 });
  }
};

const provisionAll = async (folder: string): Promise<void> => {
  const home = openHome(folder);
  const stack = held(home, readState(home));
  await waitUntil({ what: 'Kafka', limitMs: READY_MS }, () => pingKafka(stack.kafka));
  await waitUntil({ what: 'PostgreSQL', limitMs: READY_MS }, () =>
    pingPostgres(stack.state.postgresUrl ?? ''),
  );
  await provision(stack, console.log);
  const made = await withAdmin(stack.kafka, (admin) => ensureTopics(admin, topics));
  console.log(`${made.length} topics made`);
};

const main = async (command: string | undefined): Promise<void> => {
  const folder = process.env['SUANPAN_HOME'] ?? '/config';
  if (command === 'prepare') return prepare(folder);
  if (command === 'provision') return provisionAll(folder);
  throw new Error('node infra/local/dist/compose.js prepare | provision');
};

if (process.argv[1]?.endsWith('compose.js') === true) {
  main(process.argv[2]).catch((error: unknown) => {
    console.error(reasonOf(error));
    process.exitCode = 1;
  });
}
