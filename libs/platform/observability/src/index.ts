export type { Clock } from './clock.js';
export { clockFromEnv, simulatedClock, systemClock } from './clock.js';
export { crashPoint } from './crash-point.js';
export type { Health, HealthReport } from './health.js';
export { brokersDetail, createHealth } from './health.js';
export type { Logger } from './logger.js';
export { createLogger, nestLogger } from './logger.js';
export { Counter, Gauge, Histogram, metrics, renderMetrics } from './metrics.js';
export type { ProbeOptions } from './probe.js';
export { Probe } from './probe.js';
export type { Consumed } from './tracing.js';
export {
  continueTrace,
  currentTraceparent,
  flushSpans,
  inConsumerSpan,
  inProducerSpan,
} from './tracing.js';
