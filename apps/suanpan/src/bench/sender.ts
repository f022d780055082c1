/**
 * The sender's own process: batches through the door, a few in flight, the connections kept.
 *
 * Shape       the parent sends an Order; the answer is `ready` when every body is rendered; on `go` they leave,
 *             and the answer is a Sent. Its CPU is nobody's cost.
 */
import { Agent, request } from 'node:http';

import { BATCH_EVENTS, eventAt, toWire } from './workload.js';

export interface Order {
  readonly url: string;
  /** The key of each centre. */
  readonly keys: Readonly<Record<string, string>>;
  readonly events: number;
  readonly inFlight: number;
}

export interface Sent {
  readonly seconds: number;
  readonly batchMillis: readonly number[];
  readonly accepted: number;
}

export type Answer =
  { readonly ready: true } | { readonly sent: Sent } | { readonly failed: string };

interface Batch {
  readonly key: string;
  readonly body: Buffer;
}

const ACCEPTED = 202;
const TIMEOUT_MS = 60_000;

const batchAt = (from: number, { events, keys }: Order): Batch => {
  const count = Math.min(BATCH_EVENTS, events - from);
  const batch = Array.from({ length: count }, (_, index) => eventAt(from + index, events));
  const centre = batch[0]?.centre.id ?? '';
  return { key: keys[centre] ?? '', body: Buffer.from(JSON.stringify(batch.map(toWire))) };
};

const render = (order: Order): readonly Batch[] =>
  Array.from({ length: Math.ceil(order.events / BATCH_EVENTS) }, (_, batch) =>
    batchAt(batch * BATCH_EVENTS, order),
  );

const acceptedIn = (status: number | undefined, text: string): number => {
  if (status !== ACCEPTED) throw new Error(`The door said ${status}: ${text.slice(0, 300)}`);
  const answer = JSON.parse(text) as { accepted: number; results: readonly { status: string }[] };
  if (answer.accepted === answer.results.length) return answer.accepted;
  const other = answer.results.find(({ status: said }) => said !== 'accepted');
  throw new Error(`The door did not accept an event: ${JSON.stringify(other)}`);
};

const post = (url: string, agent: Agent, { key, body }: Batch): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/cloudevents-batch+json',
      'content-length': body.length,
    };
    const options = { method: 'POST', agent, headers, timeout: TIMEOUT_MS };
    const sending = request(`${url}/v1/events`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        try {
          resolve(acceptedIn(response.statusCode, Buffer.concat(chunks).toString('utf8')));
        } catch (error) {
          reject(error);
        }
      });
    });
    sending.once('timeout', () => sending.destroy(new Error('The door does not answer.')));
    sending.once('error', reject);
    sending.end(body);
  });

const sendAll = async ({ url, inFlight }: Order, batches: readonly Batch[]): Promise<Sent> => {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const batchMillis: number[] = [];
  const waiting = batches.values();
  let accepted = 0;
  const lane = async (): Promise<void> => {
    // The lanes share one iterator: each batch leaves once.
    for (const batch of waiting) {
      const begun = performance.now();
      const taken = await post(url, agent, batch);
      batchMillis.push(performance.now() - begun);
      accepted += taken;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  const seconds = (performance.now() - begun) / 1_000;
  agent.destroy();
  return { seconds, batchMillis, accepted };
};

const answer = (message: Answer): void => {
  process.send?.(message);
};

const serve = (order: Order): void => {
  const batches = render(order);
  process.once('message', () => {
    sendAll(order, batches).then(
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
