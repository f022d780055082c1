/**
 * What is stored and hashed: one text for one value, one encoding for one list of fields.
 *
 * Shape       canonical JSON; fields are hashed as 4 bytes of length, big-endian, then the bytes.
 * Invariant   no number that is not a safe integer is stored: money never passes through a float.
 * Source      reliability D10, D14; design 3.11
 */
import { createHash } from 'node:crypto';
import { Defect, canonicalJson } from '@suanpan/event-sourcing';

const refuseFloats = (value: unknown): void => {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new Defect('NOT_CANONICAL', `${value} is no safe integer; store it as a string.`);
  }
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(refuseFloats);
};

/** The one JSON text of a plain value; bigints become strings of digits, floats are refused. */
export const storedJson = (value: unknown): string => {
  refuseFloats(value);
  return canonicalJson(value);
};

/** SHA-256 over the fields, each preceded by its length in 4 bytes, big-endian. */
export const hashFields = (fields: readonly (string | Buffer)[]): Buffer => {
  const hash = createHash('sha256');
  for (const field of fields) {
    const bytes = typeof field === 'string' ? Buffer.from(field, 'utf8') : field;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest();
};

/** What the first link of a chain has in place of a predecessor. */
export const NO_HASH = Buffer.alloc(32);
