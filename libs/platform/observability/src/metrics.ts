/**
 * The process's Prometheus registry. Names start with `suanpan_`; no tenant is ever a label.
 *
 * Source      https://prometheus.io/docs/practices/naming/ ; invariant I27 (no canary in a label)
 */
import client from 'prom-client';

export const { Counter, Gauge, Histogram } = client;
export type Counter<T extends string = string> = client.Counter<T>;
export type Gauge<T extends string = string> = client.Gauge<T>;
export type Histogram<T extends string = string> = client.Histogram<T>;

/** The one registry of this process. */
export const metrics = new client.Registry();

client.collectDefaultMetrics({ register: metrics });

/** The registry as `GET /metrics` answers it, with its content type. */
export const renderMetrics = async (): Promise<{ contentType: string; body: string }> => ({
  contentType: metrics.contentType,
  body: await metrics.metrics(),
});
