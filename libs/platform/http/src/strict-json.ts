/**
 * JSON as a command may be written: nothing that a parser would change or drop without a word.
 *
 * Invariant   a key stands once; no number loses a digit; no key reaches a prototype; text can be
 *             stored in PostgreSQL.
 * Rejections  EMPTY_BODY, MALFORMED_UTF8, MALFORMED_JSON, NESTING_LIMIT, DUPLICATE_KEY,
 *             FORBIDDEN_KEY, INEXACT_NUMBER, INVALID_TEXT
 * Source      reliability 3, D16, rows B01–B03, B07, B19
 */
import { Malformed } from '@suanpan/event-sourcing';
import { scanJson } from './scan-json.js';

const DEPTH_MAX = 64;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Strict UTF-8; a byte order mark is dropped. */
export const decodeUtf8 = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Malformed('MALFORMED_UTF8', 'The body is not UTF-8.');
  }
};

/** `JSON.parse` with our code; the parser's own message would quote the payload. */
export const parseJsonText = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed('MALFORMED_JSON', 'The body is not JSON.');
  }
};

export const isForbiddenKey = (key: string): boolean => FORBIDDEN.has(key);

const NUL_OR_LONE_SURROGATE = /\0|\p{Surrogate}/u;

/** True for text that PostgreSQL refuses: NUL or half a surrogate pair. */
export const isUnstorable = (text: string): boolean => NUL_OR_LONE_SURROGATE.test(text);

const checkText = (text: string, path: string): void => {
  if (isUnstorable(text)) {
    throw new Malformed('INVALID_TEXT', `${path} holds a character that is no text.`, path);
  }
};

/** Counts the members of a parsed value and refuses the keys and texts that no command has. */
const countMembers = (value: unknown, path: string): number => {
  if (typeof value === 'string') checkText(value, path);
  if (typeof value !== 'object' || value === null) return 0;
  let members = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const [key, inner] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (isForbiddenKey(key)) throw new Malformed('FORBIDDEN_KEY', `The key ${key} is refused.`);
    checkText(key, path);
    members += countMembers(inner, at);
  }
  return members;
};

/** Parses the bytes of a command, or says why they are none. */
export const parseStrictJson = (bytes: Uint8Array): unknown => {
  const text = decodeUtf8(bytes);
  if (text.trim() === '') throw new Malformed('EMPTY_BODY', 'The body is empty.');
  const scan = scanJson(bytes);
  if (scan.depth > DEPTH_MAX) {
    throw new Malformed('NESTING_LIMIT', `The body is nested deeper than ${DEPTH_MAX}.`);
  }
  const value = parseJsonText(text);
  if (scan.inexact) {
    throw new Malformed('INEXACT_NUMBER', 'A number has too many digits; write it as a string.');
  }
  if (countMembers(value, '') !== scan.members) {
    throw new Malformed('DUPLICATE_KEY', 'A key stands twice in one object.');
  }
  return value;
};
