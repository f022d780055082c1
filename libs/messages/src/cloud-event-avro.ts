/**
 * A CloudEvent in Avro: the record that the Avro event format of CloudEvents publishes.
 *
 * Shape       `attribute` is a map of scalars. `data` is JSON text (bytes or string), or a JSON value
 *             in the format's own types, which know objects of scalars and of objects.
 * Invariant   read by hand over a `Cursor`, because the schema is recursive and avsc trusts counts:
 *             no work that the bytes do not pay for, no depth beyond `DEPTH_MAX`, and no more values
 *             than `VALUES_MAX`, of which some are a single byte and a hundred in memory.
 * Rejections  DECODE_FAILED, TRAILING_DATA, NESTING_LIMIT, PAYLOAD_TOO_LARGE
 * Source      CloudEvents 1.0.2, Avro event format; reliability.md D16
 */
import { Malformed } from '@suanpan/event-sourcing';
import { Cursor } from './cursor.js';

export type AvroAttributes = readonly (readonly [name: string, value: string | number | boolean])[];

export type AvroData =
  | { readonly form: 'none' }
  /** JSON text, as it was written; not looked at here. */
  | { readonly form: 'text'; readonly bytes: Buffer }
  | { readonly form: 'value'; readonly value: unknown };

export interface AvroEvent {
  readonly attributes: AvroAttributes;
  readonly data: AvroData;
}

/** Objects in objects; an event of our own type needs two. */
const DEPTH_MAX = 32;
/** Attributes, members and items; an event of our own type has some thirty. */
export const VALUES_MAX = 10_000;

/** Stands in the bytes of events and counts the values of each. */
export class EventCursor extends Cursor {
  /** Since the event began. */
  values = 0;

  override blocks(item: () => void): void {
    super.blocks(() => {
      this.values += 1;
      if (this.values > VALUES_MAX) {
        throw new Malformed('PAYLOAD_TOO_LARGE', `An event has at most ${VALUES_MAX} values.`);
      }
      item();
    });
  }
}

const NO_BYTES = Buffer.alloc(0);

/** Goes the same way and keeps nothing: where an event ends, and that it may be read. */
export class SkimmingCursor extends EventCursor {
  override text(): string {
    this.view();
    return '';
  }

  override blob(): Buffer {
    this.view();
    return NO_BYTES;
  }

  override list<Item>(read: (cursor: Cursor) => Item): Item[] {
    this.blocks(() => read(this));
    return [];
  }

  override map<Value>(read: (cursor: Cursor) => Value): Record<string, Value> {
    this.blocks(() => {
      this.text();
      read(this);
    });
    return {};
  }
}

const cursor = new EventCursor();

/** Reads the one event that the bytes are. */
export const readAvroEvent = (bytes: Buffer): AvroEvent => {
  cursor.open(bytes, 0);
  const event = takeAvroEvent(cursor);
  if (cursor.left > 0) {
    throw new Malformed('TRAILING_DATA', `${cursor.left} bytes follow the event.`);
  }
  return event;
};

/** Reads the event at which the cursor stands. */
export const takeAvroEvent = (at: EventCursor): AvroEvent => {
  at.values = 0;
  const attributes: [string, string | number | boolean][] = [];
  at.blocks(() => {
    const name = at.text();
    const value = takeAttribute(at);
    // A null is an attribute that is not there.
    if (value !== null) attributes.push([name, value]);
  });
  return { attributes, data: takeData(at) };
};

const takeAttribute = (at: Cursor): string | number | boolean | null => {
  const branch = at.int();
  switch (branch) {
    case 0:
      return null;
    case 1:
      return at.boolean();
    case 2:
      return at.int();
    case 3:
      return at.text();
    case 4:
      return at.blob().toString('base64');
    default:
      throw noBranch(at);
  }
};

const takeData = (at: Cursor): AvroData => {
  const branch = at.int();
  switch (branch) {
    case 0:
      return { form: 'text', bytes: at.blob() };
    case 1:
      return { form: 'none' };
    case 2:
      return { form: 'value', value: at.boolean() };
    case 3:
      return { form: 'value', value: at.map(() => takeMember(at)) };
    case 4:
      return { form: 'value', value: at.list(() => takeValue(at, 1)) };
    case 5:
      return { form: 'value', value: takeDouble(at) };
    case 6:
      return { form: 'text', bytes: Buffer.from(at.text(), 'utf8') };
    default:
      throw noBranch(at);
  }
};

/** A member of the outermost object. */
const takeMember = (at: Cursor): unknown => {
  switch (at.int()) {
    case 0:
      return null;
    case 1:
      return at.boolean();
    case 2:
      return takeValue(at, 1);
    case 3:
      return takeDouble(at);
    case 4:
      return at.text();
    default:
      throw noBranch(at);
  }
};

/** The record AvroCloudEventData: an object. */
const takeValue = (at: Cursor, depth: number): unknown => {
  if (depth > DEPTH_MAX) {
    throw new Malformed('NESTING_LIMIT', `The data is nested deeper than ${DEPTH_MAX}.`);
  }
  return at.map(() => takeInner(at, depth));
};

const takeInner = (at: Cursor, depth: number): unknown => {
  switch (at.int()) {
    case 0:
      return null;
    case 1:
      return at.boolean();
    case 2:
      return at.map(() => takeValue(at, depth + 1));
    case 3:
      return at.list(() => takeValue(at, depth + 1));
    case 4:
      return takeDouble(at);
    case 5:
      return at.text();
    default:
      throw noBranch(at);
  }
};

/** JSON has no NaN and no infinity: a writer that says one says nothing that we could keep. */
const takeDouble = (at: Cursor): number => {
  const value = at.double();
  if (!Number.isFinite(value)) throw at.failed(`${value} is no number of JSON`);
  return value;
};

const noBranch = (at: Cursor): Malformed => at.failed('a union has no such branch');
