/**
 * The service's two ties to the log: the producer behind the door, and the consumer that keeps the
 * projection of refused events.
 *
 * Invariant   while the broker is away both try again; the projection never takes the door down.
 *             The health follows the last send; without one, the broker is asked.
 * Source      reliability rows F08, B26; docs/architecture.md 5
 */
import type { INestApplication } from '@nestjs/common';
import { Unavailable } from '@suanpan/event-sourcing';
import { topics } from '@suanpan/messages';
import type { ServiceConfig } from '@suanpan/platform-http';
import { checkTopics, createAdmin, KafkaLogTransport } from '@suanpan/platform-kafka';
import type { LogRecord, LogSink } from '@suanpan/platform-kafka';
import { brokersDetail, Probe } from '@suanpan/platform-observability';
import type { Health, Logger } from '@suanpan/platform-observability';
import { createVault, ping } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import type { Admin, Kafka } from 'kafkajs';
import type { Server } from 'node:http';
import { SubmittedTopics } from './submitted/submitted-topics.js';
import { SERVICE } from './tokens.js';

/** The producer behind the door; remembers how its last send has ended. */
export class DoorProducer implements LogSink {
  private last: 'away' | 'written' | undefined;

  constructor(private readonly sink: LogSink) {}

  connect(): Promise<void> {
    return this.sink.connect();
  }

  disconnect(): Promise<void> {
    return this.sink.disconnect();
  }

  async send(topic: string, records: readonly LogRecord[]): Promise<void> {
    try {
      await this.sink.send(topic, records);
      if (records.length > 0) this.last = 'written';
    } catch (error) {
      if (error instanceof Unavailable) this.last = 'away';
      throw error;
    }
  }

  /** Whether the last send since the last look was written; undefined when there was none. */
  takeOutcome(): 'away' | 'written' | undefined {
    const outcome = this.last;
    this.last = undefined;
    return outcome;
  }
}

export interface LogParts {
  readonly config: ServiceConfig;
  readonly kafka: Kafka;
  readonly db: Database;
  readonly producer: DoorProducer;
  readonly health: Health;
  readonly logger: Logger;
  readonly vaultKey: string;
}

const RECONNECT_MS = 1_000;
const REJOIN_MS = 5_000;
const MINE = new Set(['usage.recorded', 'usage.refused', 'contract']);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const withAdmin = async (kafka: Kafka, work: (admin: Admin) => Promise<void>): Promise<void> => {
  const admin = await createAdmin(kafka);
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
};

const checkLog = ({ kafka, config, health }: LogParts): Promise<void> =>
  withAdmin(kafka, async (admin) => {
    const mine = topics.filter(({ name }) => MINE.has(name));
    await checkTopics(admin, config.topicPrefix, mine);
    const { brokers } = await admin.describeCluster();
    health.report('brokers', true, brokersDetail(brokers.length));
  });

/**
 * A written send says that the broker is there. Without one the broker is asked: a door that is not
 * ready is sent nothing, and would never be ready again.
 */
const askLog = async ({ kafka, producer }: LogParts): Promise<void> => {
  if (producer.takeOutcome() === 'written') return;
  await withAdmin(kafka, async (admin) => {
    await admin.describeCluster();
  });
};

/** Keeps the health of both stores true to them for as long as the door is open. */
const watchStores = async (parts: LogParts, app: INestApplication): Promise<void> => {
  const { db, health, logger } = parts;
  const probes = [
    new Probe({ health, logger, part: 'stores', ask: () => ping(db) }),
    new Probe({ health, logger, part: 'kafka', ask: () => askLog(parts) }),
  ];
  const server = app.getHttpServer() as Server;
  server.once('close', () => probes.forEach((probe) => probe.stop()));
  await Promise.all(probes.map((probe) => probe.start()));
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

/** What the consumer reports is shown, but a process that can take events is ready. */
const besides = (health: Health): Health => ({
  report: (part, ready, detail) => {
    health.report(part, true, ready ? detail : (detail ?? 'not ready'));
  },
  snapshot: () => health.snapshot(),
});

const followRefused = async (parts: LogParts, app: INestApplication): Promise<void> => {
  const { kafka, db, config, health, logger, vaultKey } = parts;
  const strategy = new KafkaLogTransport({
    ...{ kafka, db, logger, health: besides(health) },
    group: `${SERVICE}.refused`,
    prefix: config.topicPrefix,
    seal: createVault(vaultKey).seal,
    exit: (reason) => {
      logger.error({ reason }, 'the list of refused events stands still; joining again');
      setTimeout(rejoin, REJOIN_MS);
    },
  });
  app.connectMicroservice({ strategy });
  const join = (): Promise<void> =>
    untilLogAnswers(logger, async () => {
      // What an earlier try has left open is closed; on the first one this does nothing.
      await strategy.close();
      await app.startAllMicroservices();
    });
  const rejoin = (): void => {
    join().catch((error: unknown) => logger.error({ err: error }, 'cannot join the log again'));
  };
  await join();
};

/** Joins the log, for as long as that takes. */
export const joinLog = async (parts: LogParts, app: INestApplication): Promise<void> => {
  await untilLogAnswers(parts.logger, async () => {
    await parts.producer.connect();
    await checkLog(parts);
  });
  await watchStores(parts, app);
  const { kafka, db, config, logger, health } = parts;
  app.get(SubmittedTopics).follow({ kafka, db, prefix: config.topicPrefix, logger, health });
  await followRefused(parts, app);
};
