/** Wires the doors of profit-share to its stores. */
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HttpAccessModule } from '@suanpan/platform-http';
import { AccrualsController } from './accruals/accruals.controller.js';
import { LogConsumer } from './accruals/log.consumer.js';
import { AgreementsController } from './agreements/agreements.controller.js';
import { DistributionsController } from './distributions/distributions.controller.js';
import { DueDistributions } from './distributions/due-distributions.js';
import { Running } from './running.js';
import { StatementsController } from './statements/statements.controller.js';
import { CLOCK, DB, LOGGER, WAKE_UPS } from './tokens.js';

@Module({})
export class ProfitShareModule {
  static of(running: Running): DynamicModule {
    const { config, db, clock, logger, wakeUps } = running;
    return {
      module: ProfitShareModule,
      imports: [
        HttpAccessModule.register({
          database: db,
          accessSchema: config.accessSchema,
          ...(config.vaultKey === undefined ? {} : { answerKey: config.vaultKey }),
        }),
      ],
      controllers: [
        AgreementsController,
        AccrualsController,
        DistributionsController,
        StatementsController,
        LogConsumer,
      ],
      providers: [
        { provide: DB, useValue: db },
        { provide: CLOCK, useValue: clock },
        { provide: LOGGER, useValue: logger },
        { provide: WAKE_UPS, useValue: wakeUps },
        { provide: Running, useValue: running },
        DueDistributions,
      ],
    };
  }
}
