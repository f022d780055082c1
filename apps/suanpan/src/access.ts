import { join } from 'node:path';

import { auditorEnvironment } from '@suanpan/local-stack';

import { joinServers } from './servers.js';
import type { KafkaAccess } from './verify/log.js';

/**
 * Where the auditor finds the servers: in the environment where it is set, else in the local stack that runs.
 *
 * Source      docs/architecture.md 2 (environment)
 */
export interface AuditorAccess {
  readonly databaseUrl: string;
  readonly kafka: KafkaAccess;
  /** Where `npm start` keeps the senders' journal. */
  readonly journal: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const kafkaOf = (env: Environment): KafkaAccess => ({
  brokers: (env['KAFKA_BROKERS'] ?? '').split(','),
  username: env['KAFKA_USERNAME'] ?? null,
  password: env['KAFKA_PASSWORD'] ?? null,
  prefix: env['TOPIC_PREFIX'] ?? '',
});

/** The given addresses, or those of the running stack. */
export const auditorAccess = async (env: Environment = process.env): Promise<AuditorAccess> => {
  const { KAFKA_BROKERS: brokers, DATABASE_URL: given } = env;
  if (brokers !== undefined && given !== undefined) {
    return { databaseUrl: given, kafka: kafkaOf(env), journal: join('.suanpan', 'journal') };
  }
  const stack = await joinServers();
  const own = auditorEnvironment(stack);
  return {
    databaseUrl: own['DATABASE_URL'] ?? '',
    kafka: kafkaOf(own),
    journal: join(stack.home.root, 'journal'),
  };
};
