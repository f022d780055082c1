export { Breaker, DEFECTS_MAX, HaltPartition } from './breaker.js';
export type { BreakerState } from './breaker.js';
export { BATCH_RECORDS_MAX, INFLATED_BYTES_MAX } from './bounded-gzip.js';
export type { Environment, KafkaOptions } from './client.js';
export { createAdmin, createKafka } from './client.js';
export type {
  LogBatch,
  LogBatchHandle,
  LogMessage,
  LogMessageEvent,
  LogMessageHandle,
  LoggedRecord,
} from './handlers.js';
export { LogBatchHandler, LogMessageHandler } from './handlers.js';
export type { LogProducerOptions, LogSink } from './log-producer.js';
export { LogProducer } from './log-producer.js';
export { outboxPublisher } from './outbox-publisher.js';
export type { PackedBatches } from './packed-batches.js';
export { packBatches, unpackBatches } from './packed-batches.js';
export type { Poison, QuarantineOptions } from './quarantine.js';
export { countQuarantined, quarantinePoison } from './quarantine.js';
export type { LogRecord } from './send-queue.js';
export type { Coalesce, Fetch, KafkaLogTransportOptions, Timing } from './session.js';
export { Thread } from './thread.js';
export { serve } from './thread-protocol.js';
export { ThreadedProducer } from './threaded-producer.js';
export type { ThreadedProducerOptions } from './threaded-producer.js';
export { checkTopics } from './topic-setup.js';
export { KafkaLogTransport } from './transport.js';
export { WITHHELD_HEADER } from './withheld-records.js';
