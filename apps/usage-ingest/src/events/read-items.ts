/**
 * Cuts the bytes of a request, or of one line, into items.
 *
 * Invariant   nothing is lost on the way: no digit, no key that stands twice, no byte that is not
 *             UTF-8. The fast path is one scan, one `JSON.parse` and one walk; only an item whose
 *             numbers need it is parsed again. What is too large, or has too many values, is known
 *             from the scan and never parsed: `null` stands in its place.
 * Rejections  EMPTY_BODY, MALFORMED_UTF8, MALFORMED_JSON, INVALID_ENVELOPE, EMPTY_BATCH,
 *             NESTING_LIMIT, FORBIDDEN_KEY 400; BATCH_TOO_LARGE, PAYLOAD_TOO_LARGE 413
 * Source      reliability rows B01–B04, B07, B09, B15, B16, B19, B40, D16
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
  BATCH_VALUES_MAX,
  EVENT_BYTES_MAX,
  EVENT_VALUES_MAX,
  ITEM_DEPTH_MAX,
  PARSED_FACTOR,
  TEXT_DEPTH_MAX,
  VALUE_BYTES,
} from './limits.js';
import { countMembers } from './walk.js';

/** What the media type says of the root. */
export type Envelope = 'one' | 'many' | 'either';

/** The items of a body; they are made one by one, so that the caller may pause between them. */
export interface Items {
  readonly count: number;
  readonly at: (index: number) => Item;
}

/** Is told how many bytes are held beside those of the body, before they are; throws: too many. */
export type Hold = (bytes: number) => void;

const nobody: Hold = () => undefined;

/** How a door reads its bodies. */
export interface BodyForm {
  readonly bytesMax: number;
  readonly items: (bytes: Buffer, hold?: Hold) => Items;
  /** What the body may become when it is read; absent: it stays as large as it is. */
  readonly sizeMax?: (bytes: Buffer) => number;
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

/** Why a text of so many bytes and values is not parsed; null: it is. */
export const oversize = (bytes: number, values: number): string | null => {
  if (bytes > EVENT_BYTES_MAX) return `An event has at most ${EVENT_BYTES_MAX} bytes.`;
  return values > EVENT_VALUES_MAX ? `An event has at most ${EVENT_VALUES_MAX} values.` : null;
};

const oversizeOf = ({ start, end, values }: JsonElement): string | null =>
  oversize(end - start, values);

/** For a body that is one event. */
const checkOne = (excess: string | null): void => {
  if (excess !== null) throw new HttpProblem(413, 'PAYLOAD_TOO_LARGE', excess);
};

/** Of a whole body, without what is not parsed. */
export const checkValues = (values: number): void => {
  if (values <= BATCH_VALUES_MAX) return;
  const detail = `A request has at most ${BATCH_VALUES_MAX} values; send fewer events at once.`;
  throw new HttpProblem(413, 'BATCH_TOO_LARGE', detail);
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
  if (!isArray && first !== undefined) checkOne(oversizeOf(first));
};

const NULL = Buffer.from('null');

/** The text to be parsed. */
const parsedText = (bytes: Buffer, large: readonly JsonElement[]): string => {
  if (large.length === 0) return decodeUtf8(bytes);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end } of large) {
    pieces.push(bytes.subarray(from, start), NULL);
    from = end;
  }
  return decodeUtf8(Buffer.concat([...pieces, bytes.subarray(from)]));
};

/** Says how much more than usual will be held of a text with so many values. */
const reckon = (hold: Hold, bytes: number, values: number): void => {
  const beyond = values * VALUE_BYTES - bytes * PARSED_FACTOR;
  if (beyond > 0) hold(beyond);
};

const problemOf = (element: JsonElement, value: unknown): DoorRefusal | null => {
  const excess = oversizeOf(element);
  if (excess !== null) return unreadable('EVENT_TOO_LARGE', excess);
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
  const { depth, members, values, inexact } = scan;
  return toItem(bytes, { start: 0, end: bytes.length, depth, members, values, inexact }, parsed);
};

/** Parses a whole body. */
export const readItems = (bytes: Buffer, envelope: Envelope, hold: Hold = nobody): Items => {
  const scan = scanJson(bytes, BATCH_EVENTS_MAX);
  if (scan.elements.length === 0 && !scan.isArray) {
    decodeUtf8(bytes);
    throw new Malformed('EMPTY_BODY', 'The body is empty.');
  }
  if (scan.depth > TEXT_DEPTH_MAX) throw nestingLimit();
  checkSizes(scan.elements, scan.isArray);
  const large = scan.elements.filter((element) => oversizeOf(element) !== null);
  const values = large.reduce((left, element) => left - element.values, scan.values);
  checkValues(values);
  reckon(hold, bytes.length, values);
  const value = parseJsonText(parsedText(bytes, large));
  checkRoot(scan.isArray, value, envelope);
  const parsed: readonly unknown[] = scan.isArray ? (value as readonly unknown[]) : [value];
  return {
    count: parsed.length,
    at: (index) => {
      const element = scan.elements[index];
      if (element === undefined) throw new Malformed('MALFORMED_JSON', 'The body is not JSON.');
      return toItem(bytes, element, { index, value: parsed[index] });
    },
  };
};

/** One event, or a batch of them. */
export const eventForm = (envelope: Envelope): BodyForm => ({
  bytesMax: envelope === 'one' ? EVENT_BYTES_MAX : BATCH_BYTES_MAX,
  items: (bytes, hold) => readItems(bytes, envelope, hold),
});

/** Any JSON as one item. */
export const readWhole = (bytes: Buffer): Item => {
  const scan = scanJson(bytes);
  if (scan.depth > TEXT_DEPTH_MAX) throw nestingLimit();
  checkOne(oversize(bytes.length, scan.values));
  const text = decodeUtf8(bytes);
  if (text.trim() === '') throw new Malformed('EMPTY_BODY', 'The body is empty.');
  return wholeItem(bytes, scan, { index: 0, value: parseJsonText(text) });
};
