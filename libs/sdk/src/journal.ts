/**
 * The journal: what was recorded and is not acknowledged yet, on disk before anything is sent.
 *
 * Shape       one append-only file of checked lines; lines that wait are written and synced
 *             together. What is done is marked; a journal that has grown is written anew with what
 *             is left, beside the old one, and takes its place by a rename.
 * Invariant   `append` resolves after fsync: from then on a crash loses nothing. A torn last line is
 *             cut off; a damaged line further up is set aside in `damaged.txt` and reported.
 * Rejections  JOURNAL_FAILED
 */
import { appendFile, open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SuanpanError } from './errors.js';
import { doneLines, eventLine, readJournalLine } from './journal-line.js';

/** A line that is still needed: an event, or a call that has begun. */
export interface LiveLine {
  readonly kind: 'event' | 'open';
  readonly text: string;
}

interface Waiting {
  readonly lines: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const NEWLINE = 0x0a;
const CHUNK_BYTES = 1_048_576;
/** Usage is nobody else's business. */
const OWNER_ONLY = 0o600;

const failed = (what: string, cause: unknown): SuanpanError => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SuanpanError('JOURNAL_FAILED', `${what}: ${reason}`, { cause });
};

const syncFolder = async (folder: string): Promise<void> => {
  // Windows cannot open a folder; there the rename itself is journaled by the file system.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
};

/** Writes go to the end, wherever that is: after a torn line was cut off, too. */
const openForAppend = (folder: string): Promise<FileHandle> =>
  open(join(folder, 'journal'), 'a+', OWNER_ONLY);

export class Journal {
  /** What a crash has left, by number; taken over by the meter when it opens. */
  readonly live = new Map<number, LiveLine>();
  /** Lines that could not be read and were set aside. */
  damaged = 0;
  #next = 1;
  #size = 0;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #broken: SuanpanError | undefined;

  private constructor(
    private readonly folder: string,
    private handle: FileHandle,
    private readonly compactBytes: number,
  ) {}

  /** Opens the journal of a folder, which nobody else may have open. */
  static async open(folder: string, compactBytes: number): Promise<Journal> {
    const handle = await openForAppend(folder);
    const journal = new Journal(folder, handle, compactBytes);
    try {
      await journal.#load();
    } catch (error) {
      await handle.close();
      throw failed('The journal cannot be read', error);
    }
    return journal;
  }

  /** Writes a new event and resolves when it is on disk, with its number. */
  async add(kind: 'event' | 'open', text: string): Promise<number> {
    const number = this.#next;
    this.#next += 1;
    await this.put(number, { kind, text });
    return number;
  }

  /** Writes what a number now stands for: the end of a call takes the place of its beginning. */
  async put(number: number, line: LiveLine): Promise<void> {
    await this.#append(eventLine(line.kind, number, line.text));
    this.live.set(number, line);
  }

  /** Forgets what is done. The mark may wait: without it these are sent again, and counted once. */
  done(numbers: readonly number[]): void {
    for (const number of numbers) this.live.delete(number);
    this.#append(doneLines(numbers)).catch(() => undefined);
  }

  /** Writes nothing more: another process has the file. */
  abandon(reason: SuanpanError): void {
    this.#broken = reason;
  }

  async close(): Promise<void> {
    await this.#running;
    if (this.#broken === undefined && this.live.size === 0) await this.handle.truncate(0);
    await this.handle.close();
  }

  #append(lines: string): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lines, resolve, reject });
      this.#running ??= this.#run().finally(() => (this.#running = undefined));
    });
  }

  async #run(): Promise<void> {
    // One turn of the loop gathers what is recorded in the same moment into one fsync.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(Buffer.from(group.map(({ lines }) => lines).join('')));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
      // Those that waited put their lines into `live` first: what is written anew must hold them.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#compact();
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      await this.handle.appendFile(bytes);
      await this.handle.datasync();
      this.#size += bytes.length;
    } catch (error) {
      // Half a line must not stand before the next one.
      await this.handle.truncate(this.#size).catch((worse: unknown) => {
        this.#broken = failed('The journal cannot be written any more', worse);
      });
      throw failed('The journal cannot be written', error);
    }
  }

  /** Writes what is left into a new file, when the old one has become large. */
  async #compact(): Promise<void> {
    if (this.#size < this.compactBytes || this.#broken !== undefined) return;
    const fresh = join(this.folder, 'journal.new');
    try {
      const size = await this.#writeLive(fresh);
      await rename(fresh, join(this.folder, 'journal'));
      await syncFolder(this.folder);
      const old = this.handle;
      this.handle = await openForAppend(this.folder);
      this.#size = size;
      await old.close();
    } catch (error) {
      this.#broken = failed('The journal cannot be written anew', error);
    }
  }

  async #writeLive(fresh: string): Promise<number> {
    const handle = await open(fresh, 'w', OWNER_ONLY);
    try {
      let size = 0;
      for (const [number, { kind, text }] of this.live) {
        const line = eventLine(kind, number, text);
        await handle.appendFile(line);
        size += Buffer.byteLength(line);
      }
      await handle.sync();
      return size;
    } finally {
      await handle.close();
    }
  }

  async #load(): Promise<void> {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let rest: Buffer = Buffer.alloc(0);
    for (let at = 0; ;) {
      const { bytesRead } = await this.handle.read(chunk, 0, CHUNK_BYTES, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      rest = await this.#readLines(Buffer.concat([rest, chunk.subarray(0, bytesRead)]));
    }
    if (rest.length > 0) await this.handle.truncate(this.#size);
  }

  /** Takes the whole lines; gives back the unfinished one. */
  async #readLines(bytes: Buffer): Promise<Buffer> {
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) return bytes.subarray(start);
      await this.#take(bytes.subarray(start, end));
      this.#size += end + 1 - start;
      start = end + 1;
    }
  }

  async #take(bytes: Buffer): Promise<void> {
    const line = readJournalLine(bytes);
    if (line === null) {
      this.damaged += 1;
      await appendFile(join(this.folder, 'damaged.txt'), `${bytes.toString('utf8')}\n`);
      return;
    }
    const numbers = line.kind === 'done' ? line.numbers : [line.number];
    this.#next = Math.max(this.#next, ...numbers.map((number) => number + 1));
    if (line.kind === 'done') for (const number of numbers) this.live.delete(number);
    else this.live.set(line.number, { kind: line.kind, text: line.text });
  }
}
