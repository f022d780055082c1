/**
 * What guarded routes need of the service: its database, from which keys and answers are read.
 *
 * Shape       import `HttpAccessModule.register({ database })`, or `registerAsync` where the database
 *             is itself a provider. It guards every route of the app.
 */
import { Module } from '@nestjs/common';
import type { DynamicModule, FactoryProvider, ModuleMetadata } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Database } from '@suanpan/platform-postgres';
import { createAnswerSeal, createSigningSeal, openSeal } from './answer-seal.js';
import { ApiKeyGuard } from './api-key-guard.js';
import { ACCESS_SCHEMA } from './api-key-store.js';
import { ApiKeys } from './api-keys.js';
import { FailedKeys } from './failed-keys.js';
import { KeyGate } from './key-gate.js';
import { MemoryNonces } from './nonces.js';
import type { NonceStore } from './nonces.js';
import { SignedBodies } from './signed-bodies.js';
import { ANSWER_SEAL, DATABASE } from './tokens.js';
import type { DatabaseHolder } from './tokens.js';

export interface HttpAccessOptions {
  readonly database: Database;
  readonly accessSchema?: string;
  /** 64 hexadecimal digits; seals the answers kept for `@Idempotent()` routes, opens secrets. */
  readonly answerKey?: string;
  /** Where the ids of signed requests are remembered; in this process when not given. */
  readonly nonces?: NonceStore;
}

export interface HttpAccessAsyncOptions {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...dependencies: never[]) => HttpAccessOptions | Promise<HttpAccessOptions>;
}

const OPTIONS = Symbol('HTTP_ACCESS_OPTIONS');

const build = (
  options: FactoryProvider,
  imports: NonNullable<ModuleMetadata['imports']>,
): DynamicModule => ({
  module: HttpAccessModule,
  global: true,
  imports,
  providers: [
    options,
    {
      provide: DATABASE,
      inject: [OPTIONS],
      useFactory: ({ database, accessSchema }: HttpAccessOptions): DatabaseHolder => ({
        db: database,
        accessSchema: accessSchema ?? ACCESS_SCHEMA,
      }),
    },
    {
      provide: ANSWER_SEAL,
      inject: [OPTIONS],
      useFactory: ({ answerKey }: HttpAccessOptions) =>
        answerKey === undefined ? openSeal : createAnswerSeal(answerKey),
    },
    {
      provide: ApiKeys,
      inject: [DATABASE],
      useFactory: ({ db, accessSchema }: DatabaseHolder) => new ApiKeys(db, accessSchema),
    },
    {
      provide: SignedBodies,
      inject: [OPTIONS],
      useFactory: ({ answerKey, nonces }: HttpAccessOptions) =>
        new SignedBodies(
          answerKey === undefined ? null : createSigningSeal(answerKey),
          nonces ?? new MemoryNonces(),
        ),
    },
    { provide: FailedKeys, useFactory: () => new FailedKeys() },
    KeyGate,
    { provide: APP_GUARD, useClass: ApiKeyGuard },
  ],
  exports: [DATABASE, ANSWER_SEAL, ApiKeys],
});

@Module({})
export class HttpAccessModule {
  static register(options: HttpAccessOptions): DynamicModule {
    return build({ provide: OPTIONS, useFactory: () => options }, []);
  }

  static registerAsync(options: HttpAccessAsyncOptions): DynamicModule {
    const factory = {
      provide: OPTIONS,
      inject: options.inject ?? [],
      useFactory: options.useFactory,
    } as FactoryProvider;
    return build(factory, options.imports ?? []);
  }
}
