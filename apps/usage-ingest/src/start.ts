/**
 * Starts the service: the door first, then the log, for as long as it takes to answer.
 *
 * Invariant   while the broker is away the process lives, says so in `/health/ready`, and answers
 *             503; it never has to be started again for that.
 * Source      reliability rows F08, B26; docs/architecture.md 2
 */
import type { INestApplication } from '@nestjs/common';
import { Unavailable } from '@suanpan/event-sourcing';
import { bootstrapHttp, InvalidConfig, readServiceConfig } from '@suanpan/platform-http';
import type { Environment, ServiceConfig } from '@suanpan/platform-http';
import {
  checkTopics,
  createAdmin,
  createKafka,
  KafkaLogTransport,
  LogProducer,
} from '@suanpan/platform-kafka';
import { clockFromEnv, createHealth, createLogger } from '@suanpan/platform-observability';
import type { Health, Logger } from '@suanpan/platform-observability';
import { topics } from '@suanpan/messages';
import { createVault, openDatabase } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import type { Kafka } from 'kafkajs';
import { IngestModule } from './app.module.js';
import { BATCH_TOTAL_MS, STREAM_SILENCE_MS } from './events/limits.js';
import type { IngestSettings } from './tokens.js';

export const SERVICE = 'usage-ingest';
export const DEFAULTS = { service: SERVICE, defaultPort: 3001, defaultSchema: 'ingest' };

const MICROS_PER_DAY = 86_400_000_000n;
const RECONNECT_MS = 1_000;
const POOL_MAX = 10;
const MINE = new Set(['usage.recorded', 'usage.refused']);

interface Parts {
  readonly config: ServiceConfig;
  readonly kafka: Kafka;
  readonly db: Database;
  readonly producer: LogProducer;
  readonly health: Health;
  readonly logger: Logger;
  readonly vaultKey: string;
}

const milliseconds = (env: Environment, name: string, usual: number): number => {
  const text = env[name];
  if (text === undefined || text === '') return usual;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidConfig(`${name} must be a whole number.`);
  return Number(text);
};

const settingsOf = (env: Environment, config: ServiceConfig): IngestSettings => ({
  lateLimit: BigInt(config.lateLimitDays) * MICROS_PER_DAY,
  accessSchema: config.accessSchema,
  batchTotalMs: milliseconds(env, 'BODY_TIMEOUT_MS', BATCH_TOTAL_MS),
  streamSilenceMs: milliseconds(env, 'STREAM_SILENCE_MS', STREAM_SILENCE_MS),
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const checkLog = async ({ kafka, config }: Parts): Promise<void> => {
  const admin = await createAdmin(kafka);
  try {
    const mine = topics.filter(({ name }) => MINE.has(name));
    await checkTopics(admin, config.topicPrefix, mine);
  } finally {
    await admin.disconnect();
  }
};

/** True for kafkajs' own words for "the broker does not answer". */
const isAway = (error: unknown): boolean =>
  error instanceof Unavailable || (error instanceof Error && error.name.startsWith('KafkaJS'));

/** Tries until the log answers; what it answers wrongly (another partition count) is thrown. */
const untilLogAnswers = async (logger: Logger, work: () => Promise<unknown>): Promise<void> => {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isAway(error)) throw error;
      logger.warn({ err: error }, 'the log does not answer yet');
      await pause(RECONNECT_MS);
    }
  }
};

/**
 * The consumer keeps a projection; the door does not wait for it. What it reports is shown, but a
 * process that can take events is ready.
 */
const besides = (health: Health): Health => ({
  report: (part, ready, detail) => {
    health.report(part, true, ready ? detail : (detail ?? 'not ready'));
  },
  snapshot: () => health.snapshot(),
});

const joinLog = async (parts: Parts, app: INestApplication): Promise<void> => {
  const { kafka, db, config, health, logger, vaultKey } = parts;
  await untilLogAnswers(logger, async () => {
    await parts.producer.connect();
    await checkLog(parts);
  });
  health.report('kafka', true);
  const strategy = new KafkaLogTransport({
    ...{ kafka, db, logger, health: besides(health) },
    group: `${SERVICE}.refused`,
    prefix: config.topicPrefix,
    seal: createVault(vaultKey).seal,
  });
  app.connectMicroservice({ strategy });
  await untilLogAnswers(logger, async () => {
    // What a first try has left open is closed; on the first try this does nothing.
    await strategy.close();
    await app.startAllMicroservices();
  });
};

const open = async (env: Environment): Promise<Parts> => {
  const config = readServiceConfig(env, DEFAULTS);
  const { vaultKey } = config;
  if (vaultKey === undefined) throw new InvalidConfig('VAULT_KEY must be set.');
  const logger = createLogger({ service: SERVICE });
  const health = createHealth();
  health.report('kafka', false, 'connecting');
  const kafka = createKafka(env, { clientId: SERVICE, logger });
  const db = await openDatabase({
    url: config.databaseUrl,
    schema: config.databaseSchema,
    applicationName: SERVICE,
    poolMax: POOL_MAX,
  });
  const producer = new LogProducer({ kafka, prefix: config.topicPrefix });
  return { config, kafka, db, producer, health, logger, vaultKey };
};

/** Starts everything; resolves when the door is open. */
export const startIngest = async (env: Environment): Promise<INestApplication> => {
  const parts = await open(env);
  const { config, db, producer, health, logger, vaultKey } = parts;
  const settings = settingsOf(env, config);
  const clock = clockFromEnv(env);
  const app = await bootstrapHttp(IngestModule.from({ db, producer, clock, settings, vaultKey }), {
    port: config.port,
    service: SERVICE,
    title: 'Suanpan usage ingest',
    logger,
    health,
  });
  logger.info({ url: await app.getUrl() }, 'usage-ingest listens');
  joinLog(parts, app).catch((error: unknown) => {
    logger.fatal({ err: error }, 'the log is not as it must be');
    process.exit(1);
  });
  return app;
};
