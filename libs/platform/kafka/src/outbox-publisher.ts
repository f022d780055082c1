/**
 * What the outbox relay calls to put messages on the log, with the headers receivers go by.
 *
 * Source      docs/architecture.md 4
 */
import type { RelayedMessage } from '@suanpan/platform-postgres';
import type { LogProducer } from './log-producer.js';
import type { LogRecord } from './send-queue.js';

const toRecord = (message: RelayedMessage): LogRecord => ({
  key: message.key,
  value: message.value,
  headers: {
    'message-id': `${message.topic}/${message.tenant}/${message.streamId}/${message.streamVersion}`,
    type: message.type,
    tenant: message.tenant,
    'stream-id': message.streamId,
    'stream-version': message.streamVersion.toString(),
    ...(message.traceparent === null ? {} : { traceparent: message.traceparent }),
  },
});

/** The `publish` of an `OutboxRelay`: resolves when the log has every message. */
export const outboxPublisher =
  (producer: LogProducer) =>
  async (messages: readonly RelayedMessage[]): Promise<void> => {
    const byTopic = new Map<string, LogRecord[]>();
    for (const message of messages) {
      const records = byTopic.get(message.topic) ?? [];
      records.push(toRecord(message));
      byTopic.set(message.topic, records);
    }
    await Promise.all([...byTopic].map(([topic, records]) => producer.send(topic, records)));
  };
