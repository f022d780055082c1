/**
 * The thread that decodes Parquet: a file that lies about itself ends this thread and nothing else.
 *
 * Shape       asked for the rows from a number on, it tells a window of them; one at a time.
 * Invariant   sizes that the file claims are checked before anything of that size is made.
 * Source      docs/adr/0041-parquet-in-a-thread.md; reliability row B83
 */
import { open } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Malformed } from '@suanpan/event-sourcing';
import { parquetMetadataAsync, parquetRead } from 'hyparquet';
import type { AsyncBuffer, Compressors, FileMetaData } from 'hyparquet';
import { compressors as plain } from 'hyparquet-compressors';
import {
  METADATA_BYTES_MAX,
  PAGE_BYTES_MAX,
  ROW_GROUP_BYTES_MAX,
  WINDOW_ROWS,
} from './import-limits.js';
import { cellOf, columnsOf, exactParsers } from './parquet-cells.js';
import type { ParquetAsk, ParquetTask, ParquetTell } from './parquet-messages.js';
import type { Cell } from './row-event.js';

const limit = (what: string): Malformed =>
  new Malformed('ARCHIVE_LIMIT', `${what} larger than is read here; write smaller row groups.`);

const bounded: Compressors = Object.fromEntries(
  Object.entries(plain).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, bytes: number): Uint8Array => {
      if (bytes > PAGE_BYTES_MAX) throw limit('A page is');
      return decompress(input, bytes);
    },
  ]),
);

const openBuffer = async (path: string): Promise<AsyncBuffer> => {
  const handle = await open(path, 'r');
  const { size } = await handle.stat();
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const length = Math.max(Math.min(end, size) - start, 0);
      if (length > ROW_GROUP_BYTES_MAX) throw limit('A column is');
      const bytes = new Uint8Array(length);
      const { bytesRead } = await handle.read(bytes, 0, length, start);
      return bytes.buffer.slice(0, bytesRead);
    },
  };
};

const FOOTER_BYTES = 8;

const checkFooter = async (file: AsyncBuffer): Promise<void> => {
  const footer = await file.slice(Math.max(file.byteLength - FOOTER_BYTES, 0));
  if (footer.byteLength < FOOTER_BYTES) throw new Malformed('INVALID_PARQUET', 'The file is cut.');
  const bytes = new DataView(footer).getUint32(0, true);
  if (bytes > METADATA_BYTES_MAX) throw limit('The description of the table is');
};

const rowsIn = (metadata: FileMetaData): number => {
  let rows = 0n;
  for (const group of metadata.row_groups) {
    // hyparquet makes arrays of what a page claims, which is at most what its column claims.
    if (group.total_byte_size > BigInt(ROW_GROUP_BYTES_MAX)) throw limit('A row group is');
    for (const { meta_data: column } of group.columns) {
      if (column !== undefined && column.num_values > group.num_rows) {
        throw new Malformed('INVALID_PARQUET', 'A column has more values than its table has rows.');
      }
    }
    rows += group.num_rows;
  }
  if (rows !== metadata.num_rows || rows > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new Malformed('INVALID_PARQUET', 'The row groups do not add up to the table.');
  }
  return Number(rows);
};

const faultOf = (error: unknown): ParquetTell => {
  if (error instanceof Malformed) {
    return { kind: 'fault', code: error.code, detail: error.message };
  }
  return { kind: 'fault', code: 'INVALID_PARQUET', detail: 'The file cannot be read as Parquet.' };
};

const serve = async (tell: (message: ParquetTell) => void): Promise<(ask: ParquetAsk) => void> => {
  const file = await openBuffer((workerData as ParquetTask).path);
  await checkFooter(file);
  const metadata = await parquetMetadataAsync(file, { parsers: exactParsers, geoparquet: false });
  const columns = columnsOf(metadata.schema);
  const rows = rowsIn(metadata);
  tell({ kind: 'open', columns, rows });
  const window = async (from: number): Promise<void> => {
    let cells: readonly (readonly Cell[])[] = [];
    await parquetRead({
      ...{ file, metadata, compressors: bounded, parsers: exactParsers, geoparquet: false },
      rowStart: from,
      rowEnd: Math.min(from + WINDOW_ROWS, rows),
      useOffsetIndex: true,
      onComplete: (read) => {
        cells = read.map((row) => (row as unknown[]).map(cellOf));
      },
    });
    if (cells.length === 0) throw new Malformed('INVALID_PARQUET', 'Rows are missing.');
    tell({ kind: 'window', cells });
  };
  return ({ from }) => {
    window(from).catch((error: unknown) => tell(faultOf(error)));
  };
};

const port = parentPort;
if (port !== null) {
  const tell = (message: ParquetTell): void => port.postMessage(message);
  serve(tell).then(
    (answer) => port.on('message', answer),
    (error: unknown) => tell(faultOf(error)),
  );
}
