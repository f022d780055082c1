/**
 * The service's two ties to the log: the producer behind the door, and the consumer that keeps the
 * projection of refused events.
 *
 * Invariant   while the broker is away both try again; the projection never takes the door down.
 * Source      reliability rows F08, B26; docs/architecture.md 5
 */
import type { INestApplication } from '@nestjs/common';
import { Unavailable } from '@suanpan/event-sourcing';
import { topics } from '@suanpan/messages';
import type { ServiceConfig } from '@suanpan/platform-http';
import { checkTopics, createAdmin, KafkaLogTransport } from '@suanpan/platform-kafka';
import type { LogProducer } from '@suanpan/platform-kafka';
import type { Health, Logger } from '@suanpan/platform-observability';
import { createVault } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import type { Kafka } from 'kafkajs';
import { SERVICE } from './tokens.js';

export interface LogParts {
  readonly config: ServiceConfig;
  readonly kafka: Kafka;
  readonly db: Database;
  readonly producer: LogProducer;
  readonly health: Health;
  readonly logger: Logger;
  readonly vaultKey: string;
}

const RECONNECT_MS = 1_000;
const REJOIN_MS = 5_000;
const MINE = new Set(['usage.recorded', 'usage.refused']);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const checkLog = async ({ kafka, config }: LogParts): Promise<void> => {
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
  parts.health.report('kafka', true);
  await followRefused(parts, app);
};
