/**
 * Cuts the bytes of a request, or of one line, into items.
 *
 * Invariant   nothing is lost on the way: no digit, no key that stands twice, no byte that is not
 *             UTF-8. The fast path is one scan, one `JSON.parse` and one walk; only an item whose
 *             numbers need it is parsed again.
 * Rejections  EMPTY_BODY, MALFORMED_UTF8, MALFORMED_JSON, INVALID_ENVELOPE, EMPTY_BATCH,
 *             NESTING_LIMIT, FORBIDDEN_KEY 400; BATCH_TOO_LARGE, PAYLOAD_TOO_LARGE 413
 * Source      reliability rows B01–B04, B07, B09, B15, B16, B19, B40
 */
import { Malformed } from '@suanpan/event-sourcing';
import { decodeUtf8, HttpProblem, parseJsonText, scanJson } from '@suanpan/platform-http';
import type { JsonElement, JsonScan } from '@suanpan/platform-http';
import { parseExactly } from './exact-json.js';
import { unreadable } from './item.js';
import type { DoorRefusal, Item } from './item.js';
import {
  BATCH_BYTES_MAX,
  BATCH_EVENTS_MAX,
  EVENT_BYTES_MAX,
  ITEM_DEPTH_MAX,
  TEXT_DEPTH_MAX,
} from './limits.js';
import { countMembers } from './walk.js';

/** What the media type says of the root. */
export type Envelope = 'one' | 'many' | 'either';

/** The items of a body; they are made one by one, so that the caller may pause between them. */
export interface Items {
  readonly count: number;
  readonly at: (index: number) => Item;
}

/** How a door reads its bodies. */
export interface BodyForm {
  readonly bytesMax: number;
  readonly items: (bytes: Buffer) => Items;
}

const nestingLimit = (): Malformed =>
  new Malformed('NESTING_LIMIT', `JSON is nested deeper than ${TEXT_DEPTH_MAX}.`);

const checkRoot = (isArray: boolean, value: unknown, envelope: Envelope): void => {
  const isObject = typeof value === 'object' && value !== null && !isArray;
  const fits = isArray ? envelope !== 'one' : isObject && envelope !== 'many';
  if (fits) return;
  const wanted = { one: 'an object', many: 'an array', either: 'an object or an array' };
  throw new Malformed('INVALID_ENVELOPE', `The body is not ${wanted[envelope]}.`);
};

const checkSizes = (elements: readonly JsonElement[], isArray: boolean): void => {
  if (isArray && elements.length === 0) throw new Malformed('EMPTY_BATCH', 'The batch is empty.');
  if (elements.length > BATCH_EVENTS_MAX) {
    throw new HttpProblem(
      413,
      'BATCH_TOO_LARGE',
      `A batch has at most ${BATCH_EVENTS_MAX} events.`,
    );
  }
  const [first] = elements;
  if (!isArray && first !== undefined && first.end - first.start > EVENT_BYTES_MAX) {
    throw new HttpProblem(
      413,
      'PAYLOAD_TOO_LARGE',
      `An event has at most ${EVENT_BYTES_MAX} bytes.`,
    );
  }
};

const problemOf = (element: JsonElement, value: unknown): DoorRefusal | null => {
  if (element.end - element.start > EVENT_BYTES_MAX) {
    return unreadable('EVENT_TOO_LARGE', `An event has at most ${EVENT_BYTES_MAX} bytes.`);
  }
  if (element.depth > ITEM_DEPTH_MAX) return null;
  if (countMembers(value) === element.members) return null;
  return unreadable('DUPLICATE_KEY', 'A key stands twice in one object.');
};

/** One item of a text that was scanned and parsed. */
const toItem = (
  bytes: Buffer,
  element: JsonElement,
  parsed: Pick<Item, 'index' | 'value'>,
): Item => {
  const raw = bytes.subarray(element.start, element.end);
  const problem = problemOf(element, parsed.value);
  const deep = element.depth > ITEM_DEPTH_MAX;
  const again = element.inexact && problem === null && !deep;
  return {
    index: parsed.index,
    raw,
    value: again ? parseExactly(decodeUtf8(raw)) : parsed.value,
    unreadable: problem,
    deep,
  };
};

/** The root as one item, whatever it is; the domain refuses what is no object. */
export const wholeItem = (
  bytes: Buffer,
  scan: JsonScan,
  parsed: Pick<Item, 'index' | 'value'>,
): Item => {
  const { depth, members, inexact } = scan;
  return toItem(bytes, { start: 0, end: bytes.length, depth, members, inexact }, parsed);
};

/** Parses a whole body. */
export const readItems = (bytes: Buffer, envelope: Envelope): Items => {
  const scan = scanJson(bytes, BATCH_EVENTS_MAX);
  if (scan.elements.length === 0 && !scan.isArray) {
    decodeUtf8(bytes);
    throw new Malformed('EMPTY_BODY', 'The body is empty.');
  }
  if (scan.depth > TEXT_DEPTH_MAX) throw nestingLimit();
  checkSizes(scan.elements, scan.isArray);
  const value = parseJsonText(decodeUtf8(bytes));
  checkRoot(scan.isArray, value, envelope);
  const values: readonly unknown[] = scan.isArray ? (value as readonly unknown[]) : [value];
  return {
    count: values.length,
    at: (index) => {
      const element = scan.elements[index];
      if (element === undefined) throw new Malformed('MALFORMED_JSON', 'The body is not JSON.');
      return toItem(bytes, element, { index, value: values[index] });
    },
  };
};

/** One event, or a batch of them. */
export const eventForm = (envelope: Envelope): BodyForm => ({
  bytesMax: envelope === 'one' ? EVENT_BYTES_MAX : BATCH_BYTES_MAX,
  items: (bytes) => readItems(bytes, envelope),
});

/** Any JSON as one item. */
export const readWhole = (bytes: Buffer): Item => {
  const scan = scanJson(bytes);
  if (scan.depth > TEXT_DEPTH_MAX) throw nestingLimit();
  const text = decodeUtf8(bytes);
  if (text.trim() === '') throw new Malformed('EMPTY_BODY', 'The body is empty.');
  return wholeItem(bytes, scan, { index: 0, value: parseJsonText(text) });
};
