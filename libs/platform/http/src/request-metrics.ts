/**
 * How long requests take, by route template; never by tenant or path, which a caller chooses.
 *
 * Source      invariant I27: no canary in a label
 */
import { Gauge, Histogram, metrics } from '@suanpan/platform-observability';
import type { Logger } from '@suanpan/platform-observability';
import type { NextFunction, Request, Response } from 'express';
import { contextOf } from './request-context.js';

const seconds = new Histogram({
  name: 'suanpan_http_request_seconds',
  help: 'Duration of HTTP requests.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  registers: [metrics],
});

const inFlight = new Gauge({
  name: 'suanpan_http_requests_in_flight',
  help: 'HTTP requests that are being answered.',
  registers: [metrics],
});

const routeOf = (request: Request): string => {
  const route = request.route as { readonly path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : 'none';
};

/** Measures every request and logs it in one line, without query, body or credential. */
export const measureRequests =
  (logger: Logger) =>
  (request: Request, response: Response, next: NextFunction): void => {
    const { requestId, startedAt } = contextOf(request);
    inFlight.inc();
    response.once('close', () => {
      inFlight.dec();
      const { method } = request;
      const [route, status] = [routeOf(request), response.statusCode];
      const elapsedMs = performance.now() - startedAt;
      seconds.observe({ method, route, status }, elapsedMs / 1_000);
      const cut = !response.writableFinished;
      logger.debug({ requestId, method, route, status, cut, ms: Math.round(elapsedMs) }, 'request');
    });
    next();
  };
