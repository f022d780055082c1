/**
 * Starts the service: the door first, then the log, for as long as it takes to answer.
 *
 * Invariant   while the broker is away the process lives, says so in `/health/ready`, and answers
 *             503; it never has to be started again for that.
 * Source      reliability rows F08, B26; docs/architecture.md 2
 */
import { resolve } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { bootstrapHttp, InvalidConfig, readServiceConfig } from '@suanpan/platform-http';
import type { Environment, ServiceConfig } from '@suanpan/platform-http';
import { createKafka, ThreadedProducer } from '@suanpan/platform-kafka';
import { clockFromEnv, createHealth, createLogger } from '@suanpan/platform-observability';
import { openDatabase } from '@suanpan/platform-postgres';
import { IngestModule } from './app.module.js';
import { BATCH_TOTAL_MS, STREAM_SILENCE_MS } from './events/limits.js';
import { FILE_BYTES_MAX } from './imports/import-limits.js';
import type { Limits } from './limits/centre-limits.js';
import { SharedMemory } from './limits/redis.js';
import { DoorProducer, joinLog } from './join-log.js';
import type { LogParts } from './join-log.js';
import { collectOnce, keepHeapSmall } from './small-heap.js';
import { SERVICE } from './tokens.js';
import type { IngestSettings } from './tokens.js';

export const DEFAULTS = { service: SERVICE, defaultPort: 3001, defaultSchema: 'ingest' };

const MICROS_PER_DAY = 86_400_000_000n;
const POOL_MAX = 10;
const EVENTS_PER_SECOND = 100_000;
const BYTES_PER_SECOND = 134_217_728;
const BURST_SECONDS = 2;
const IMPORTS_DIR = '.suanpan/imports';

const whole = (env: Environment, name: string, usual: number): number => {
  const text = env[name];
  if (text === undefined || text === '') return usual;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidConfig(`${name} must be a whole number.`);
  return Number(text);
};

/** Wide: they bound a flood. What a centre has agreed to, an operator sets for it. */
const usualLimits = (env: Environment): Limits => ({
  eventsPerSecond: whole(env, 'CENTRE_EVENTS_PER_SECOND', EVENTS_PER_SECOND),
  bytesPerSecond: whole(env, 'CENTRE_BYTES_PER_SECOND', BYTES_PER_SECOND),
  burstSeconds: whole(env, 'CENTRE_BURST_SECONDS', BURST_SECONDS),
  eventsPerDay: whole(env, 'CENTRE_EVENTS_PER_DAY', 0) || null,
});

const importBytes = (env: Environment): number => {
  const text = (env['IMPORT_BYTES_MAX'] ?? '') || String(FILE_BYTES_MAX);
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidConfig('IMPORT_BYTES_MAX must be a whole number of bytes.');
};

const settingsOf = (env: Environment, config: ServiceConfig): IngestSettings => ({
  lateLimit: BigInt(config.lateLimitDays) * MICROS_PER_DAY,
  accessSchema: config.accessSchema,
  vaultKey: config.vaultKey ?? '',
  batchTotalMs: whole(env, 'BODY_TIMEOUT_MS', BATCH_TOTAL_MS),
  streamSilenceMs: whole(env, 'STREAM_SILENCE_MS', STREAM_SILENCE_MS),
  usualLimits: usualLimits(env),
  importsDir: resolve((env['IMPORTS_DIR'] ?? '') || IMPORTS_DIR),
  importBytesMax: importBytes(env),
});

const open = async (env: Environment): Promise<LogParts> => {
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
  const thread = new ThreadedProducer({
    ...{ prefix: config.topicPrefix, clientId: SERVICE, service: SERVICE, env },
    died: (reason) => {
      logger.fatal({ reason }, 'the thread that writes the log has died');
      process.exit(1);
    },
  });
  const producer = new DoorProducer(thread);
  return { config, kafka, db, producer, health, logger, vaultKey };
};

/** Starts everything; resolves when the door is open. */
export const startIngest = async (env: Environment): Promise<INestApplication> => {
  keepHeapSmall();
  const parts = await open(env);
  const { config, db, producer, health, logger } = parts;
  const settings = settingsOf(env, config);
  const clock = clockFromEnv(env);
  const { redisUrl: url, topicPrefix: prefix } = config;
  const memory = new SharedMemory({ url, prefix, logger });
  const app = await bootstrapHttp(IngestModule.from({ db, producer, clock, settings, memory }), {
    port: config.port,
    service: SERVICE,
    title: 'Suanpan usage ingest',
    logger,
    health,
    prepare: collectOnce,
  });
  logger.info({ url: await app.getUrl() }, 'usage-ingest listens');
  joinLog(parts, app).catch((error: unknown) => {
    logger.fatal({ err: error }, 'the log is not as it must be');
    process.exit(1);
  });
  return app;
};
