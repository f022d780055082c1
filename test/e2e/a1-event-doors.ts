/**
 * Scene A1 as our own events, in each form of CloudEvents that HTTP carries.
 *
 * Source      CloudEvents 1.0.2: HTTP binding 3.1, Avro event format; docs/how-to-centre.md 3
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import avro from 'avsc';
import { LineClient } from '../../apps/usage-ingest/test/line-client.js';
import { portions, type Call, type SceneEvent } from './a1-calls.js';
import {
  inLanes,
  post,
  toldOf,
  type Centre,
  type Post,
  type Posted,
  type Told,
} from './a1-centre.js';

const DOOR = { path: '/v1/events', answers: [202] };
/** Requests of one event that are on their way at a time. */
const IN_FLIGHT = 32;

/** One connection for all lines, sent while the answers are read. */
export const offerLines = async ({ url, key }: Centre): Promise<Told> => {
  const client = new LineClient(url, key);
  for (const portion of portions) await client.send(...portion.map(({ event }) => event));
  const { status, lines } = await client.end();
  const summary = lines.at(-1);
  if (status !== 202 || summary?.['retryFrom'] !== null) {
    throw new Error(`The stream of lines ended with ${status}: ${JSON.stringify(summary)}`);
  }
  return {
    accepted: Number(summary['accepted']),
    refused: lines.slice(0, -1).map(({ code }) => String(code)),
  };
};

const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const ENCODINGS: readonly (readonly [name: string, pack: (bytes: Buffer) => Buffer])[] = [
  ['gzip', (bytes) => gzipSync(bytes)],
  ['deflate', (bytes) => deflateSync(bytes)],
  ['br', (bytes) => brotliCompressSync(bytes, FAST)],
];

/** Each batch in the next encoding, so that c2 itself, its repeat and its conflict differ in theirs. */
export const offerCompressed = async (centre: Centre): Promise<Told> => {
  const posted = [];
  for (const [index, portion] of portions.entries()) {
    const [name, pack] = ENCODINGS[index % ENCODINGS.length] ?? ['identity', (one) => one];
    const body = pack(Buffer.from(JSON.stringify(portion.map(({ event }) => event))));
    const type = 'application/cloudevents-batch+json';
    posted.push(await post(centre, { ...DOOR, type, body, headers: { 'content-encoding': name } }));
  }
  return toldOf(posted);
};

type Portion = (typeof portions)[number];

/** A request for each call, over connections that are kept. */
const postSingly = (
  centre: Centre,
  portion: Portion,
  orderOf: (call: Call) => Post,
): Promise<readonly Posted[]> => inLanes(portion, IN_FLIGHT, (call) => post(centre, orderOf(call)));

/** The attributes are headers, the data is the body. */
const inHeaders = ({ event: { data, ...attributes } }: Call): Post => ({
  ...DOOR,
  type: 'application/json',
  body: JSON.stringify(data),
  headers: Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeURI(value)]),
  ),
});

export const offerBinary = async (centre: Centre): Promise<Told> => {
  const posted = [];
  for (const portion of portions) posted.push(...(await postSingly(centre, portion, inHeaders)));
  return toldOf(posted);
};

const schema = readFileSync(
  new URL('../fixtures/cloudevents/cloudevents.avsc', import.meta.url),
  'utf8',
);
const avroType = avro.Type.forSchema(JSON.parse(schema) as avro.Schema, { wrapUnions: true });

/** The event as the published schema has it, its data as JSON text in bytes. */
const avroOf = ({ data, ...attributes }: SceneEvent) => ({
  attribute: Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, { string: value }]),
  ),
  data: { bytes: Buffer.from(JSON.stringify(data)) },
});

const avroFile = async (calls: readonly Call[]): Promise<Buffer> => {
  const encoder = new avro.streams.BlockEncoder(avroType, { codec: 'deflate' });
  const pieces: Buffer[] = [];
  encoder.on('data', (piece: Buffer) => pieces.push(piece));
  for (const { event } of calls) encoder.write(avroOf(event));
  encoder.end();
  await once(encoder, 'end');
  return Buffer.concat(pieces);
};

const inAvro = ({ event }: Call): Post => ({
  ...DOOR,
  type: 'application/cloudevents+avro',
  body: avroType.toBuffer(avroOf(event)),
});

const BULK = 2;

/** The bulk in object container files, the rest an event a request. */
export const offerAvro = async (centre: Centre): Promise<Told> => {
  const posted = [];
  for (const portion of portions.slice(0, BULK)) {
    const body = await avroFile(portion);
    posted.push(await post(centre, { ...DOOR, type: 'application/avro', body }));
  }
  for (const portion of portions.slice(BULK)) {
    posted.push(...(await postSingly(centre, portion, inAvro)));
  }
  return toldOf(posted);
};
