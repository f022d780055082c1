/** A JSON batch of one centre, rendered beforehand, and its way through the door. */
import { type Agent, request } from 'node:http';

import type { Order } from './sender.js';
import { eventAt, toWire } from './workload.js';

export interface Batch {
  readonly key: string;
  readonly body: Buffer;
}

const ACCEPTED = 202;
const TIMEOUT_MS = 60_000;

const batchAt = (first: number, count: number, { round, keys }: Order): Batch => {
  const batch = Array.from({ length: count }, (_, index) => eventAt(first + index, round));
  const centre = batch[0]?.centre.id ?? '';
  return { key: keys[centre] ?? '', body: Buffer.from(JSON.stringify(batch.map(toWire))) };
};

/** The order's events in batches of `size`; a centre's run of events must be a multiple of it. */
export const batchesOf = (order: Order, size: number): readonly Batch[] => {
  const { from, end } = order;
  return Array.from({ length: Math.ceil((end - from) / size) }, (_, place) => {
    const first = from + place * size;
    return batchAt(first, Math.min(size, end - first), order);
  });
};

const acceptedIn = (status: number | undefined, text: string): number => {
  if (status !== ACCEPTED) throw new Error(`The door said ${status}: ${text.slice(0, 300)}`);
  const answer = JSON.parse(text) as { accepted: number; results: readonly { status: string }[] };
  if (answer.accepted === answer.results.length) return answer.accepted;
  const other = answer.results.find(({ status: said }) => said !== 'accepted');
  throw new Error(`The door did not accept an event: ${JSON.stringify(other)}`);
};

/** Gives how many events the door has accepted; throws unless all of them. */
export const post = (url: string, agent: Agent, { key, body }: Batch): Promise<number> =>
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
