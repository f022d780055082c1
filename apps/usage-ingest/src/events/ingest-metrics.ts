/**
 * What the door counts. Labels hold our own codes, never anything that a sender wrote (I27).
 */
import { Counter, Gauge, Histogram, metrics } from '@suanpan/platform-observability';

export const eventsTotal = new Counter({
  name: 'suanpan_ingest_events_total',
  help: 'Usage events answered, by result and refusal code.',
  labelNames: ['result', 'code'],
  registers: [metrics],
});

export const limitedTotal = new Counter({
  name: 'suanpan_ingest_limited_total',
  help: 'Requests that were told to come later, by code.',
  labelNames: ['code'],
  registers: [metrics],
});

export const heldBytes = new Gauge({
  name: 'suanpan_ingest_held_bytes',
  help: 'Bytes of request bodies held in memory.',
  registers: [metrics],
});

export const produceSeconds = new Histogram({
  name: 'suanpan_ingest_produce_seconds',
  help: 'From handing a batch to the producer to the acknowledgement of the broker.',
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [metrics],
});

export const ignoredRecords = new Counter({
  name: 'suanpan_ingest_ignored_records_total',
  help: 'OpenTelemetry records that tell of no usage of their own.',
  labelNames: ['signal', 'reason'],
  registers: [metrics],
});
