/**
 * Whose a record of `usage.recorded` is when it cannot be read as a whole.
 *
 * Shape       every version begins with tenant, source, id, time, contract, buyer, centre; from the
 *             third on, sentBy is next
 * Invariant   nothing is guessed: bytes that do not begin like a message of ours, with names of ours,
 *             have no owner.
 * Source      docs/architecture.md 3; rulings R12, R23
 */
import { Malformed } from '@suanpan/event-sourcing';
import { Cursor } from './cursor.js';
import { HEAD_BYTES, isFramed, versionOf } from './versions.js';

export interface UsageOwner {
  readonly tenant: string;
  readonly centre: string;
  /** The credential; null: not said. */
  readonly sentBy: string | null;
}

/** The version that brought `sentBy`. */
const SENT_BY_SINCE = 3;
const NAME = /^[\x21-\x7e]{1,256}$/;
const cursor = new Cursor();

const readCredential = (value: Buffer): string | null => {
  const known = versionOf(value);
  if (known !== undefined && known.version < SENT_BY_SINCE) return null;
  return cursor.int() === 0 ? null : cursor.text();
};

const readOwner = (value: Buffer): UsageOwner => {
  cursor.open(value, HEAD_BYTES);
  const tenant = cursor.text();
  cursor.text();
  cursor.text();
  cursor.long();
  cursor.text();
  cursor.text();
  return { tenant, centre: cursor.text(), sentBy: readCredential(value) };
};

const isNamed = ({ tenant, centre, sentBy }: UsageOwner): boolean =>
  [tenant, centre, sentBy ?? 'none'].every((name) => NAME.test(name));

/** The owner that the first fields name, by whatever version they were written; null: nobody. */
export const usageOwnerOf = (value: Buffer | null): UsageOwner | null => {
  if (value === null || !isFramed(value)) return null;
  try {
    const owner = readOwner(value);
    return isNamed(owner) ? owner : null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
};
