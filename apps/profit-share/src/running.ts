/**
 * The stores and loops of a running profit-share, opened once and closed in order.
 *
 * Source      docs/architecture.md 2
 */
import type { OnApplicationShutdown } from '@nestjs/common';
import { encode, topics } from '@suanpan/messages';
import { readServiceConfig } from '@suanpan/platform-http';
import type { ServiceConfig } from '@suanpan/platform-http';
import { createWakeUps } from '@suanpan/platform-jobs';
import type { WakeUps } from '@suanpan/platform-jobs';
import {
  LogProducer,
  checkTopics,
  createAdmin,
  createKafka,
  outboxPublisher,
} from '@suanpan/platform-kafka';
import {
  Probe,
  brokersDetail,
  clockFromEnv,
  createHealth,
  createLogger,
} from '@suanpan/platform-observability';
import type { Clock, Health, Logger } from '@suanpan/platform-observability';
import { OutboxRelay, exportHead, openDatabase, ping } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import type { Kafka } from 'kafkajs';

export type Environment = Readonly<Record<string, string | undefined>>;

export const SERVICE = 'profit-share';
export const APP_ROLE = 'profit_share_app';
const USED_TOPICS: readonly string[] = [
  ...['usage.rated', 'contract', 'period', 'invoice'],
  ...['agreement', 'statement', 'chain.head'],
];
const HEAD_EVERY_MS = 3_600_000;

export const readConfig = (env: Environment): ServiceConfig =>
  readServiceConfig(env, {
    service: SERVICE,
    defaultPort: 3003,
    defaultSchema: 'profit_share',
  });

interface Parts {
  readonly config: ServiceConfig;
  readonly logger: Logger;
  readonly health: Health;
  readonly clock: Clock;
  readonly db: Database;
  readonly kafka: Kafka;
  readonly wakeUps: WakeUps;
  readonly producer: LogProducer;
  readonly relay: OutboxRelay;
}

export class Running implements OnApplicationShutdown {
  readonly config: ServiceConfig;
  readonly logger: Logger;
  readonly health: Health;
  readonly clock: Clock;
  readonly db: Database;
  readonly kafka: Kafka;
  readonly wakeUps: WakeUps;
  private readonly producer: LogProducer;
  private readonly relay: OutboxRelay;
  private readonly probe: Probe;

  private constructor(parts: Parts) {
    this.config = parts.config;
    this.logger = parts.logger;
    this.health = parts.health;
    this.clock = parts.clock;
    this.db = parts.db;
    this.kafka = parts.kafka;
    this.wakeUps = parts.wakeUps;
    this.producer = parts.producer;
    this.relay = parts.relay;
    const { health, logger, db } = parts;
    this.probe = new Probe({ health, logger, part: 'stores', ask: () => ping(db) });
  }

  static async open(env: Environment): Promise<Running> {
    const config = readConfig(env);
    const level = env['LOG_LEVEL'];
    const logger = createLogger({ service: SERVICE, ...(level === undefined ? {} : { level }) });
    const db = await openDatabase({
      url: config.databaseUrl,
      schema: config.databaseSchema,
      applicationName: SERVICE,
    });
    const kafka = createKafka(env, { clientId: SERVICE, logger });
    const producer = new LogProducer({ kafka, prefix: config.topicPrefix });
    await producer.connect();
    const relay = new OutboxRelay({ db, publish: outboxPublisher(producer), logger });
    const prefix = `${config.topicPrefix}${SERVICE}`;
    const wakeUps = createWakeUps({ redisUrl: config.redisUrl, prefix, db, logger });
    const clock = clockFromEnv(env);
    const health = createHealth();
    return new Running({ config, logger, health, clock, db, kafka, wakeUps, producer, relay });
  }

  /** Halts on topics that are missing or differ; then the loops begin. */
  async begin(): Promise<void> {
    const admin = await createAdmin(this.kafka);
    const used = topics.filter(({ name }) => USED_TOPICS.includes(name));
    try {
      await checkTopics(admin, this.config.topicPrefix, used);
      const { brokers } = await admin.describeCluster();
      this.health.report('brokers', true, brokersDetail(brokers.length));
    } finally {
      await admin.disconnect();
    }
    this.relay.start();
    this.wakeUps.register('chain-head', { everyMs: HEAD_EVERY_MS, run: () => this.exportHead() });
    await this.probe.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.probe.stop();
    await this.wakeUps.close();
    await this.relay.stop();
    await this.producer.disconnect();
    await this.db.close();
  }

  /** Puts the head of the chained log where nobody of us can change it (R15). */
  private async exportHead(): Promise<void> {
    const at = this.clock.now();
    await exportHead(this.db, {
      service: SERVICE,
      at,
      publish: ({ service, seq, hash }) =>
        this.producer.send('chain.head', [
          {
            key: Buffer.from(service),
            value: encode('chain.head', { service, seq, hash, exportedAt: at }),
            headers: { type: 'chain.head' },
          },
        ]),
    });
  }
}
