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
import { Worker } from 'node:worker_threads';
import { Unavailable } from '@suanpan/event-sourcing';
import { inProducerSpan } from '@suanpan/platform-observability';
import { withTrace } from './log-producer.js';
import type { Environment } from './client.js';
import type { LogSink } from './log-producer.js';
import { packRecords } from './packed-records.js';
import type { LogRecord } from './send-queue.js';
import { fromFault } from './thread-protocol.js';
import type { Answer, Order, ThreadSettings } from './thread-protocol.js';

/** The compiled worker, whether this module itself is compiled or read from its source. */
const FILE = new URL('../dist/producer-worker.js', import.meta.url);
/**
 * Requests die young. The old generation has no limit of its own, for under one the engine collects
 * after each few requests (measured: 10 µs a record); what waits for the broker is bounded already.
 */
const YOUNG_MIB_MAX = 24;

const definedIn = (env: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

interface Open {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface ThreadedProducerOptions extends ThreadSettings {
  /** The brokers' addresses and our credentials, as ./client reads them. */
  readonly env: Environment;
  /** The thread has died; the process cannot go on. */
  readonly died: (reason: string) => void;
}

type Body = Order extends infer One ? (One extends Order ? Omit<One, 'order'> : never) : never;

export class ThreadedProducer implements LogSink {
  private readonly worker: Worker;
  private readonly open = new Map<number, Open>();
  private orders = 0;
  private dead: string | undefined;
  private ending = false;

  constructor(private readonly options: ThreadedProducerOptions) {
    const { prefix, clientId, service, env } = options;
    this.worker = new Worker(FILE, {
      env: definedIn(env),
      workerData: { prefix, clientId, service } satisfies ThreadSettings,
      // Without the flags of the process: what traces it would trace the thread a second time.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB_MAX },
    });
    this.worker.on('message', (answer: Answer) => this.settle(answer));
    this.worker.on('error', (error: Error) => this.die(error.message));
    this.worker.on('exit', (code) => this.die(`it ended with code ${code}`));
  }

  connect(): Promise<void> {
    return this.ask({ type: 'connect' });
  }

  async send(topic: string, records: readonly LogRecord[]): Promise<void> {
    if (records.length === 0) return;
    await inProducerSpan(topic, records.length, () => {
      const packed = packRecords(withTrace(records));
      return this.ask({ type: 'send', topic, packed }, [packed.bytes]);
    });
  }

  /** Ends after what was sent before is answered. */
  async disconnect(): Promise<void> {
    if (this.dead !== undefined) return;
    await this.ask({ type: 'disconnect' });
    this.ending = true;
    await this.worker.terminate();
  }

  private ask(body: Body, transfer: readonly ArrayBuffer[] = []): Promise<void> {
    if (this.dead !== undefined) return Promise.reject(this.gone(this.dead));
    const order = (this.orders += 1);
    return new Promise((resolve, reject) => {
      this.open.set(order, { resolve, reject });
      this.worker.postMessage({ ...body, order }, transfer);
    });
  }

  private settle({ order, fault }: Answer): void {
    const open = this.open.get(order);
    this.open.delete(order);
    if (fault === null) open?.resolve();
    else open?.reject(fromFault(fault));
  }

  private gone(reason: string): Unavailable {
    return new Unavailable(
      'KAFKA_UNAVAILABLE',
      `The thread that writes the log is gone: ${reason}.`,
    );
  }

  private die(reason: string): void {
    if (this.ending || this.dead !== undefined) return;
    this.dead = reason;
    for (const { reject } of this.open.values()) reject(this.gone(reason));
    this.open.clear();
    this.options.died(reason);
  }
}
