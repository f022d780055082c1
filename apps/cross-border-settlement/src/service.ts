/**
 * Starts cross-border-settlement: doors, log, loops.
 *
 * Invariant   the log is joined before the door opens; closing the app closes everything.
 */
import type { INestApplication } from '@nestjs/common';
import { bootstrapHttp } from '@suanpan/platform-http';
import { KafkaLogTransport } from '@suanpan/platform-kafka';
import { createVault } from '@suanpan/platform-postgres';
import { SettlementModule } from './app.module.js';
import { WaitingDocuments } from './waiting/waiting-documents.js';
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
  const due = app.get(WaitingDocuments);
  wakeUps.register('waiting', { everyMs: DUE_EVERY_MS, run: () => due.run() });
  due.onWake(() => void wakeUps.wake('waiting', 'due'));
};

export interface ServiceOptions {
  /** False in tests that close the app themselves. */
  readonly signals?: boolean;
}

/** Opens the stores and starts everything; the app is listening when this resolves. */
export const startSettlement = async (
  env: Environment,
  options: ServiceOptions = {},
): Promise<INestApplication> => {
  const running = await Running.open(env);
  await running.begin();
  return bootstrapHttp(SettlementModule.of(running), {
    port: running.config.port,
    service: SERVICE,
    title: 'Suanpan cross-border-settlement',
    logger: running.logger,
    health: running.health,
    signals: options.signals ?? true,
    prepare: async (app) => {
      app.connectMicroservice({ strategy: logTransport(running) });
      await app.startAllMicroservices();
      beginDuties(app, running);
    },
  });
};
