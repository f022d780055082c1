/**
 * JSON pointers, read without ever meeting a prototype.
 *
 * Source      RFC 6901
 */
import { isJsonObject } from '../fields.js';
import { step } from '../refusals.js';

/** At most this many steps: a configuration's pointer is no program. */
export const POINTER_STEPS_MAX = 16;
export const POINTER_LENGTH_MAX = 256;

const stepsOf = (pointer: string): readonly string[] =>
  pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

export const isPointer = (text: string): boolean =>
  text.length <= POINTER_LENGTH_MAX &&
  /^(?:\/(?:[^~/]|~[01])+)+$/.test(text) &&
  stepsOf(text).length <= POINTER_STEPS_MAX;

/** What stands there; undefined: nothing. */
export const atPointer = (value: unknown, pointer: string): unknown => {
  let inner = value;
  for (const token of stepsOf(pointer)) {
    if (Array.isArray(inner))
      inner = /^(?:0|[1-9]\d{0,8})$/.test(token) ? inner[Number(token)] : undefined;
    else if (isJsonObject(inner) && Object.hasOwn(inner, token)) inner = inner[token];
    else return undefined;
  }
  return inner;
};

/** The same place in the words of a refusal. */
export const pathOfPointer = (pointer: string): string =>
  stepsOf(pointer).reduce(
    (path, token) => (/^\d+$/.test(token) ? `${path}[${token}]` : step(path, token)),
    '',
  );
