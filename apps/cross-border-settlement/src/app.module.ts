/** Wires the doors of cross-border-settlement to its stores. */
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HttpAccessModule } from '@suanpan/platform-http';
import { BankLinesController } from './bank-lines/bank-lines.controller.js';
import { CounterpartiesController } from './counterparties/counterparties.controller.js';
import { FxRatesController } from './fx-rates/fx-rates.controller.js';
import { JournalController } from './journal/journal.controller.js';
import { LegalEntitiesController } from './legal-entities/legal-entities.controller.js';
import { PayablesController } from './payables/payables.controller.js';
import { ReceiptsController } from './receipts/receipts.controller.js';
import { ReceivablesController } from './receivables/receivables.controller.js';
import { Running } from './running.js';
import { SettlementsController } from './settlements/settlements.controller.js';
import { CLOCK, DB, LOGGER, WAKE_UPS } from './tokens.js';
import { LogConsumer } from './waiting/log.consumer.js';
import { WaitingController } from './waiting/waiting.controller.js';
import { WaitingDocuments } from './waiting/waiting-documents.js';

@Module({})
export class SettlementModule {
  static of(running: Running): DynamicModule {
    const { config, db, clock, logger, wakeUps } = running;
    return {
      module: SettlementModule,
      imports: [
        HttpAccessModule.register({
          database: db,
          accessSchema: config.accessSchema,
          ...(config.vaultKey === undefined ? {} : { answerKey: config.vaultKey }),
        }),
      ],
      controllers: [
        LegalEntitiesController,
        CounterpartiesController,
        FxRatesController,
        ReceivablesController,
        PayablesController,
        ReceiptsController,
        SettlementsController,
        JournalController,
        BankLinesController,
        WaitingController,
        LogConsumer,
      ],
      providers: [
        { provide: DB, useValue: db },
        { provide: CLOCK, useValue: clock },
        { provide: LOGGER, useValue: logger },
        { provide: WAKE_UPS, useValue: wakeUps },
        { provide: Running, useValue: running },
        WaitingDocuments,
      ],
    };
  }
}
