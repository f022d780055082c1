import { createHash } from 'node:crypto';
import type { JournalEntry, JournalLine } from './journal-entry.js';

/**
 * The hash chain of a legal entity's journal.
 *
 * Owns        the one canonical encoding of an entry. Its bytes are stored beside the row, so that a
 *             verifier in another language needs no knowledge of this code.
 * Shape       every field is 4 bytes of big-endian length, then its UTF-8 bytes. An absent field is
 *             the length 0xFFFFFFFF without bytes, so that absent and empty differ. Fields, in order:
 *             format name, tenant, seq (decimal), previous hash (raw), entity, entryId, bookingDate,
 *             description, source, number of lines (decimal); then for each line account,
 *             counterparty, amount (minor units, decimal), its currency, functional amount, its
 *             currency, rateId.
 * Invariant   two different entries, or one entry at two places, never have the same bytes.
 * Source      reliability.md D10; design.md R15
 */
const FORMAT = 'suanpan.journal-entry.1';
const ABSENT = Buffer.from([0xff, 0xff, 0xff, 0xff]);
const HASH_BYTES = 32;

/** What the first entry of a chain follows. */
export const GENESIS: Uint8Array = new Uint8Array(HASH_BYTES);

/** Where an entry stands: the tenant's log, its number in it, and what it follows. */
export interface ChainPosition {
  readonly tenant: string;
  readonly seq: bigint;
  readonly previousHash: Uint8Array;
}

const field = (value: string | Uint8Array | undefined): Buffer => {
  if (value === undefined) return ABSENT;
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const lineFields = (line: JournalLine): readonly (string | undefined)[] => [
  line.account,
  line.counterparty,
  line.amount.minor.toString(),
  line.amount.currency,
  line.functional.minor.toString(),
  line.functional.currency,
  line.rateId,
];

/** The bytes that the hash covers. */
export const canonicalBytes = (position: ChainPosition, entry: JournalEntry): Uint8Array =>
  Buffer.concat(
    [
      FORMAT,
      position.tenant,
      position.seq.toString(),
      position.previousHash,
      entry.entity,
      entry.entryId,
      entry.bookingDate,
      entry.description,
      entry.source,
      entry.lines.length.toString(),
      ...entry.lines.flatMap(lineFields),
    ].map(field),
  );

/** SHA-256 over the canonical bytes; the next entry's `previousHash`. */
export const chainHash = (position: ChainPosition, entry: JournalEntry): Uint8Array =>
  createHash('sha256').update(canonicalBytes(position, entry)).digest();
