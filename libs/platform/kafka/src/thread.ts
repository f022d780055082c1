/**
 * A worker thread that carries out orders: one answer an order, whatever happens to the thread.
 *
 * Shape       the body of an order and its result are cloned between the threads; buffers that are
 *             named change hands.
 * Invariant   when the thread dies, every order that is open is refused, and every later one, and
 *             the process is told to end.
 * Rejections  none; what the worker throws, and Unavailable of the given code once it is gone
 * Source      ADR 0030
 */
import { Worker } from 'node:worker_threads';
import { Unavailable } from '@suanpan/event-sourcing';
import type { Environment } from './client.js';
import { fromFault } from './thread-protocol.js';
import type { Answer } from './thread-protocol.js';

interface ThreadOptions {
  /** The compiled worker, which calls `serve`. */
  readonly file: URL;
  readonly env: Environment;
  /** What the worker finds as its `workerData`. */
  readonly data?: unknown;
  /**
   * For what dies young. The old generation has no limit of its own, for under one the engine
   * collects after each few orders (measured: 10 µs a record).
   */
  readonly youngMiB: number;
  /** False where what the process was started with, such as its tracing, is not for the thread. */
  readonly inheritsFlags: boolean;
  /** Of the error that is thrown once the thread is gone. */
  readonly goneCode: string;
  /** The thread has died; the process cannot go on. */
  readonly died: (reason: string) => void;
}

interface Open<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** The environment of the thread; its own flags come from there too. */
const environmentOf = ({ env, inheritsFlags }: ThreadOptions): Record<string, string> => {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (inheritsFlags || name !== 'NODE_OPTIONS')) defined[name] = value;
  }
  return defined;
};

export class Thread<Body, Result = void> {
  private readonly worker: Worker;
  private readonly open = new Map<number, Open<Result>>();
  private orders = 0;
  private dead: string | undefined;

  constructor(private readonly options: ThreadOptions) {
    const { file, data, youngMiB, inheritsFlags } = options;
    this.worker = new Worker(file, {
      env: environmentOf(options),
      workerData: data,
      ...(!inheritsFlags && { execArgv: [] }),
      resourceLimits: { maxYoungGenerationSizeMb: youngMiB },
    });
    this.worker.on('message', (answer: Answer<Result>) => this.settle(answer));
    this.worker.on('messageerror', (error: Error) => this.die(error.message));
    this.worker.on('error', (error: Error) => this.die(error.stack ?? error.message));
    this.worker.on('exit', (code) => this.die(`it ended with code ${code}`));
  }

  /** Orders that are not answered yet. */
  get busy(): number {
    return this.open.size;
  }

  ask(body: Body, transfer: readonly ArrayBuffer[] = []): Promise<Result> {
    if (this.dead !== undefined) return Promise.reject(this.gone(this.dead));
    const order = (this.orders += 1);
    return new Promise((resolve, reject) => {
      this.worker.postMessage({ order, body }, transfer);
      this.open.set(order, { resolve, reject });
    });
  }

  /** Asks for the last thing, then ends the thread; one that is gone has ended already. */
  async end(last: Body): Promise<void> {
    if (this.dead !== undefined) return;
    try {
      await this.ask(last);
    } finally {
      this.refuseAll('it was ended');
      await this.worker.terminate();
    }
  }

  private settle({ order, result, fault }: Answer<Result>): void {
    const open = this.open.get(order);
    this.open.delete(order);
    if (fault === null) open?.resolve(result);
    else open?.reject(fromFault(fault));
  }

  private gone(reason: string): Unavailable {
    return new Unavailable(this.options.goneCode, `A thread of this process is gone: ${reason}.`);
  }

  private die(reason: string): void {
    if (this.dead !== undefined) return;
    this.refuseAll(reason);
    this.options.died(reason);
  }

  private refuseAll(reason: string): void {
    this.dead = reason;
    for (const { reject } of this.open.values()) reject(this.gone(reason));
    this.open.clear();
  }
}
