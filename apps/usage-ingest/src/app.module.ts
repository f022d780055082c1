/**
 * The service's capabilities, wired to the stores it is given.
 */
import { Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { HttpAccessModule } from '@suanpan/platform-http';
import type { LogProducer } from '@suanpan/platform-kafka';
import type { Clock } from '@suanpan/platform-observability';
import { createVault } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { CentreDirectory } from './centres/centre-directory.js';
import { CentresController } from './centres/centres.controller.js';
import { BatchDoor } from './events/batch-door.js';
import { EventsController } from './events/events.controller.js';
import { HeldBytes } from './events/held-bytes.js';
import { LineDoor } from './events/line-door.js';
import { Recorder } from './events/recorder.js';
import { RefusedRecords } from './events/refused-records.js';
import { Senders } from './events/senders.js';
import { Standing } from './events/standing.js';
import { MappingController } from './mappings/mapping.controller.js';
import { MappingDirectory } from './mappings/mapping-directory.js';
import { ChunkDoor } from './imports/chunk-door.js';
import { ImportQueue } from './imports/import-queue.js';
import { ImportRunner } from './imports/import-runner.js';
import { ImportStore } from './imports/import-store.js';
import { Imports } from './imports/imports.js';
import { ImportsController } from './imports/imports.controller.js';
import { Uploads } from './imports/upload.js';
import { RefusedConsumer } from './refused/refused.consumer.js';
import { RefusedController } from './refused/refused.controller.js';
import { UsageBodiesController } from './usage-bodies/usage-bodies.controller.js';
import { CLOCK, DATABASE, PRODUCER, SETTINGS, VAULT } from './tokens.js';
import type { IngestSettings } from './tokens.js';

export interface IngestParts {
  readonly db: Database;
  readonly producer: LogProducer;
  readonly clock: Clock;
  readonly settings: IngestSettings;
  /** 64 hexadecimal digits. */
  readonly vaultKey: string;
}

@Module({})
export class IngestModule {
  static from(parts: IngestParts): DynamicModule {
    const { db, producer, clock, settings, vaultKey } = parts;
    const { accessSchema } = settings;
    return {
      module: IngestModule,
      imports: [HttpAccessModule.register({ database: db, accessSchema, answerKey: vaultKey })],
      controllers: [
        EventsController,
        UsageBodiesController,
        CentresController,
        MappingController,
        ApiKeysController,
        RefusedController,
        RefusedConsumer,
        ImportsController,
      ],
      providers: [
        { provide: DATABASE, useValue: db },
        { provide: PRODUCER, useValue: producer },
        { provide: CLOCK, useValue: clock },
        { provide: SETTINGS, useValue: settings },
        { provide: VAULT, useFactory: () => createVault(vaultKey) },
        { provide: HeldBytes, useFactory: () => new HeldBytes() },
        { provide: StoresAtShutdown, useFactory: () => new StoresAtShutdown(parts) },
        ...[CentreDirectory, MappingDirectory],
        ...[RefusedRecords, Recorder, Senders, Standing, BatchDoor, LineDoor],
        ...[Uploads, ImportStore, ChunkDoor, ImportRunner, ImportQueue, Imports],
      ],
    };
  }
}

/** Closes the stores last: running requests and the consumer use them until then. */
class StoresAtShutdown implements OnApplicationShutdown {
  constructor(private readonly parts: IngestParts) {}

  async onApplicationShutdown(): Promise<void> {
    await this.parts.producer.disconnect();
    await this.parts.db.close();
  }
}
