/**
 * The service's capabilities, wired to the stores it is given.
 */
import { Module } from '@nestjs/common';
import type {
  DynamicModule,
  MiddlewareConsumer,
  NestModule,
  OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAccessModule } from '@suanpan/platform-http';
import type { LogSink } from '@suanpan/platform-kafka';
import type { Clock } from '@suanpan/platform-observability';
import { createVault } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { CentreDirectory } from './centres/centre-directory.js';
import { CentresController } from './centres/centres.controller.js';
import { ContractDirectory } from './contracts/contract-directory.js';
import { ContractsConsumer } from './contracts/contracts.consumer.js';
import { ContractsController } from './contracts/contracts.controller.js';
import { BatchDoor } from './events/batch-door.js';
import { EventsController } from './events/events.controller.js';
import { HeldBytes } from './events/held-bytes.js';
import { LineDoor } from './events/line-door.js';
import { Recorder } from './events/recorder.js';
import { RefusedRecords } from './events/refused-records.js';
import { SenderRules } from './events/sender-rules.js';
import { Senders } from './events/senders.js';
import { Standing } from './events/standing.js';
import { Budgets } from './limits/budgets.js';
import { CentreLimits } from './limits/centre-limits.js';
import { LimitsController } from './limits/limits.controller.js';
import { RedisNonces } from './limits/redis-nonces.js';
import type { SharedMemory } from './limits/redis.js';
import { MappingController } from './mappings/mapping.controller.js';
import { MappingDirectory } from './mappings/mapping-directory.js';
import { ChunkDoor } from './imports/chunk-door.js';
import { ImportQueue } from './imports/import-queue.js';
import { ImportRunner } from './imports/import-runner.js';
import { ImportStore } from './imports/import-store.js';
import { Imports } from './imports/imports.js';
import { ImportsController } from './imports/imports.controller.js';
import { Uploads } from './imports/upload.js';
import { OpenMeterController } from './openmeter/openmeter.controller.js';
import { OpenMeterDoor } from './openmeter/openmeter-door.js';
import { OpenMeterProblems } from './openmeter/openmeter-problems.js';
import { OtlpController } from './otlp/otlp.controller.js';
import { OtlpDoor } from './otlp/otlp-door.js';
import { OtlpProblems } from './otlp/otlp-problems.js';
import { RefusedConsumer } from './refused/refused.consumer.js';
import { RefusedController } from './refused/refused.controller.js';
import { SubmittedDoor } from './submitted/submitted-door.js';
import { SubmittedRules } from './submitted/submitted-rules.js';
import { SubmittedTopics } from './submitted/submitted-topics.js';
import { TopicRegistry } from './submitted/topic-registry.js';
import { TopicsController } from './submitted/topics.controller.js';
import { CentreKeys } from './refused/centre-keys.js';
import { CentreRules } from './refused/centre-rules.js';
import { JudgeAgain } from './refused/judge-again.js';
import { RawForms } from './refused/raw-forms.js';
import { Redrive } from './refused/redrive.js';
import { RefusedStore } from './refused/refused-store.js';
import { Repair } from './refused/repair.js';
import { UsageBodiesController } from './usage-bodies/usage-bodies.controller.js';
import { CLOCK, DATABASE, PRODUCER, SETTINGS, SHARED_MEMORY, VAULT } from './tokens.js';
import type { IngestSettings } from './tokens.js';

export interface IngestParts {
  readonly db: Database;
  readonly producer: LogSink;
  readonly clock: Clock;
  readonly settings: IngestSettings;
  readonly memory: SharedMemory;
}

@Module({})
export class IngestModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(OtlpProblems).forRoutes('v1/traces', 'v1/logs');
    consumer.apply(OpenMeterProblems).forRoutes('api/v1/events');
  }

  static from(parts: IngestParts): DynamicModule {
    const { db, producer, clock, settings, memory } = parts;
    const { accessSchema, vaultKey } = settings;
    const nonces = new RedisNonces(memory);
    return {
      module: IngestModule,
      imports: [
        HttpAccessModule.register({ database: db, accessSchema, answerKey: vaultKey, nonces }),
      ],
      controllers: [
        EventsController,
        UsageBodiesController,
        OtlpController,
        OpenMeterController,
        CentresController,
        MappingController,
        ApiKeysController,
        RefusedController,
        RefusedConsumer,
        ...[
          LimitsController,
          ContractsController,
          ContractsConsumer,
          TopicsController,
          ImportsController,
        ],
      ],
      providers: [
        { provide: DATABASE, useValue: db },
        { provide: PRODUCER, useValue: producer },
        { provide: CLOCK, useValue: clock },
        { provide: SETTINGS, useValue: settings },
        { provide: SHARED_MEMORY, useValue: memory },
        { provide: VAULT, useFactory: () => createVault(vaultKey) },
        { provide: HeldBytes, useFactory: () => new HeldBytes() },
        {
          provide: StoresAtShutdown,
          inject: [SubmittedTopics],
          useFactory: (topics: SubmittedTopics) => new StoresAtShutdown(parts, topics),
        },
        ...[CentreDirectory, MappingDirectory, CentreLimits, Budgets, ContractDirectory],
        ...[RefusedRecords, Recorder, SenderRules, Senders, Standing, BatchDoor, LineDoor],
        ...[TopicRegistry, SubmittedRules, SubmittedDoor, SubmittedTopics],
        ...[OtlpDoor, OpenMeterDoor],
        ...[Uploads, ImportStore, ChunkDoor, ImportRunner, ImportQueue, Imports],
        ...[RefusedStore, RawForms, CentreKeys, CentreRules, JudgeAgain, Redrive, Repair],
      ],
    };
  }
}

/** Closes the stores last: running requests and the consumer use them until then. */
class StoresAtShutdown implements OnApplicationShutdown {
  constructor(
    private readonly parts: IngestParts,
    private readonly topics: SubmittedTopics,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.topics.ended();
    this.parts.memory.close();
    await this.parts.producer.disconnect();
    await this.parts.db.close();
  }
}
