/**
 * The process's Prometheus registry. Names start with `suanpan_`; no tenant is ever a label.
 *
 * Source      https://prometheus.io/docs/practices/naming/ ; invariant I27 (no canary in a label)
 */
import { isMainThread } from 'node:worker_threads';
import client from 'prom-client';

export const { Counter, Gauge, Histogram } = client;
export type Counter<T extends string = string> = client.Counter<T>;
export type Gauge<T extends string = string> = client.Gauge<T>;
export type Histogram<T extends string = string> = client.Histogram<T>;

/** The one registry of this process. */
export const metrics = new client.Registry();

// Nobody asks a thread for its metrics: what counts is told to the main one.
if (isMainThread) client.collectDefaultMetrics({ register: metrics });

/** The registry as `GET /metrics` answers it, with its content type. */
export const renderMetrics = async (): Promise<{ contentType: string; body: string }> => ({
  contentType: metrics.contentType,
  body: await metrics.metrics(),
});
