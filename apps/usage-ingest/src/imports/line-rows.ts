/**
 * The lines of an NDJSON file: CloudEvents, as the door for streams takes them.
 *
 * Source      ../events/line-splitter, ../events/read-line
 */
import { EVENT_BYTES_MAX } from '../events/limits.js';
import { LineSplitter } from '../events/line-splitter.js';
import type { Line } from '../events/line-splitter.js';
import { readLine } from '../events/read-line.js';
import { openFileBytes } from './file-bytes.js';
import type { ImportRow, RowSource } from './row.js';

/** Reads the lines after `source.after`. */
export async function* lineRows(source: RowSource): AsyncGenerator<ImportRow> {
  // A line that is not UTF-8 is refused alone.
  const { stream, position } = openFileBytes(source.path, { ...source, text: false });
  const splitter = new LineSplitter(EVENT_BYTES_MAX);
  const toRows = (lines: readonly Line[]): readonly ImportRow[] =>
    lines
      .filter(({ number }) => number > source.after)
      .map((line) => ({ number: line.number, item: readLine(line), position: position() }));
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) yield* toRows(splitter.push(piece));
    yield* toRows(splitter.end());
  } finally {
    stream.destroy();
  }
}
