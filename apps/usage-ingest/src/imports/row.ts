/** One row of a file, on its way to be judged. */
import type { Item } from '../events/item.js';
import type { Format } from './file-type.js';

export interface ImportRow {
  /** As a person counts: the header of a table is row 1; the line's number in NDJSON. */
  readonly number: number;
  readonly item: Item;
  /** How much of the file lies behind this row, in bytes of the file as it was sent. */
  readonly position: number;
}

export interface RowSource {
  readonly path: string;
  readonly format: Format;
  readonly gzip: boolean;
  /** Of a CSV; null: found in its header. */
  readonly separator: string | null;
  /** Rows up to this one are passed over: the log has them. */
  readonly after: number;
}

/** What a row may have at most, in bytes; that of an event. */
export { EVENT_BYTES_MAX as ROW_BYTES_MAX } from '../events/limits.js';
