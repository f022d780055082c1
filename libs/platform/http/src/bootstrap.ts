/**
 * Starts a service's HTTP door, the same way in every service.
 *
 * Owns        ids, limits, problems, validation, operations routes, shutdown. Not the routes.
 * Source      docs/architecture.md 2 and 6
 */
import type { INestApplication, Type } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createHealth, createLogger, nestLogger } from '@suanpan/platform-observability';
import type { Health, Logger } from '@suanpan/platform-observability';
import { BodyInterceptor, bodyTiming } from './body-routes.js';
import type { BodyTiming } from './body-routes.js';
import { securityHeaders } from './headers.js';
import { HttpAdapter } from './http-adapter.js';
import { addOperations } from './operations.js';
import { ProblemFilter } from './problem-filter.js';
import { requestIds } from './request-context.js';
import { measureRequests } from './request-metrics.js';
import { closeOnSignals, partGently } from './shutdown.js';
import { jsonReplacer } from './to-json.js';
import { ProblemValidationPipe } from './validation.js';

export interface BootstrapOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** The address to listen on; HOST of the environment, else this machine only. */
  readonly host?: string;
  readonly service: string;
  readonly title: string;
  readonly version?: string;
  readonly logger?: Logger;
  readonly health?: Health;
  readonly bodyTiming?: BodyTiming;
  /** False in tests that close the app themselves. */
  readonly signals?: boolean;
  /** Called before listening, for example to connect a Kafka transport. */
  readonly prepare?: (app: INestApplication) => Promise<void> | void;
}

/** Whoever wants a service to be reached from outside says so: the stores hold money. */
const LOOPBACK = '127.0.0.1';

const hostOf = ({ host }: BootstrapOptions): string => {
  const given = host ?? process.env['HOST'] ?? '';
  return given === '' ? LOOPBACK : given;
};

/** Builds the app without listening. */
export const createHttpApp = async (
  module: Type | DynamicModule,
  options: BootstrapOptions,
): Promise<NestExpressApplication> => {
  const logger = options.logger ?? createLogger({ service: options.service });
  const health = options.health ?? createHealth();
  const app = await NestFactory.create<NestExpressApplication>(module, new HttpAdapter(), {
    bodyParser: false,
    cors: false,
    abortOnError: false,
    logger: nestLogger(logger),
  });
  app.disable('x-powered-by').disable('etag').set('json replacer', jsonReplacer);
  const gently = partGently(app.getHttpServer());
  app.use(requestIds, securityHeaders, measureRequests(logger), gently);
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalPipes(new ProblemValidationPipe());
  const timing = options.bodyTiming ?? bodyTiming;
  app.useGlobalInterceptors(new BodyInterceptor(app.get(Reflector), timing));
  addOperations(app, { title: options.title, version: options.version ?? '0.1.0', health });
  await options.prepare?.(app);
  if (options.signals !== false) closeOnSignals(app, { health, logger });
  return app;
};

/** Builds the app and listens. */
export const bootstrapHttp = async (
  module: Type | DynamicModule,
  options: BootstrapOptions,
): Promise<INestApplication> => {
  const app = await createHttpApp(module, options);
  await app.listen(options.port, hostOf(options));
  return app;
};
