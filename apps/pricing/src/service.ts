/**
 * Starts pricing: doors, log, duties.
 *
 * Invariant   the log is joined before the door opens; closing the app closes everything.
 */
import type { INestApplication } from '@nestjs/common';
import { bootstrapHttp } from '@suanpan/platform-http';
import { KafkaLogTransport } from '@suanpan/platform-kafka';
import { PricingModule } from './app.module.js';
import { GROUP } from './cuts/cut.js';
import { CloseDuty } from './periods/close-duty.js';
import { RerateDuty } from './rating/rerate-duty.js';
import type { Environment } from './running.js';
import { Running, SERVICE } from './running.js';
import { CLOSE, RERATE } from './tokens.js';

const CLOSE_EVERY_MS = 2_000;
const RERATE_EVERY_MS = 2_000;
const GROUP_MESSAGES_MAX = 8_000;

const logTransport = (running: Running): KafkaLogTransport => {
  const { config, kafka, pipelineDb, logger, health, clock, vault, rating } = running;
  return new KafkaLogTransport({
    kafka,
    db: pipelineDb,
    group: GROUP,
    prefix: config.topicPrefix,
    logger,
    health,
    clock,
    coalesce: { messagesMax: GROUP_MESSAGES_MAX },
    parallel: rating.parallel,
    seal: vault.seal,
    ...(config.kafkaSessionMs === undefined
      ? {}
      : { timing: { sessionMs: config.kafkaSessionMs } }),
    announce: true,
  });
};

const beginDuties = (running: Running): void => {
  const { db, pipelineDb, pipeline, clock, logger, wakeUps, logEnd } = running;
  const rerate = new RerateDuty({ db: pipelineDb, pipeline, clock });
  const close = new CloseDuty({ db, log: logEnd, clock, logger });
  wakeUps.register(RERATE, { everyMs: RERATE_EVERY_MS, run: () => rerate.run() });
  wakeUps.register(CLOSE, {
    everyMs: CLOSE_EVERY_MS,
    run: async () => {
      if (await close.run()) await running.exportHead();
    },
  });
};

export interface ServiceOptions {
  /** False in tests that close the app themselves. */
  readonly signals?: boolean;
}

/** Opens the stores and starts everything; the app is listening when this resolves. */
export const startPricing = async (
  env: Environment,
  options: ServiceOptions = {},
): Promise<INestApplication> => {
  const running = await Running.open(env);
  await running.begin();
  return bootstrapHttp(PricingModule.of(running), {
    port: running.config.port,
    service: SERVICE,
    title: 'Suanpan pricing',
    logger: running.logger,
    health: running.health,
    signals: options.signals ?? true,
    prepare: async (app) => {
      app.connectMicroservice({ strategy: logTransport(running) });
      await app.startAllMicroservices();
      beginDuties(running);
    },
  });
};
