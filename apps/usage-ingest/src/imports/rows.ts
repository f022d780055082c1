/** The rows of a file, whatever its format. */
import { csvRows } from './csv-rows.js';
import { asFileFault } from './file-bytes.js';
import type { Format } from './file-type.js';
import { lineRows } from './line-rows.js';
import { parquetRows } from './parquet-rows.js';
import { CHUNK_BYTES_MAX, CHUNK_ROWS_MAX } from './import-limits.js';
import type { ImportRow, RowSource } from './row.js';

const READERS: Readonly<Record<Format, (source: RowSource) => AsyncGenerator<ImportRow>>> = {
  csv: csvRows,
  ndjson: lineRows,
  parquet: parquetRows,
};

/** The rows after `source.after`, in chunks that are recorded together. */
export async function* rowChunks(source: RowSource): AsyncGenerator<readonly ImportRow[]> {
  let chunk: ImportRow[] = [];
  let bytes = 0;
  try {
    for await (const row of READERS[source.format](source)) {
      chunk.push(row);
      bytes += row.item.raw.length;
      if (chunk.length < CHUNK_ROWS_MAX && bytes < CHUNK_BYTES_MAX) continue;
      yield chunk;
      chunk = [];
      bytes = 0;
    }
  } catch (error) {
    // What was read before the fault is as good as any other row.
    if (chunk.length > 0) yield chunk;
    throw asFileFault(error);
  }
  if (chunk.length > 0) yield chunk;
}
