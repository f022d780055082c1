/**
 * Kafka's start: the given brokers, else one or three of our own.
 *
 * Owns        which users exist from the first format on.
 */
import { tailOf } from './guarded.js';
import type { Guarded } from './guarded.js';
import { findJava } from './java.js';
import { pingKafka } from './kafka-client.js';
import { kafkaJars } from './kafka-jars.js';
import type { BrokerPorts } from './kafka-properties.js';
import { brokerOrder, dataFolderOf, prepareBroker } from './kafka-server.js';
import type { Kafka } from './kafka-server.js';
import { HOST, INTERNAL_PORTS, USUAL_PORTS } from './ports.js';
import { allSettled } from './problem.js';
import { kafkaUsers } from './provision.js';
import type { Starting } from './starting.js';
import { passwordOf } from './state.js';
import type { KafkaAddress } from './state.js';
import { waitUntil } from './waiting.js';

const READY_MS = 90_000;

const given = (brokers: string): KafkaAddress => ({
  brokers,
  username: process.env['KAFKA_USERNAME'] ?? null,
  password: process.env['KAFKA_PASSWORD'] ?? null,
  ours: false,
});

const portsOf = async (starting: Starting, id: number): Promise<BrokerPorts> => ({
  client: await starting.port(`kafka-${id}`, USUAL_PORTS.kafka),
  internal: await starting.port(`kafka-${id}-internal`, INTERNAL_PORTS.brokers),
  controller: await starting.port(`kafka-${id}-controller`, INTERNAL_PORTS.controllers),
});

const launchBrokers = async (starting: Starting, kafka: Kafka): Promise<readonly Guarded[]> => {
  const { home, state, launch } = starting;
  const ids = Array.from({ length: state.brokerCount }, (_, index) => index + 1);
  const brokers: BrokerPorts[] = [];
  for (const id of ids) brokers.push(await portsOf(starting, id));
  const brokerPassword = passwordOf(state, 'kafka.broker');
  const users = kafkaUsers(state);
  const prepared = ids.map((id) => {
    const plan = { id, brokers, dataFolder: dataFolderOf(home, id), brokerPassword };
    return prepareBroker(kafka, plan, { clusterId: state.clusterId, users });
  });
  await allSettled(prepared);
  return allSettled(ids.map((id) => launch(brokerOrder(kafka, id))));
};

/** Starts the brokers and waits until all of them answer. */
export const startKafka = async (starting: Starting): Promise<void> => {
  const { home, state, log } = starting;
  const addresses = process.env['KAFKA_BROKERS'];
  if (addresses !== undefined && addresses !== '') {
    state.kafka = given(addresses);
    log(`Kafka: given brokers ${addresses}`);
    return waitUntil({ what: `Kafka at ${addresses}`, limitMs: 15_000 }, () =>
      pingKafka(given(addresses)),
    );
  }
  const java = await findJava(home, log);
  const lib = await kafkaJars(home, java, log);
  log(`Kafka: ${state.brokerCount} broker(s) on ${java.from} …`);
  const begun = performance.now();
  const guarded = await launchBrokers(starting, { home, java, lib });
  const brokers = guarded.map((_, index) => `${HOST}:${state.ports[`kafka-${index + 1}`]}`);
  const password = passwordOf(state, 'kafka.admin');
  const address = { brokers: brokers.join(','), username: 'admin', password, ours: true };
  const unless = Promise.race(
    guarded.map(async (one) => {
      await one.ended;
      return `\n${tailOf(`${home.logs}/${one.name}.log`)}`;
    }),
  );
  await waitUntil({ what: 'Kafka', limitMs: READY_MS, unless }, () =>
    pingKafka(address, guarded.length),
  );
  state.kafka = address;
  log(`Kafka answers at ${address.brokers} (${Math.round(performance.now() - begun)} ms)`);
};
