/**
 * Reads an event in the Avro event format of CloudEvents 1.0: attributes in a map, data beside it.
 *
 * Shape       the bare Avro record `io.cloudevents.AvroCloudEvent`, as the Kafka binding carries it.
 *             Data is bytes or a string that holds JSON; the format's own way to spell JSON in Avro
 *             has its numbers as doubles, which would change a count, and is not read.
 * Invariant   no input makes more work than its bytes pay for; bytes behind the record are no event.
 * Rejections  DECODE_FAILED, TRAILING_DATA, DATA_NOT_READ
 * Source      CloudEvents Avro event format 1.0.2; reliability rows B61, B64, B65
 */
import { Malformed } from '@suanpan/event-sourcing';
import { Cursor } from './cursor.js';

export type CloudEventAttribute = boolean | number | string | null;

export interface AvroCloudEvent {
  readonly attributes: Readonly<Record<string, CloudEventAttribute>>;
  /** JSON text as it was sent; null where there is none. */
  readonly data: Buffer | null;
}

/** The branches of the two unions, in the order of the schema. */
const [NULL, BOOLEAN, INT, STRING, BYTES] = [0, 1, 2, 3, 4];
const [DATA_BYTES, DATA_NULL, DATA_STRING] = [0, 1, 6];

const attribute = (from: Cursor): CloudEventAttribute => {
  const branch = from.small();
  if (branch === NULL) return null;
  if (branch === BOOLEAN) return from.boolean();
  if (branch === INT) return from.int();
  if (branch === STRING) return from.text();
  // CloudEvents' JSON form of a binary attribute.
  if (branch === BYTES) return from.blob().toString('base64');
  throw from.failed(`an attribute has no branch ${branch}`);
};

const dataOf = (from: Cursor): Buffer | null => {
  const branch = from.small();
  if (branch === DATA_NULL) return null;
  // A string has the same bytes as its text, and whether these are UTF-8 is asked with the JSON.
  if (branch === DATA_BYTES || branch === DATA_STRING) return from.blob();
  throw new Malformed('DATA_NOT_READ', 'data is neither bytes nor a string that holds JSON.');
};

const cursor = new Cursor();

/** The event in these bytes. */
export const readAvroCloudEvent = (bytes: Buffer): AvroCloudEvent => {
  cursor.open(bytes, 0);
  const attributes = cursor.map(attribute);
  const data = dataOf(cursor);
  if (cursor.left > 0) {
    throw new Malformed('TRAILING_DATA', `${cursor.left} bytes follow the event.`);
  }
  return { attributes, data };
};
