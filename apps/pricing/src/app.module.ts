/** Wires the doors of pricing to its stores. */
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HttpAccessModule } from '@suanpan/platform-http';
import { ContractsController } from './contracts/contracts.controller.js';
import { Contracts } from './contracts/contracts.js';
import { InvoicesController } from './invoices/invoices.controller.js';
import { CloseRequests } from './periods/close-requests.js';
import { PeriodsController } from './periods/periods.controller.js';
import { PriceTablesController } from './price-tables/price-tables.controller.js';
import { PriceTables } from './price-tables/price-tables.js';
import { ConflictsController } from './quarantine/conflicts.controller.js';
import { QuarantineController } from './quarantine/quarantine.controller.js';
import { Redrive } from './quarantine/redrive.js';
import { UsageConsumer } from './rating/usage.consumer.js';
import { ManifestsController } from './reconciliation/manifests.controller.js';
import { Running } from './running.js';
import { CLOCK, DB, RATING, WAKE_UPS } from './tokens.js';
import { CallsController } from './usage/calls.controller.js';
import { EventsController } from './usage/events.controller.js';
import { UnpricedController } from './usage/unpriced.controller.js';
import { UsageReportsController } from './usage/usage-reports.controller.js';
import { UsageController } from './usage/usage.controller.js';

@Module({})
export class PricingModule {
  static of(running: Running): DynamicModule {
    const { config, db, clock, wakeUps, rating } = running;
    return {
      module: PricingModule,
      imports: [
        HttpAccessModule.register({
          database: db,
          accessSchema: config.accessSchema,
          answerKey: config.vaultKey,
        }),
      ],
      controllers: [
        PriceTablesController,
        ContractsController,
        UsageController,
        ...[UsageReportsController, UnpricedController],
        CallsController,
        EventsController,
        QuarantineController,
        ConflictsController,
        ManifestsController,
        PeriodsController,
        InvoicesController,
        UsageConsumer,
      ],
      providers: [
        { provide: DB, useValue: db },
        { provide: CLOCK, useValue: clock },
        { provide: WAKE_UPS, useValue: wakeUps },
        { provide: RATING, useValue: rating },
        { provide: PriceTables, useFactory: () => new PriceTables(db) },
        { provide: Contracts, useFactory: () => new Contracts(db) },
        { provide: Redrive, useFactory: () => new Redrive(running) },
        { provide: CloseRequests, useFactory: () => new CloseRequests(db) },
        { provide: Running, useValue: running },
      ],
    };
  }
}
