/**
 * The one way to a Kafka client: addresses and credentials from the environment, logs to pino.
 *
 * Units       milliseconds
 * Invariant   no topic is ever created by a client's request; without a user name there is no SASL.
 * Source      design ruling R21, ecosystem 1, docs/architecture.md 2
 */
import { Defect } from '@suanpan/event-sourcing';
import type { Logger } from '@suanpan/platform-observability';
import kafkajs from 'kafkajs';
import type { Admin, Kafka, KafkaConfig, LogEntry, logCreator, logLevel } from 'kafkajs';
import { boundInflation } from './bounded-gzip.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const CONNECT_MS = 3_000;
const REQUEST_MS = 5_000;
const RETRIES = 5;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2_000;

/** What kafkajs reports as an error though it recovers by itself a moment later. */
const RECOVERS =
  /LEADER_NOT_AVAILABLE|There is no leader for this topic|coordinator (?:is loading|is not available)|not the (?:correct )?coordinator|group is rebalancing|REBALANCE_IN_PROGRESS|CONCURRENT_TRANSACTIONS|The coordinator is not aware of this member|Topic creation errors/i;

const levelOf = (level: logLevel, message: string): 'debug' | 'error' | 'info' | 'warn' => {
  if (RECOVERS.test(message)) return 'debug';
  if (level === kafkajs.logLevel.ERROR) return 'error';
  if (level === kafkajs.logLevel.WARN) return 'warn';
  return 'debug';
};

const toPino =
  (logger: Logger): logCreator =>
  () =>
  ({ namespace, level, log }: LogEntry) => {
    const { message, timestamp: _timestamp, logger: _logger, ...detail } = log;
    logger[levelOf(level, message)]({ kafka: namespace, detail }, message);
  };

/** SCRAM credentials where the environment has a user name. */
const saslOf = (env: Environment): Pick<KafkaConfig, 'sasl'> => {
  const username = env['KAFKA_USERNAME'] ?? '';
  if (username === '') return {};
  return {
    sasl: { mechanism: 'scram-sha-512', username, password: env['KAFKA_PASSWORD'] ?? '' },
  };
};

export interface KafkaOptions {
  readonly clientId?: string;
  readonly logger?: Logger;
}

/** How every client connects, waits and tries again. kafkajs' own pauses grow to half a minute. */
export const kafkaConfig = (env: Environment, options: KafkaOptions = {}): KafkaConfig => {
  const brokers = (env['KAFKA_BROKERS'] ?? '').split(',').filter((broker) => broker !== '');
  if (brokers.length === 0) throw new Defect('NO_BROKERS', 'KAFKA_BROKERS is not set.');
  return {
    brokers,
    clientId: options.clientId ?? 'suanpan',
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    enforceRequestTimeout: true,
    retry: { retries: RETRIES, initialRetryTime: RETRY_FIRST_MS, maxRetryTime: RETRY_MAX_MS },
    ...saslOf(env),
    ...(options.logger === undefined
      ? { logLevel: kafkajs.logLevel.NOTHING }
      : { logLevel: kafkajs.logLevel.INFO, logCreator: toPino(options.logger) }),
  };
};

/** A client for the brokers of `KAFKA_BROKERS`; nothing is connected yet. */
export const createKafka = (env: Environment, options: KafkaOptions = {}): Kafka => {
  boundInflation();
  return new kafkajs.Kafka(kafkaConfig(env, options));
};

/** A connected admin client; the caller disconnects it. */
export const createAdmin = async (kafka: Kafka): Promise<Admin> => {
  const admin = kafka.admin();
  await admin.connect();
  return admin;
};
