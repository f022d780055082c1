/**
 * Writes records to the log and answers only when the broker has them.
 *
 * Shape       sends are gathered for a moment, then leave together: at most IN_FLIGHT_MAX requests
 *             at a time, each of about 1 MiB; the longer the broker takes, the more each holds.
 * Invariant   acks -1; never kafkajs' idempotent mode, which loses acknowledged messages when a
 *             response is lost (measured: reliability 1). A duplicate is harmless, a loss is not.
 * Rejections  none; Unavailable KAFKA_UNAVAILABLE when the log does not answer in time
 * Source      design 3.1, reliability D05, docs/adr (keyed non-idempotent producer)
 */
import { Defect, Unavailable } from '@suanpan/event-sourcing';
import { topicName } from '@suanpan/messages';
import { currentTraceparent, inProducerSpan } from '@suanpan/platform-observability';
import kafkajs from 'kafkajs';
import type { Kafka, Message, Producer, TopicMessages } from 'kafkajs';
import type { LogRecord, Part, Sending } from './send-queue.js';
import { SendQueue } from './send-queue.js';
import { atMost } from './session.js';

export interface LogProducerOptions {
  readonly kafka: Kafka;
  readonly prefix: string;
  /** Records that may wait, in bytes; beyond it a send is refused at once. */
  readonly waitingBytesMax?: number;
}

const REQUEST_BYTES = 1_048_576;
const WAITING_BYTES_MAX = 67_108_864;
const IN_FLIGHT_MAX = 2;
const LINGER_MS = 5;
const ACKS_ALL = -1;
const BROKER_TIMEOUT_MS = 5_000;
const ANSWER_MS = 10_000;
const RETRY = { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 };

/** What the broker refuses whatever is tried: our own fault, not the broker's state. */
const REFUSED =
  /larger than the max|RECORD_LIST_TOO_LARGE|MESSAGE_TOO_LARGE|not authorized|INVALID_RECORD/i;

const asError = (error: unknown): Error => {
  const reason = error instanceof Error ? error.message : String(error);
  return REFUSED.test(reason)
    ? new Defect('KAFKA_REFUSED', `The log refused a record: ${reason}`, { cause: error })
    : new Unavailable('KAFKA_UNAVAILABLE', `The log did not answer: ${reason}`, { cause: error });
};

const toTopicMessages = (parts: readonly Part[]): TopicMessages[] => {
  const byTopic = new Map<string, LogRecord[][]>();
  for (const { topic, records } of parts) {
    const all = byTopic.get(topic) ?? [];
    all.push(records as LogRecord[]);
    byTopic.set(topic, all);
  }
  // kafkajs reads the records and changes nothing; copying each would cost as much as sending it.
  return [...byTopic].map(([topic, all]) => ({ topic, messages: all.flat() as Message[] }));
};

/** The records with the trace they are sent in; outbox messages already carry their own. */
export const withTrace = (records: readonly LogRecord[]): readonly LogRecord[] => {
  const traceparent = currentTraceparent();
  if (traceparent === undefined) return records;
  const seen = new Map<LogRecord['headers'], LogRecord['headers']>();
  return records.map((record) => {
    // Headers that records share stay shared: one object for all of a request.
    const headers = seen.get(record.headers) ?? { traceparent, ...record.headers };
    seen.set(record.headers, headers);
    return { ...record, headers };
  });
};

/** Where a door puts its records. */
export interface LogSink {
  connect(): Promise<void>;
  /** Resolves when every record is in the log. Records of one key keep their order. */
  send(topic: string, records: readonly LogRecord[]): Promise<void>;
  /** Ends after what was sent before is answered. */
  disconnect(): Promise<void>;
}

const noop = (): void => undefined;

const late = (): Unavailable =>
  new Unavailable('KAFKA_UNAVAILABLE', `The log did not answer in ${ANSWER_MS} ms.`);

export class LogProducer implements LogSink {
  private readonly producer: Producer;
  private readonly queue: SendQueue;
  private readonly prefix: string;
  private readonly inFlight = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor({ kafka, prefix, waitingBytesMax }: LogProducerOptions) {
    this.prefix = prefix;
    this.queue = new SendQueue({
      waitingBytesMax: waitingBytesMax ?? WAITING_BYTES_MAX,
      requestBytes: REQUEST_BYTES,
    });
    this.producer = kafka.producer({
      idempotent: false,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
  }

  async connect(): Promise<void> {
    await this.producer.connect().catch((error: unknown) => {
      throw asError(error);
    });
  }

  /** Ends after what was sent before is answered, but waits no longer than an answer may take. */
  async disconnect(): Promise<void> {
    this.flush();
    await atMost(ANSWER_MS, this.answered());
    await this.producer.disconnect();
  }

  /** Resolves when every record is in the log. Records of one key keep their order. */
  async send(topic: string, records: readonly LogRecord[]): Promise<void> {
    if (records.length === 0) return;
    await inProducerSpan(topic, records.length, () => {
      const sending = this.queue.add(topicName(this.prefix, topic), withTrace(records));
      this.schedule();
      return this.within(sending);
    });
  }

  /** Fails a send after `ANSWER_MS`, waiting for its place included; it may still reach the log. */
  private async within(sending: Sending): Promise<void> {
    const timer = setTimeout(() => {
      sending.fail(late());
      this.queue.forget(sending);
    }, ANSWER_MS);
    await sending.done.finally(() => clearTimeout(timer));
  }

  private async answered(): Promise<void> {
    // Each place that becomes free may have been taken by what still waited in the queue.
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  private schedule(): void {
    if (this.queue.bytes >= REQUEST_BYTES) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), LINGER_MS);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.inFlight.size < IN_FLIGHT_MAX && !this.queue.empty) {
      const taken = this.queue.take();
      if (taken.length > 0) void this.request(taken);
    }
  }

  private async request(taken: readonly Part[]): Promise<void> {
    const work = this.producer.sendBatch({
      acks: ACKS_ALL,
      timeout: BROKER_TIMEOUT_MS,
      topicMessages: toTopicMessages(taken),
    });
    // The place stays taken until kafkajs itself has given up, so that a dead broker is not flooded.
    const place = work.then(noop, noop).then(() => {
      this.inFlight.delete(place);
      this.flush();
    });
    this.inFlight.add(place);
    try {
      await work;
      for (const { sending } of taken) sending.written();
    } catch (error) {
      const failure = asError(error);
      for (const { sending } of taken) sending.fail(failure);
    }
  }
}
