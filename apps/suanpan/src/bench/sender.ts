/**
 * The sender's own process: what the door is offered, in one of several ways, the connections kept.
 *
 * Shape       the parent sends an Order; the answer is `ready` when every body is rendered; on `go` they leave,
 *             and the answer is a Sent. Its CPU is nobody's cost.
 */
import { Agent } from 'node:http';

import { sendBatches } from './send-batches.js';
import { sendLines } from './send-lines.js';
import { sendPaced } from './send-paced.js';

interface Whole {
  /** Events `from` to `end` of a run whose rounds have `round` events. */
  readonly from: number;
  readonly end: number;
  readonly round: number;
}

/** Batches of `batchEvents`, so many on their way: the next leaves when one is answered. */
export type BatchOrder = Whole & {
  readonly form: 'batches';
  readonly batchEvents: number;
  readonly inFlight: number;
};
/** NDJSON, a stream a centre. */
export type LineOrder = Whole & { readonly form: 'lines' };
/** Batches of `batchEvents` at fixed times, whether or not the last one was answered. */
export type PacedOrder = Whole & {
  readonly form: 'paced';
  readonly batchEvents: number;
  readonly perSecond: number;
};
/** One stream of lines of so many bytes: the lines of `from` to `end`, again and again. */
export type StreamOrder = Whole & { readonly form: 'stream'; readonly bytes: number };

export type Order = (BatchOrder | LineOrder | PacedOrder | StreamOrder) & {
  readonly url: string;
  /** The key of each centre. */
  readonly keys: Readonly<Record<string, string>>;
};

export interface Sent {
  readonly seconds: number;
  readonly batchMillis: readonly number[];
  readonly accepted: number;
}

export type Answer =
  { readonly ready: true } | { readonly sent: Sent } | { readonly failed: string };

/** What is rendered, and how it leaves. */
export type Sending = (agent: Agent) => Promise<Omit<Sent, 'seconds'>>;

const render = (order: Order): Sending => {
  switch (order.form) {
    case 'batches':
      return sendBatches(order);
    case 'paced':
      return sendPaced(order);
    case 'lines':
    case 'stream':
      return sendLines(order);
  }
};

const leave = async (sending: Sending): Promise<Sent> => {
  const agent = new Agent({ keepAlive: true });
  const begun = performance.now();
  try {
    const sent = await sending(agent);
    return { ...sent, seconds: (performance.now() - begun) / 1_000 };
  } finally {
    agent.destroy();
  }
};

const answer = (message: Answer): void => {
  process.send?.(message);
};

const serve = (order: Order): void => {
  const sending = render(order);
  process.once('message', () => {
    leave(sending).then(
      (sent) => answer({ sent }),
      (error: unknown) => answer({ failed: String(error) }),
    );
  });
  answer({ ready: true });
};

// Imported for its types it does nothing; forked it serves its parent and ends with it.
if (process.send !== undefined && process.argv[2] === 'send') {
  process.once('message', (order: Order) => serve(order));
  process.once('disconnect', () => process.exit(0));
}
