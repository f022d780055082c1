/**
 * An event whose attributes and data came apart, as the JSON text it would have been.
 *
 * Invariant   one way into the domain: what came in headers or as Avro is judged, refused and kept
 *             as if it had come as structured JSON. The data is spliced in as it was written, so
 *             that no digit is lost, and only after it was seen to be one whole JSON value.
 * Rejections  those of ./read-line, EVENT_TOO_LARGE too for the data; DUPLICATE_KEY also for an attribute that is said twice
 * Source      CloudEvents 1.0.2, JSON event format section 3
 */
import { Malformed } from '@suanpan/event-sourcing';
import { decodeUtf8, parseJsonText, scanJson } from '@suanpan/platform-http';
import type { DoorRefusal, Item } from './item.js';
import { TEXT_DEPTH_MAX } from './limits.js';
import { oversize } from './read-items.js';
import { readLine } from './read-line.js';

/** A name may stand twice; then the event is refused for it. */
export type Attributes = readonly (readonly [name: string, value: string | number | boolean])[];

/** Throws unless the text is one JSON value; gives it without its byte order mark. */
export const checkedJson = (bytes: Buffer): string => {
  const { depth, values } = scanJson(bytes);
  if (depth > TEXT_DEPTH_MAX) {
    throw new Malformed('NESTING_LIMIT', `JSON is nested deeper than ${TEXT_DEPTH_MAX}.`);
  }
  const excess = oversize(bytes.length, values);
  if (excess !== null) throw new Malformed('EVENT_TOO_LARGE', excess);
  const text = decodeUtf8(bytes);
  parseJsonText(text);
  return text;
};

/** The text of the event; `data` is JSON already, null: there is none. */
export const structuredText = (attributes: Attributes, data: string | null): string => {
  const members = attributes.map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  if (data !== null) members.push(`"data":${data}`);
  return `{${members.join(',')}}`;
};

/** The event as an item. Never throws for what a sender can write. */
export const structuredItem = (
  index: number,
  attributes: Attributes,
  data: string | null,
): Item => {
  const bytes = Buffer.from(structuredText(attributes, data), 'utf8');
  const item = readLine({ number: index, bytes });
  if (item.value !== undefined) return item;
  const { id, source } = Object.fromEntries(attributes);
  return { ...item, names: { id, source } };
};

/** An event that cannot be judged; what its attributes say of its name is kept. */
export const refusedEvent = (index: number, attributes: Attributes, refusal: DoorRefusal): Item => {
  const text = structuredText(attributes, null);
  const value: unknown = JSON.parse(text);
  return { index, raw: Buffer.from(text, 'utf8'), value, unreadable: refusal, deep: false };
};
