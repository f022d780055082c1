/**
 * One text for one value: what is hashed must not depend on the order in which keys were set.
 *
 * Shape       keys in the order of their UTF-16 units, no spaces, a bigint as a decimal string, an
 *             undefined property as an absent one.
 * Invariant   equal values give equal texts, and the text is JSON that reads back as the value
 *             (bigints as strings).
 * Rejections  NOT_CANONICAL (a defect): a number that is no number, a function, a class's object
 * Source      RFC 8785 (JSON Canonicalization Scheme); docs/architecture.md 2
 */
import { Defect } from './errors.js';

const notCanonical = (value: unknown): Defect =>
  new Defect(
    'NOT_CANONICAL',
    `${typeof value} ${String(value).slice(0, 80)} has no canonical text.`,
  );

/** The canonical JSON text of plain data. */
export const canonicalJson = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'bigint':
      return `"${value}"`;
    case 'number':
      if (!Number.isFinite(value)) throw notCanonical(value);
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : ofObject(value);
    case 'undefined':
    case 'function':
    case 'symbol':
      throw notCanonical(value);
  }
};

const ofObject = (value: object): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notCanonical(value);
  const properties = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
  return `{${properties.join(',')}}`;
};
