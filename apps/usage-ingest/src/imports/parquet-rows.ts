/**
 * The rows of a Parquet file, decoded by a thread of its own.
 *
 * Invariant   one window of rows is held at a time. A thread that dies or runs out of memory is the
 *             file's fault and no other's.
 * Rejections  INVALID_PARQUET, ARCHIVE_LIMIT, UNSUPPORTED_COLUMN, EMPTY_FILE and those of ./row-event
 * Source      docs/adr/0041-parquet-in-a-thread.md
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { Malformed } from '@suanpan/event-sourcing';
import { openFileBytes } from './file-bytes.js';
import { WORKER_HEAP_MIB } from './import-limits.js';
import type { ParquetAsk, ParquetTask, ParquetTell } from './parquet-messages.js';
import type { ImportRow, RowSource } from './row.js';
import { checkColumns, rowEvent } from './row-event.js';

/** A Parquet file is read from its end: what lies in a gzip is written out first. */
const inflated = async (source: RowSource): Promise<string> => {
  if (!source.gzip) return source.path;
  const path = `${source.path}.${randomUUID()}`;
  const { stream } = openFileBytes(source.path, { ...source, text: false });
  await pipeline(stream, createWriteStream(path));
  return path;
};

const lost = (): Malformed =>
  new Malformed('INVALID_PARQUET', 'The file cannot be decoded within the memory for it.');

class Decoder {
  readonly #worker: Worker;
  readonly #died: Promise<never>;

  constructor(path: string) {
    const workerData: ParquetTask = { path };
    this.#worker = new Worker(new URL('./parquet-worker.js', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MIB },
    });
    this.#died = new Promise((_resolve, reject) => {
      this.#worker.once('error', () => reject(lost())).once('exit', () => reject(lost()));
    });
    this.#died.catch(() => undefined);
  }

  ask(from: number): void {
    const message: ParquetAsk = { from };
    this.#worker.postMessage(message);
  }

  async told(): Promise<ParquetTell> {
    const [message] = (await Promise.race([once(this.#worker, 'message'), this.#died])) as [
      ParquetTell,
    ];
    if (message.kind === 'fault') throw new Malformed(message.code, message.detail);
    return message;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Reads the rows after `source.after`; the first row of the table is row 1. */
export async function* parquetRows(source: RowSource): AsyncGenerator<ImportRow> {
  const path = await inflated(source);
  const decoder = new Decoder(path);
  try {
    const { size } = await stat(source.path);
    const opened = await decoder.told();
    if (opened.kind !== 'open') throw lost();
    const { columns, rows } = opened;
    checkColumns(columns);
    if (rows === 0) throw new Malformed('EMPTY_FILE', 'The table has no row.');
    for (let from = source.after; from < rows;) {
      decoder.ask(from);
      const window = await decoder.told();
      if (window.kind !== 'window') throw lost();
      for (const cells of window.cells) {
        from += 1;
        const value = rowEvent(columns, cells);
        const raw = Buffer.from(JSON.stringify(value));
        const item = { index: from, raw, value, unreadable: null, deep: false };
        yield { number: from, item, position: Math.floor((size * from) / rows) };
      }
    }
  } finally {
    await decoder.end();
    if (path !== source.path) await rm(path, { force: true });
  }
}
