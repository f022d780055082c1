/**
 * The rows of a CSV with a header of field names.
 *
 * Invariant   a row has as many cells as the header; a broken quote ends the reading, since nobody
 *             can tell where the next row begins.
 * Rejections  COLUMN_COUNT for a row; INVALID_CSV, EMPTY_FILE and those of ./row-event for the file
 * Source      RFC 4180; reliability row B84
 */
import { Malformed } from '@suanpan/event-sourcing';
import { parse } from 'csv-parse';
import { unreadable } from '../events/item.js';
import type { Item } from '../events/item.js';
import { openFileBytes } from './file-bytes.js';
import { ROW_BYTES_MAX } from './row.js';
import type { ImportRow, RowSource } from './row.js';
import { checkColumns, rowEvent } from './row-event.js';

const SEPARATORS = [',', ';', '\t', '|'] as const;
const QUOTE = 0x22;

/** The separator that stands most often in the first line, outside quotes. */
export const findSeparator = (head: Buffer): string => {
  const counts = new Map<number, number>(SEPARATORS.map((one) => [one.charCodeAt(0), 0]));
  let quoted = false;
  for (const byte of head) {
    if (byte === QUOTE) quoted = !quoted;
    if (quoted) continue;
    if (byte === 0x0a || byte === 0x0d) break;
    const count = counts.get(byte);
    if (count !== undefined) counts.set(byte, count + 1);
  }
  const [byte] = [...counts].sort(([, one], [, other]) => other - one)[0] ?? [];
  return String.fromCharCode(byte ?? SEPARATORS[0].charCodeAt(0));
};

const asCsvFault = (error: unknown, row: number): unknown => {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const isCsv = typeof code === 'string' && /^CSV_|^INVALID_OPENING_QUOTE$/.test(code);
  if (!isCsv) return error;
  // The parser quotes what it found after the colon.
  const reason = String(message).split(':', 1)[0] ?? 'unreadable';
  return new Malformed('INVALID_CSV', `Row ${row} cannot be read: ${reason}.`);
};

const isBlank = (record: readonly string[]): boolean => record.length === 1 && record[0] === '';

/**
 * What is kept of a refused row is the event that it stands for: with it the row can be put right
 * without its header.
 */
const itemOf = (columns: readonly string[], record: readonly string[], number: number): Item => {
  const fits = record.length === columns.length;
  const counts = `The row has ${record.length} cells, the header ${columns.length}.`;
  const value = fits ? rowEvent(columns, record) : record;
  return {
    index: number,
    raw: Buffer.from(JSON.stringify(value)),
    value,
    unreadable: fits ? null : unreadable('COLUMN_COUNT', counts),
    deep: false,
  };
};

type Record = readonly string[];

/**
 * Parses piece by piece. What was read before a broken row is given out before the fault is thrown,
 * so that the same file always comes to the same rows.
 */
class Records {
  #read: Record[] = [];
  #number = 0;
  readonly #parser;

  constructor(delimiter: string) {
    this.#parser = parse({
      bom: true,
      delimiter,
      relax_column_count: true,
      max_record_size: ROW_BYTES_MAX,
      on_record: (record: Record) => {
        this.#read.push(record);
        return null;
      },
    });
    // Faults are met by whoever writes; without a listener they would end the process.
    this.#parser.on('error', () => undefined).resume();
  }

  /** The records that `piece` ends; null: the file has ended. */
  async *take(piece: Buffer | null): AsyncGenerator<readonly [number: number, record: Record]> {
    const fault = await this.#write(piece);
    const read = this.#read;
    this.#read = [];
    for (const record of read) {
      this.#number += 1;
      yield [this.#number, record];
    }
    if (fault !== null) throw asCsvFault(fault, this.#number + 1);
  }

  end(): void {
    this.#parser.destroy();
  }

  #write(piece: Buffer | null): Promise<unknown> {
    return new Promise((resolve) => {
      const done = (error?: Error | null): void => {
        this.#parser.off('error', done);
        resolve(error ?? null);
      };
      this.#parser.once('error', done);
      if (piece === null) this.#parser.end(done);
      else this.#parser.write(piece, done);
    });
  }
}

/** Reads the rows after `source.after`. */
export async function* csvRows(source: RowSource): AsyncGenerator<ImportRow> {
  const { stream, position } = openFileBytes(source.path, { ...source, text: true });
  let records: Records | undefined;
  let columns: readonly string[] | undefined;
  const toRow = (number: number, record: Record): ImportRow | null => {
    if (columns === undefined) {
      columns = record;
      checkColumns(columns);
      return null;
    }
    if (number <= source.after || isBlank(record)) return null;
    return { number, item: itemOf(columns, record, number), position: position() };
  };
  try {
    for await (const piece of withEnd(stream as AsyncIterable<Buffer>)) {
      records ??= new Records(source.separator ?? findSeparator(piece ?? Buffer.alloc(0)));
      for await (const [number, record] of records.take(piece)) {
        const row = toRow(number, record);
        if (row !== null) yield row;
      }
    }
  } finally {
    records?.end();
    stream.destroy();
  }
  if (columns === undefined) throw new Malformed('EMPTY_FILE', 'The file has no header.');
}

/** The pieces, then null. */
async function* withEnd(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer | null> {
  yield* pieces;
  yield null;
}
