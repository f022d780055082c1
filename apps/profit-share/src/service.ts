/**
 * Starts profit-share: doors, log, loops.
 *
 * Invariant   the door opens at once, the process is ready when the log is joined: after a kill the
 *             group keeps the dead member's place for half a minute, and people can read meanwhile.
 *             Closing the app closes everything.
 */
import type { INestApplication } from '@nestjs/common';
import { bootstrapHttp } from '@suanpan/platform-http';
import { KafkaLogTransport } from '@suanpan/platform-kafka';
import { createVault } from '@suanpan/platform-postgres';
import { ProfitShareModule } from './app.module.js';
import { DueDistributions } from './distributions/due-distributions.js';
import type { Environment } from './running.js';
import { Running, SERVICE } from './running.js';

const DUE_EVERY_MS = 2_000;

const logTransport = (running: Running): KafkaLogTransport => {
  const { config, kafka, db, logger, health, clock } = running;
  return new KafkaLogTransport({
    kafka,
    db,
    group: SERVICE,
    prefix: config.topicPrefix,
    logger,
    health,
    clock,
    ...(config.vaultKey === undefined ? {} : { seal: createVault(config.vaultKey).seal }),
  });
};

const beginDuties = (app: INestApplication, { wakeUps }: Running): void => {
  const due = app.get(DueDistributions);
  wakeUps.register('distributions', { everyMs: DUE_EVERY_MS, run: () => due.run() });
  due.onWake(() => void wakeUps.wake('distributions', 'due'));
};

export interface ServiceOptions {
  /** False in tests that close the app themselves. */
  readonly signals?: boolean;
}

/** A process that cannot hear is of no use: the supervisor starts it again. */
const joinLog = (app: INestApplication, { logger, health }: Running): void => {
  health.report('log', false, 'joining');
  app.startAllMicroservices().catch((error: unknown) => {
    logger.fatal({ err: error }, 'The log cannot be joined.');
    process.exit(1);
  });
};

/** Opens the stores and starts everything; the app is listening when this resolves. */
export const startProfitShare = async (
  env: Environment,
  options: ServiceOptions = {},
): Promise<INestApplication> => {
  const running = await Running.open(env);
  await running.begin();
  const app = await bootstrapHttp(ProfitShareModule.of(running), {
    port: running.config.port,
    service: SERVICE,
    title: 'Suanpan profit-share',
    logger: running.logger,
    health: running.health,
    signals: options.signals ?? true,
    prepare: (made) => {
      made.connectMicroservice({ strategy: logTransport(running) });
      beginDuties(made, running);
    },
  });
  joinLog(app, running);
  return app;
};
