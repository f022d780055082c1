/**
 * Events in the Avro event format of CloudEvents: one, or a file of them.
 *
 * Invariant   of a file one event at a time is in memory, beside its inflated bytes.
 * Rejections  those of @suanpan/messages for the whole body, also BATCH_TOO_LARGE, PAYLOAD_TOO_LARGE
 *             413; MALFORMED_JSON, MALFORMED_UTF8, NESTING_LIMIT and those of ./structured-item for
 *             an event
 * Source      CloudEvents 1.0.2, Avro event format; Avro specification 1.12, object container files;
 *             docs/adr/0014-avro-at-the-door.md
 */
import { Malformed } from '@suanpan/event-sourcing';
import { readAvroEvent, readAvroEventFile } from '@suanpan/messages';
import type { AvroEvent } from '@suanpan/messages';
import { HttpProblem } from '@suanpan/platform-http';
import { unreadable } from './item.js';
import type { Item } from './item.js';
import { BATCH_BYTES_MAX, BATCH_EVENTS_MAX, BATCH_VALUES_MAX, EVENT_BYTES_MAX } from './limits.js';
import type { Hold, Items } from './read-items.js';
import { checkedJson, refusedEvent, structuredItem } from './structured-item.js';

const LIMITS = {
  events: BATCH_EVENTS_MAX,
  eventBytes: EVENT_BYTES_MAX,
  inflatedBytes: BATCH_BYTES_MAX,
  values: BATCH_VALUES_MAX,
};
const TOO_LARGE = new Set(['BATCH_TOO_LARGE', 'PAYLOAD_TOO_LARGE']);

/** Bytes and strings are JSON text; another value of the format is a JSON value already. */
const dataText = ({ data }: AvroEvent): string | null => {
  if (data.form === 'none') return null;
  return data.form === 'text' ? checkedJson(data.bytes) : JSON.stringify(data.value);
};

const toItem = (event: AvroEvent, index: number): Item => {
  try {
    return structuredItem(index, event.attributes, dataText(event));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const refusal = { ...unreadable(error.code, 'The data is not JSON.'), path: '$.data' };
    return refusedEvent(index, event.attributes, refusal);
  }
};

/** Sizes are 413 over HTTP; the reader knows nothing of HTTP. */
const reading = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed) || !TOO_LARGE.has(error.code)) throw error;
    throw new HttpProblem(413, error.code, error.message);
  }
};

/** The one event of a body. */
export const avroItem = (body: Buffer): Item =>
  toItem(
    reading(() => readAvroEvent(body)),
    0,
  );

/** No bytes become more than so many with deflate. */
const DEFLATE_RATIO_MAX = 1_032;

/** What a file may become when it is read; one that nowhere says deflate is what it is. */
export const avroFileSizeMax = (body: Buffer): number =>
  body.includes('deflate')
    ? Math.min(body.length * DEFLATE_RATIO_MAX, body.length + BATCH_BYTES_MAX)
    : body.length;

/** The events of an object container file. */
export const avroFileItems = (body: Buffer, hold?: Hold): Items => {
  const file = reading(() => readAvroEventFile(body, LIMITS));
  if (file.count === 0) throw new Malformed('EMPTY_BATCH', 'The file has no events.');
  hold?.(file.inflatedBytes);
  return { count: file.count, at: (index) => toItem(file.at(index), index) };
};
