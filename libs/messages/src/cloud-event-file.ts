/**
 * CloudEvents in an Avro object container file: how many of them travel in one body.
 *
 * Invariant   the file must say the schema of the Avro event format; no schema that a sender brings
 *             is ever compiled. A block is inflated up to the limit and no further, and has an event at
 *             least, so that the limit of events is one of blocks too.
 * Rejections  DECODE_FAILED, UNKNOWN_SCHEMA, UNKNOWN_CODEC, BATCH_TOO_LARGE, PAYLOAD_TOO_LARGE, and
 *             those of ./cloud-event-avro
 * Source      Avro specification 1.12, "Object Container Files"; reliability.md D16, S48
 */
import { inflateRawSync } from 'node:zlib';
import { Malformed } from '@suanpan/event-sourcing';
import { takeAvroEvent, type AvroEvent } from './cloud-event-avro.js';
import { cloudEventSchema } from './cloud-event-schema.js';
import { Cursor } from './cursor.js';
import { canonicalForm, type AvroType } from './schema.js';

export interface AvroFileLimits {
  readonly events: number;
  readonly eventBytes: number;
  /** Of all blocks together. */
  readonly inflatedBytes: number;
}

const MAGIC = Buffer.from([0x4f, 0x62, 0x6a, 0x01]);
const SYNC_BYTES = 16;
const SCHEMA_BYTES_MAX = 16_384;
const file = new Cursor();
const cursor = new Cursor();

/** Names of the record differ between published versions; the bytes do not. */
const shapeOf = (schema: AvroType): string =>
  canonicalForm(schema)
    .replaceAll('"io.cloudevents.', '"')
    .replaceAll('"AvroCloudEvent', '"CloudEvent');
const SHAPE = shapeOf(cloudEventSchema);

/** Every event of the file. */
export const readAvroEventFile = (bytes: Buffer, limits: AvroFileLimits): readonly AvroEvent[] => {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new Malformed('DECODE_FAILED', 'The body does not begin like an Avro file.');
  }
  file.open(bytes, MAGIC.length);
  const inflate = takeHead();
  const sync = file.take(SYNC_BYTES);
  const events: AvroEvent[] = [];
  let left = limits.inflatedBytes;
  while (file.left > 0) {
    const count = file.small();
    const block = inflate(file.view(), left);
    left -= block.length;
    if (count < 1 || count > block.length) throw file.failed(`a block of ${count} events`);
    if (events.length + count > limits.events) {
      throw new Malformed('BATCH_TOO_LARGE', `A file has at most ${limits.events} events.`);
    }
    takeBlock({ block, count, eventBytes: limits.eventBytes }, events);
    if (!file.take(SYNC_BYTES).equals(sync))
      throw file.failed('a block does not end where it says');
  }
  return events;
};

type Inflate = (block: Buffer, bytesMax: number) => Buffer;

const CODECS: ReadonlyMap<string, Inflate> = new Map([
  ['null', (block) => block],
  ['deflate', (block, bytesMax) => inflated(block, bytesMax)],
]);

/** Reads the file's metadata; gives what its blocks are inflated with. */
const takeHead = (): Inflate => {
  const head = file.map(() => file.blob());
  const schema = head['avro.schema'];
  if (schema === undefined || schema.length > SCHEMA_BYTES_MAX || !isCloudEvent(schema)) {
    const detail = 'The file’s schema is not that of the Avro event format of CloudEvents.';
    throw new Malformed('UNKNOWN_SCHEMA', detail);
  }
  const inflate = CODECS.get(head['avro.codec']?.toString('latin1') ?? 'null');
  if (inflate === undefined) {
    throw new Malformed('UNKNOWN_CODEC', 'Blocks are read as they are or with deflate.');
  }
  return inflate;
};

/** Whatever a sender calls a schema: each way to fail is the same refusal. */
const isCloudEvent = (schema: Buffer): boolean => {
  try {
    return shapeOf(JSON.parse(schema.toString('utf8')) as AvroType) === SHAPE;
  } catch {
    return false;
  }
};

const inflated = (block: Buffer, bytesMax: number): Buffer => {
  try {
    return inflateRawSync(block, { maxOutputLength: Math.max(1, bytesMax) });
  } catch (error) {
    if (Reflect.get(error as object, 'code') === 'ERR_BUFFER_TOO_LARGE') {
      throw new Malformed('PAYLOAD_TOO_LARGE', 'The file is too large, inflated.');
    }
    throw new Malformed('DECODE_FAILED', 'A block cannot be inflated.');
  }
};

interface Block {
  readonly block: Buffer;
  readonly count: number;
  readonly eventBytes: number;
}

const takeBlock = ({ block, count, eventBytes }: Block, events: AvroEvent[]): void => {
  let position = 0;
  for (let index = 0; index < count; index += 1) {
    // The window ends the work on an event that is too large, before its value is built.
    const window = block.subarray(0, Math.min(block.length, position + eventBytes));
    cursor.open(window, position);
    events.push(takeOne(window.length < block.length, eventBytes));
    ({ position } = cursor);
  }
  if (position !== block.length) throw cursor.failed('a block holds more than its events');
};

const takeOne = (isCut: boolean, eventBytes: number): AvroEvent => {
  try {
    return takeAvroEvent(cursor);
  } catch (error) {
    if (!isCut || !(error instanceof Malformed) || error.code !== 'DECODE_FAILED') throw error;
    // Within a window that cuts the block, reading beyond it and nonsense look alike.
    throw new Malformed('PAYLOAD_TOO_LARGE', `An event has at most ${eventBytes} bytes.`);
  }
};
