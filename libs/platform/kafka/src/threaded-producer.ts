/**
 * A producer in a thread of its own, so that writing to the log and reading requests share no time.
 *
 * Shape       what is sent is packed into one run of bytes that changes hands; the thread gathers, sends
 *             and answers as ./log-producer does, which it is made of.
 * Invariant   a send is answered only when the broker has it; when the thread dies, every send that is
 *             open is refused, and every later one, and the process is told to end.
 * Rejections  none; Unavailable KAFKA_UNAVAILABLE
 * Source      design 3.1; ADR 0030
 */
import { inProducerSpan } from '@suanpan/platform-observability';
import { withTrace } from './log-producer.js';
import type { Environment } from './client.js';
import type { LogSink } from './log-producer.js';
import { packRecords } from './packed-records.js';
import type { PackedRecords } from './packed-records.js';
import type { LogRecord } from './send-queue.js';
import { Thread } from './thread.js';

/** The compiled worker, whether this module itself is compiled or read from its source. */
const FILE = new URL('../dist/producer-worker.js', import.meta.url);
/** Wide enough that a record dies young, although it waits for the broker (ADR 0031). */
const YOUNG_MIB = 48;

export interface ThreadSettings {
  readonly prefix: string;
  readonly clientId: string;
  readonly service: string;
}

export type ProducerOrder =
  | { readonly type: 'connect' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'send'; readonly topic: string; readonly packed: PackedRecords };

export interface ThreadedProducerOptions extends ThreadSettings {
  /** The brokers' addresses and our credentials, as ./client reads them. */
  readonly env: Environment;
  /** The thread has died; the process cannot go on. */
  readonly died: (reason: string) => void;
}

export class ThreadedProducer implements LogSink {
  private readonly thread: Thread<ProducerOrder>;

  constructor({ env, died, prefix, clientId, service }: ThreadedProducerOptions) {
    const data: ThreadSettings = { prefix, clientId, service };
    // Without the flags of the process: what traces it would trace a send a second time.
    const limits = { youngMiB: YOUNG_MIB, inheritsFlags: false, goneCode: 'KAFKA_UNAVAILABLE' };
    this.thread = new Thread({ file: FILE, env, data, died, ...limits });
  }

  connect(): Promise<void> {
    return this.thread.ask({ type: 'connect' });
  }

  async send(topic: string, records: readonly LogRecord[]): Promise<void> {
    if (records.length === 0) return;
    await inProducerSpan(topic, records.length, () => {
      const packed = packRecords(withTrace(records));
      return this.thread.ask({ type: 'send', topic, packed }, [packed.bytes]);
    });
  }

  /** Ends after what was sent before is answered. */
  disconnect(): Promise<void> {
    return this.thread.end({ type: 'disconnect' });
  }
}
