/**
 * Leaves within 10 s: no new requests, the running ones are finished, then the stores are closed.
 *
 * Shape       Nest closes the server between `beforeApplicationShutdown` and
 *             `onApplicationShutdown`; a store that running requests use closes in the latter.
 * Units       milliseconds
 * Source      reliability row F07
 */
import type { INestApplication } from '@nestjs/common';
import { flushSpans } from '@suanpan/platform-observability';
import type { Health, Logger } from '@suanpan/platform-observability';
import type { NextFunction, Request, Response } from 'express';
import type { Server } from 'node:http';

const DRAIN_MS = 7_000;
const GRACE_MS = 9_500;
const IDLE_CHECK_MS = 100;

export interface ShutdownOptions {
  readonly health: Health;
  readonly logger: Logger;
}

const leaving = new WeakSet<Server>();

/** Tells clients of a leaving process to open their next connection elsewhere. */
export const partGently =
  (server: Server) =>
  (_request: Request, response: Response, next: NextFunction): void => {
    if (leaving.has(server)) response.setHeader('Connection', 'close');
    next();
  };

/** Closes the app, cutting what has not ended after 7 s. */
export const closeGracefully = async (
  app: INestApplication,
  { health, logger }: ShutdownOptions,
): Promise<void> => {
  health.report('shutdown', false, 'shutting down');
  const server = app.getHttpServer() as Server;
  leaving.add(server);
  // A connection that falls idle after the server was closed would be waited for.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const cut = setTimeout(() => {
    logger.warn('requests were cut at shutdown');
    server.closeAllConnections();
  }, DRAIN_MS);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
};

/** Closes on SIGTERM and SIGINT, and ends the process in any case. */
export const closeOnSignals = (app: INestApplication, options: ShutdownOptions): void => {
  let closing = false;
  const leave = (signal: NodeJS.Signals): void => {
    if (closing) return;
    closing = true;
    options.logger.info({ signal }, 'shutting down');
    setTimeout(() => process.exit(1), GRACE_MS).unref();
    const close = async (): Promise<void> => {
      // The spans of the last requests, also of a close that failed.
      await closeGracefully(app, options).finally(flushSpans);
    };
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        options.logger.error({ err: error }, 'shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', leave).on('SIGINT', leave);
};
