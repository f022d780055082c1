/** Streams of NDJSON: a stream a centre, or one that says the same lines until it is long enough. */
import { once } from 'node:events';
import { type Agent, type ClientRequest, request } from 'node:http';

import type { LineOrder, Order, Sending, StreamOrder } from './sender.js';
import { type BenchEvent, eventAt, toWire } from './workload.js';

interface Stream {
  readonly key: string;
  /** Bytes to send in their order. */
  readonly pieces: Iterable<Buffer>;
}

const ACCEPTED = 202;
const PIECE_BYTES = 65_536;
const NOTE_LENGTH = 1_500;

const eventsOf = ({ from, end, round }: Order): readonly BenchEvent[] =>
  Array.from({ length: end - from }, (_, index) => eventAt(from + index, round));

const linesOf = (events: readonly object[]): Buffer =>
  Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));

const piecesOf = (bytes: Buffer): readonly Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, place) =>
    bytes.subarray(place * PIECE_BYTES, (place + 1) * PIECE_BYTES),
  );

const byCentre = (order: Order): readonly Stream[] => {
  const events = eventsOf(order);
  const centres = [...new Set(events.map(({ centre }) => centre.id))];
  return centres.map((id) => {
    const own = events.filter(({ centre }) => centre.id === id);
    return { key: order.keys[id] ?? '', pieces: piecesOf(linesOf(own.map(toWire))) };
  });
};

/** The same event with metadata, so that a line is as long as those of a talkative gateway. */
const talkative = (event: BenchEvent): object => {
  const wire = toWire(event);
  const data = { ...(wire['data'] as object), metadata: { note: 'x'.repeat(NOTE_LENGTH) } };
  return { ...wire, data };
};

function* repeated(pieces: readonly Buffer[], bytes: number): Generator<Buffer> {
  const whole = pieces.reduce((sum, { length }) => sum + length, 0);
  for (let sent = 0; sent < bytes; sent += whole) yield* pieces;
}

/** `from` to `end` must be of one centre. */
const oneLong = (order: Order & StreamOrder): Stream => {
  const events = eventsOf(order);
  const key = order.keys[events[0]?.centre.id ?? ''] ?? '';
  return { key, pieces: repeated(piecesOf(linesOf(events.map(talkative))), order.bytes) };
};

const answerOf = async (sending: ClientRequest): Promise<string> =>
  new Promise((resolve, reject) => {
    sending.once('error', reject);
    sending.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === ACCEPTED) resolve(text);
        else reject(new Error(`The door said ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
  });

/** The last line of the answer is the summary; before it stands what was not accepted. */
const acceptedIn = (text: string): number => {
  const lines = text.trimEnd().split('\n');
  const summary = JSON.parse(lines.at(-1) ?? '') as { accepted: number; retryFrom: unknown };
  if (lines.length === 1 && summary.retryFrom === null) return summary.accepted;
  throw new Error(`The door did not accept a line: ${lines[0]}`);
};

const write = async (url: string, agent: Agent, { key, pieces }: Stream): Promise<number> => {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' };
  const sending = request(`${url}/v1/events`, { method: 'POST', agent, headers });
  const answer = answerOf(sending);
  answer.catch(() => undefined);
  for (const piece of pieces) {
    if (sending.destroyed) break;
    if (!sending.write(piece)) await Promise.race([once(sending, 'drain'), answer]);
  }
  sending.end();
  return acceptedIn(await answer);
};

export const sendLines = (order: Order & (LineOrder | StreamOrder)): Sending => {
  const streams = order.form === 'lines' ? byCentre(order) : [oneLong(order)];
  return async (agent) => {
    const accepted = await Promise.all(streams.map((stream) => write(order.url, agent, stream)));
    return { batchMillis: [], accepted: accepted.reduce((sum, each) => sum + each, 0) };
  };
};
