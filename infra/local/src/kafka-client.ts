/**
 * The launcher's own connection to the brokers.
 *
 * Owns        the kafkajs client of the launcher and the ping of a broker.
 */
import kafkajs from 'kafkajs';
import type { Admin, Kafka, SASLOptions } from 'kafkajs';
import type { KafkaAddress } from './state.js';

const TIMEOUT_MS = 5_000;

const saslOf = (address: KafkaAddress): SASLOptions | undefined =>
  address.username === null || address.password === null
    ? undefined
    : { mechanism: 'scram-sha-512', username: address.username, password: address.password };

/** A client that does not retry by itself: the launcher's waits do that, and say so. */
export const kafkaClient = (address: KafkaAddress, retries = 0): Kafka => {
  const sasl = saslOf(address);
  return new kafkajs.Kafka({
    clientId: 'suanpan-launcher',
    brokers: address.brokers.split(','),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: TIMEOUT_MS,
    authenticationTimeout: TIMEOUT_MS,
    requestTimeout: 15_000,
    retry: { retries },
    logLevel: kafkajs.logLevel.NOTHING,
  });
};

/** Runs `work` with an admin connection and closes it. */
export const withAdmin = async <T>(
  address: KafkaAddress,
  work: (admin: Admin) => Promise<T>,
): Promise<T> => {
  const admin = kafkaClient(address, 8).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
};

/** Resolves when so many brokers answer and one of them leads. */
export const pingKafka = async (address: KafkaAddress, brokers = 1): Promise<void> => {
  const admin = kafkaClient(address).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length < brokers || cluster.controller === null) {
      throw new Error(`${cluster.brokers.length} of ${brokers} brokers answer`);
    }
  } finally {
    await admin.disconnect();
  }
};
