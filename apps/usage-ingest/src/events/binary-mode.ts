/**
 * CloudEvents in binary mode: the attributes are headers, the body is the data.
 *
 * Invariant   a header says what was meant or the event is refused: one round of unquoting and one of
 *             percent-decoding, no replacement character, no second header of a name.
 * Rejections  MALFORMED_JSON, MALFORMED_UTF8, NESTING_LIMIT for the body, which is then no command;
 *             MALFORMED_HEADER, DUPLICATE_KEY for the event
 * Source      CloudEvents 1.0.2, HTTP binding section 3.1; RFC 9110 section 5.6.4
 */
import { isUtf8 } from 'node:buffer';
import type { Item } from './item.js';
import { checkedJson, refusedEvent, structuredItem } from './structured-item.js';

const PREFIX = 'ce-';
const PERCENT = 0x25;

const named = (rawHeaders: readonly string[]): [string, string][] => {
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.push([(rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? '']);
  }
  return headers;
};

/** Whether any attribute comes as a header. */
export const isBinaryMode = (rawHeaders: readonly string[]): boolean =>
  named(rawHeaders).some(([name]) => name.startsWith(PREFIX));

/** What stands in double quotes, without its backslashes; null: the quotes do not end. */
const unquoted = (value: string): string | null => {
  if (!value.startsWith('"')) return value;
  let text = '';
  for (let at = 1; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character === '"') return at === value.length - 1 ? text : null;
    if (character === '\\') at += 1;
    text += value.charAt(at);
  }
  return null;
};

const hexAt = (text: string, at: number): number => {
  const pair = text.slice(at, at + 2);
  return /^[0-9A-Fa-f]{2}$/.test(pair) ? Number.parseInt(pair, 16) : -1;
};

/** The text of a header's value, or null where it is none. */
export const headerText = (value: string): string | null => {
  const text = unquoted(value);
  if (text === null || !/^[\x20-\x7e]*$/.test(text)) return null;
  const bytes = Buffer.alloc(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    let byte = text.charCodeAt(at);
    if (byte === PERCENT) {
      byte = hexAt(text, at + 1);
      if (byte < 0) return null;
      at += 2;
    }
    bytes[length] = byte;
    length += 1;
  }
  const decoded = bytes.subarray(0, length);
  return isUtf8(decoded) ? decoded.toString('utf8') : null;
};

/** The attributes that the headers say, in their order; a name may stand twice. */
export interface HeaderAttributes {
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** The name of the first header that is no text. */
  readonly malformed: string | null;
}

/** Reads the `ce-` headers, and `Content-Type` as `datacontenttype`. */
export const readHeaders = (rawHeaders: readonly string[]): HeaderAttributes => {
  const attributes: [string, string][] = [];
  let malformed: string | null = null;
  for (const [header, value] of named(rawHeaders)) {
    const isAttribute = header.startsWith(PREFIX);
    if (!isAttribute && header !== 'content-type') continue;
    const name = isAttribute ? header.slice(PREFIX.length) : 'datacontenttype';
    const text = isAttribute ? headerText(value) : value;
    if (text === null) malformed ??= name;
    else attributes.push([name, text]);
  }
  return { attributes, malformed };
};

const known = new Set(['specversion', 'type', 'source', 'id', 'time', 'subject', 'dataschema']);

/** The one event of a request. Throws when the body is no JSON. */
export const binaryItem = (rawHeaders: readonly string[], body: Buffer): Item => {
  const data = checkedJson(body);
  const { attributes, malformed } = readHeaders(rawHeaders);
  if (malformed === null) return structuredItem(0, attributes, data);
  return refusedEvent(0, attributes, {
    code: 'MALFORMED_HEADER',
    path: known.has(malformed) ? `$.${malformed}` : '$',
    detail: 'A ce- header is not printable ASCII with percent-encoded UTF-8.',
  });
};
