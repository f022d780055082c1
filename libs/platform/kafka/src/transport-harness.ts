/**
 * What the transport's own suites share: a started transport over real stores, and its ends.
 *
 * Owns        wiring for tests only; nothing here is exported from the package.
 */
import { createHealth, createLogger } from '@suanpan/platform-observability';
import type { Health } from '@suanpan/platform-observability';
import { createVault } from '@suanpan/platform-vault';
import type { TestStack } from '@suanpan/platform-testing';
import type { LogBatch, LogBatchHandle, LogMessageHandle } from './handlers.js';
import { LogProducer } from './log-producer.js';
import type { LogRecord } from './send-queue.js';
import type { KafkaLogTransportOptions } from './session.js';
import { KafkaLogTransport } from './transport.js';

export interface Harness {
  readonly transport: KafkaLogTransport;
  readonly health: Health;
  readonly exits: string[];
}

const QUICK = { commitMs: 500, watchMs: 500, backoffFirstMs: 20, backoffMaxMs: 200 };

export interface Listening extends Partial<KafkaLogTransportOptions> {
  readonly topic: string;
  readonly batch?: LogBatchHandle;
  readonly message?: LogMessageHandle;
}

/** A transport with one handler, listening. */
export const listen = async (stack: TestStack, listening: Listening): Promise<Harness> => {
  const { topic, batch, message, ...options } = listening;
  const health = createHealth();
  const exits: string[] = [];
  const transport = new KafkaLogTransport({
    kafka: stack.kafka,
    db: stack.db,
    group: 'pricing',
    prefix: stack.prefix,
    logger: createLogger({ service: 'test', level: process.env['TEST_LOG'] ?? 'silent' }),
    health,
    seal: createVault(stack.vaultKey).seal,
    timing: QUICK,
    exit: (reason) => exits.push(reason),
    ...options,
  });
  const kind = batch === undefined ? 'message' : 'batch';
  const handle = (data: unknown): Promise<void> =>
    batch === undefined
      ? (message?.(data as Parameters<LogMessageHandle>[0]) ?? Promise.resolve())
      : batch(data as readonly LogBatch[]);
  transport.addHandler(topic, handle as never, true, { kind });
  await new Promise<void>((resolve, reject) => {
    transport.listen((error) => (error === undefined ? resolve() : reject(error as Error)));
  });
  return { transport, health, exits };
};

/** Writes records and ends the producer. */
export const write = async (
  stack: TestStack,
  topic: string,
  records: readonly LogRecord[],
): Promise<void> => {
  const producer = new LogProducer({ kafka: stack.kafka, prefix: stack.prefix });
  await producer.connect();
  await producer.send(topic, records);
  await producer.disconnect();
};

/** A record for one partition. */
export const record = (partition: number, note: string): LogRecord => ({
  key: Buffer.from(note),
  value: Buffer.from(note),
  partition,
});
