/**
 * The fastest way into a table: COPY from a stream, inside the running transaction.
 *
 * Shape       rows are lines of COPY's text format, each ending in a newline; `copyLine` makes one.
 * Invariant   COPY FROM is refused under row security (measured), so the target is a staging
 *             table without it; all rows arrive or none.
 * Source      reliability 6, design ruling R7
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Tx } from './database.js';

const CHUNK_CHARACTERS = 65_536;

function* chunked(rows: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const row of rows) {
    chunk += row;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

/** Runs `COPY t (…) FROM STDIN` with the given lines or bytes. */
export const copyRows = async (
  tx: Tx,
  sql: string,
  rows: Iterable<string> | Buffer,
): Promise<void> => {
  const source = Buffer.isBuffer(rows) ? [rows] : chunked(rows);
  await pipeline(Readable.from(source, { objectMode: false }), tx.client.query(copyFrom(sql)));
};

const SPECIAL = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const copyField = (value: string | number | bigint | boolean | Buffer | null): string => {
  if (value === null) return '\\N';
  if (Buffer.isBuffer(value)) return `\\\\x${value.toString('hex')}`;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return typeof value === 'string'
    ? value.replace(SPECIAL, (character) => ESCAPES[character] ?? character)
    : value.toString();
};

/** One row in COPY's text format. */
export const copyLine = (
  values: readonly (string | number | bigint | boolean | Buffer | null)[],
): string => `${values.map(copyField).join('\t')}\n`;
