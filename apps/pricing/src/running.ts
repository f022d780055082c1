/**
 * The stores and loops of a running pricing, opened once and closed in order.
 *
 * Source      docs/architecture.md 2; ruling R7 (the pipeline role has a pool of its own)
 */
import type { OnApplicationShutdown } from '@nestjs/common';
import { encode, topicName, topics } from '@suanpan/messages';
import { InvalidConfig, readServiceConfig } from '@suanpan/platform-http';
import type { ServiceConfig } from '@suanpan/platform-http';
import { createWakeUps } from '@suanpan/platform-jobs';
import type { WakeUps } from '@suanpan/platform-jobs';
import {
  checkTopics,
  createAdmin,
  createKafka,
  LogProducer,
  outboxPublisher,
} from '@suanpan/platform-kafka';
import {
  brokersDetail,
  clockFromEnv,
  createHealth,
  createLogger,
  Probe,
} from '@suanpan/platform-observability';
import type { Clock, Health, Logger } from '@suanpan/platform-observability';
import {
  createVault,
  exportHead,
  openDatabase,
  OutboxRelay,
  ping,
} from '@suanpan/platform-postgres';
import type { Database, Vault } from '@suanpan/platform-postgres';
import type { Admin, Kafka } from 'kafkajs';
import { registerPartitions, USAGE_TOPIC } from './cuts/cut.js';
import { untilAnswered } from './patience.js';
import type { LogEnd } from './periods/close-duty.js';
import { RatingPipeline } from './rating/rating-pipeline.js';
import { RatingThreads } from './rating/rating-threads.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export const SERVICE = 'pricing';
const DEFAULTS = { service: SERVICE, defaultPort: 3002, defaultSchema: 'pricing' };
const USED_TOPICS: readonly string[] = [
  ...['usage.recorded', 'usage.quarantined', 'usage.rated', 'contract', 'price-table'],
  ...['period', 'invoice', 'chain.head'],
];
const HEAD_EVERY_MS = 3_600_000;
const POOL_MAX = 10;
const PIPELINE_POOL_MAX = 4;

export interface PricingConfig extends ServiceConfig {
  /** How long a silent worker keeps its partitions; the platform's own time when not given. */
  readonly kafkaSessionMs: number | undefined;
  readonly pipelineDatabaseUrl: string;
  readonly vaultKey: string;
}

const sessionMs = (env: Environment): number | undefined => {
  const text = env['KAFKA_SESSION_MS'];
  if (text === undefined || text === '') return undefined;
  if (!/^[1-9]\d{3,5}$/.test(text)) {
    throw new InvalidConfig('KAFKA_SESSION_MS must be 1000 to 999999 milliseconds.');
  }
  return Number(text);
};

export const readConfig = (env: Environment): PricingConfig => {
  const config = readServiceConfig(env, DEFAULTS);
  const { pipelineDatabaseUrl, vaultKey } = config;
  if (pipelineDatabaseUrl === undefined) {
    throw new InvalidConfig('PIPELINE_DATABASE_URL must be set.');
  }
  if (vaultKey === undefined) throw new InvalidConfig('VAULT_KEY must be set.');
  return { ...config, pipelineDatabaseUrl, vaultKey, kafkaSessionMs: sessionMs(env) };
};

interface Stores {
  readonly db: Database;
  readonly pipelineDb: Database;
  readonly producer: LogProducer;
}

interface Parts extends Stores {
  readonly config: PricingConfig;
  readonly kafka: Kafka;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly health: Health;
  readonly wakeUps: WakeUps;
  readonly rating: RatingThreads;
}

const ratingThreads = (env: Environment, config: PricingConfig, logger: Logger): RatingThreads =>
  new RatingThreads({
    env,
    settings: {
      url: config.pipelineDatabaseUrl,
      schema: config.databaseSchema,
      vaultKey: config.vaultKey,
    },
    died: (reason) => {
      logger.fatal({ reason }, 'A thread that rates has died.');
      process.exit(1);
    },
  });

const openStores = async (config: PricingConfig, kafka: Kafka, logger: Logger): Promise<Stores> => {
  const { databaseSchema: schema, topicPrefix: prefix } = config;
  const producer = new LogProducer({ kafka, prefix });
  const open = (url: string, applicationName: string, poolMax: number): Promise<Database> =>
    untilAnswered(logger, () => openDatabase({ url, schema, applicationName, poolMax }));
  await untilAnswered(logger, () => producer.connect());
  return {
    db: await open(config.databaseUrl, SERVICE, POOL_MAX),
    pipelineDb: await open(config.pipelineDatabaseUrl, `${SERVICE} pipeline`, PIPELINE_POOL_MAX),
    producer,
  };
};

/** Uses an admin client for a moment: one that idles for long may have lost its connection. */
const withAdmin = async <T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> => {
  const admin = await createAdmin(kafka);
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
};

export class Running implements OnApplicationShutdown {
  readonly vault: Vault;
  /** For the duties; what is read from the log is rated by the threads. */
  readonly pipeline: RatingPipeline;
  private readonly relay: OutboxRelay;
  private readonly probe: Probe;

  private constructor(private readonly parts: Parts) {
    const { config, db, pipelineDb, producer, logger, health } = parts;
    this.vault = createVault(config.vaultKey);
    this.pipeline = new RatingPipeline({ db: pipelineDb, seal: this.vault.seal });
    this.relay = new OutboxRelay({ db, publish: outboxPublisher(producer), logger });
    const ask = (): Promise<unknown> => Promise.all([db, pipelineDb].map(ping));
    this.probe = new Probe({ health, logger, part: 'stores', ask });
  }

  get config(): PricingConfig {
    return this.parts.config;
  }

  get kafka(): Kafka {
    return this.parts.kafka;
  }

  get clock(): Clock {
    return this.parts.clock;
  }

  get logger(): Logger {
    return this.parts.logger;
  }

  get health(): Health {
    return this.parts.health;
  }

  get wakeUps(): WakeUps {
    return this.parts.wakeUps;
  }

  get rating(): RatingThreads {
    return this.parts.rating;
  }

  get db(): Database {
    return this.parts.db;
  }

  get pipelineDb(): Database {
    return this.parts.pipelineDb;
  }

  /** Puts records on the log again. */
  get producer(): LogProducer {
    return this.parts.producer;
  }

  static async open(env: Environment): Promise<Running> {
    const config = readConfig(env);
    const logger = createLogger({ service: SERVICE });
    const kafka = createKafka(env, { clientId: SERVICE, logger });
    const stores = await openStores(config, kafka, logger);
    const prefix = `${config.topicPrefix}${SERVICE}`;
    const { redisUrl } = config;
    const wakeUps = createWakeUps({ redisUrl, prefix, db: stores.db, logger });
    const clock = clockFromEnv(env);
    const health = createHealth();
    const rating = ratingThreads(env, config, logger);
    await untilAnswered(logger, () => rating.open());
    return new Running({ config, kafka, clock, logger, health, wakeUps, rating, ...stores });
  }

  /** Halts on topics that are missing or differ; then the loops begin. */
  async begin(): Promise<void> {
    const { kafka, db, config, logger } = this.parts;
    const used = topics.filter(({ name }) => USED_TOPICS.includes(name));
    const clusterId = await untilAnswered(logger, () =>
      withAdmin(kafka, async (admin) => {
        await checkTopics(admin, config.topicPrefix, used);
        const { clusterId: id, brokers } = await admin.describeCluster();
        this.health.report('brokers', true, brokersDetail(brokers.length));
        return id;
      }),
    );
    await untilAnswered(logger, () => registerPartitions(db, clusterId));
    this.relay.start();
    this.wakeUps.register('chain-head', { everyMs: HEAD_EVERY_MS, run: () => this.exportHead() });
    await this.probe.start();
  }

  /** The end of the usage log, as the broker tells it. */
  readonly logEnd: LogEnd = {
    endOffsets: async () => {
      const topic = topicName(this.config.topicPrefix, USAGE_TOPIC);
      const found = await withAdmin(this.kafka, (admin) => admin.fetchTopicOffsets(topic));
      return found
        .sort((one, other) => one.partition - other.partition)
        .map(({ high }) => BigInt(high));
    },
  };

  async onApplicationShutdown(): Promise<void> {
    this.probe.stop();
    await this.wakeUps.close();
    await this.relay.stop();
    await this.parts.producer.disconnect();
    await this.rating.close();
    await this.pipelineDb.close();
    await this.db.close();
  }

  /** Puts the head of the chained log where nobody of us can change it (R15). */
  async exportHead(): Promise<void> {
    const at = this.clock.now();
    await exportHead(this.db, {
      service: SERVICE,
      at,
      publish: ({ service, seq, hash }) =>
        this.parts.producer.send('chain.head', [
          {
            key: Buffer.from(service),
            value: encode('chain.head', { service, seq, hash, exportedAt: at }),
            headers: { type: 'chain.head' },
          },
        ]),
    });
  }
}
