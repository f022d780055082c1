/**
 * CloudEvents in an Avro object container file: how many of them travel in one body.
 *
 * Invariant   the file must say the schema of the Avro event format; no schema that a sender brings
 *             is ever compiled. A block is inflated up to the limit and no further, and has an event at
 *             least, so that the limit of events is one of blocks too. The first way through the file
 *             finds where its events lie and builds none; each is built when it is asked for.
 * Rejections  DECODE_FAILED, UNKNOWN_SCHEMA, UNKNOWN_CODEC, BATCH_TOO_LARGE, PAYLOAD_TOO_LARGE, and
 *             those of ./cloud-event-avro
 * Source      Avro specification 1.12, "Object Container Files"; reliability.md D16, S48
 */
import { inflateRawSync } from 'node:zlib';
import { Malformed } from '@suanpan/event-sourcing';
import { EventCursor, SkimmingCursor, takeAvroEvent, type AvroEvent } from './cloud-event-avro.js';
import { cloudEventSchema } from './cloud-event-schema.js';
import { Cursor } from './cursor.js';
import { canonicalForm, type AvroType } from './schema.js';

export interface AvroFileLimits {
  readonly events: number;
  readonly eventBytes: number;
  /** Of all blocks together. */
  readonly inflatedBytes: number;
  /** Attributes, members and items of all events together. */
  readonly values: number;
}

/** The events of a file, read one by one. */
export interface AvroEventFile {
  readonly count: number;
  /** What is held beside the body. */
  readonly inflatedBytes: number;
  /** Throws for an event whose texts are not UTF-8, or that names a member twice. */
  readonly at: (index: number) => AvroEvent;
}

const MAGIC = Buffer.from([0x4f, 0x62, 0x6a, 0x01]);
const SYNC_BYTES = 16;
const SCHEMA_BYTES_MAX = 16_384;
const file = new Cursor();
const skimming = new SkimmingCursor();
const reading = new EventCursor();

/** Names of the record differ between published versions; the bytes do not. */
const shapeOf = (schema: AvroType): string =>
  canonicalForm(schema)
    .replaceAll('"io.cloudevents.', '"')
    .replaceAll('"AvroCloudEvent', '"CloudEvent');
const SHAPE = shapeOf(cloudEventSchema);

/** Where an event begins. */
interface Place {
  readonly block: Buffer;
  readonly position: number;
}

/** The events of the file. */
export const readAvroEventFile = (bytes: Buffer, limits: AvroFileLimits): AvroEventFile => {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new Malformed('DECODE_FAILED', 'The body does not begin like an Avro file.');
  }
  file.open(bytes, MAGIC.length);
  const inflate = takeHead();
  const sync = file.take(SYNC_BYTES);
  const places: Place[] = [];
  let left = limits.inflatedBytes;
  let inflatedBytes = 0;
  let valuesLeft = limits.values;
  while (file.left > 0) {
    const count = file.small();
    const packed = file.view();
    const block = inflate(packed, left);
    left -= block.length;
    if (block !== packed) inflatedBytes += block.length;
    if (count < 1 || count > block.length) throw file.failed(`a block of ${count} events`);
    if (places.length + count > limits.events) {
      throw new Malformed('BATCH_TOO_LARGE', `A file has at most ${limits.events} events.`);
    }
    valuesLeft -= skimBlock({ block, count, eventBytes: limits.eventBytes, valuesLeft }, places);
    if (!file.take(SYNC_BYTES).equals(sync))
      throw file.failed('a block does not end where it says');
  }
  return { count: places.length, inflatedBytes, at: (index) => eventAt(places[index]) };
};

const eventAt = (place: Place | undefined): AvroEvent => {
  if (place === undefined) throw new Malformed('DECODE_FAILED', 'The file is not whole.');
  reading.open(place.block, place.position);
  return takeAvroEvent(reading);
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
  readonly valuesLeft: number;
}

/** Notes where the events of a block begin; gives how many values they have. */
const skimBlock = ({ block, count, eventBytes, valuesLeft }: Block, places: Place[]): number => {
  let position = 0;
  let values = 0;
  for (let index = 0; index < count; index += 1) {
    places.push({ block, position });
    // The window ends the work on an event that is too large.
    const window = block.subarray(0, Math.min(block.length, position + eventBytes));
    skimming.open(window, position);
    skimOne(window.length < block.length, eventBytes);
    ({ position } = skimming);
    values += skimming.values;
    if (values > valuesLeft) {
      throw new Malformed('BATCH_TOO_LARGE', 'The events of the file have too many values.');
    }
  }
  if (position !== block.length) throw skimming.failed('a block holds more than its events');
  return values;
};

const skimOne = (isCut: boolean, eventBytes: number): void => {
  try {
    takeAvroEvent(skimming);
  } catch (error) {
    if (!isCut || !(error instanceof Malformed) || error.code !== 'DECODE_FAILED') throw error;
    // Within a window that cuts the block, reading beyond it and nonsense look alike.
    throw new Malformed('PAYLOAD_TOO_LARGE', `An event has at most ${eventBytes} bytes.`);
  }
};
