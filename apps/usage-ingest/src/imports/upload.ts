/**
 * Takes a file from a request onto the disk, as it comes.
 *
 * Invariant   one piece is held in memory; the file has its name only when it is whole and synced.
 *             What a sender calls it is no part of any path.
 * Rejections  EMPTY_BODY 400; PAYLOAD_TOO_LARGE 413; UNSUPPORTED_MEDIA_TYPE 415; REQUEST_TIMEOUT 408
 * Source      reliability rows B13, B85, B86, S39
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { Malformed, Unavailable } from '@suanpan/event-sourcing';
import { nextChunk } from '@suanpan/platform-http';
import type { Request } from 'express';
import { SETTINGS } from '../tokens.js';
import type { IngestSettings } from '../tokens.js';
import { checkHead, HEAD_BYTES } from './file-type.js';
import type { Format } from './file-type.js';
import { fileTooLarge } from './import-refusals.js';

/** A file that lies on the disk and has no import yet. */
export interface TakenFile {
  readonly sha256: string;
  readonly bytes: number;
  /** Gives it the name of its import. */
  readonly keepAs: (importId: string) => Promise<void>;
  readonly drop: () => Promise<void>;
}

const PART = 'upload-';
/** The file of an import, or what a reader has unpacked beside it. */
const OF_IMPORT = /^imp_[0-9a-f]{32}(?:$|\.)/;
const isOurs = (name: string): boolean => name.startsWith(PART) || OF_IMPORT.test(name);
const importOf = (name: string): string => name.slice(0, 'imp_'.length + 32);
const FORGOTTEN_MS = 86_400_000;
const OWNER_ONLY = 0o600;

const onDisk = async <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw new Unavailable('IMPORTS_FOLDER_UNAVAILABLE', 'The file cannot be kept.', {
      cause: error,
    });
  });

@Injectable()
export class Uploads {
  constructor(@Inject(SETTINGS) private readonly settings: IngestSettings) {}

  /** Where the file of an import lies while it is needed. */
  pathOf(importId: string): string {
    return join(this.settings.importsDir, importId);
  }

  async exists(importId: string): Promise<boolean> {
    return stat(this.pathOf(importId)).then(
      () => true,
      () => false,
    );
  }

  async remove(importId: string): Promise<void> {
    await rm(this.pathOf(importId), { force: true });
  }

  /**
   * Removes what interrupted uploads and readers have left, and nothing that is not ours; `queued`
   * says which imports still need theirs.
   */
  async tidy(
    nowMs: number,
    queued: (importIds: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<void> {
    const folder = this.settings.importsDir;
    const old: string[] = [];
    for (const name of await readdir(folder).catch(() => [])) {
      if (!isOurs(name)) continue;
      const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: nowMs }));
      if (nowMs - mtimeMs > FORGOTTEN_MS) old.push(name);
    }
    const needed = await queued(old.map(importOf));
    for (const name of old) {
      if (!needed.has(importOf(name))) await rm(join(folder, name), { force: true });
    }
  }

  async take(request: Request, said: { format: Format; gzip: boolean }): Promise<TakenFile> {
    const folder = this.settings.importsDir;
    if (Number(request.headers['content-length'] ?? 0) > this.settings.importBytesMax) {
      throw fileTooLarge(this.settings.importBytesMax);
    }
    await onDisk(mkdir(folder, { recursive: true, mode: 0o700 }));
    const path = join(folder, `${PART}${randomUUID()}`);
    const handle = await onDisk(open(path, 'wx', OWNER_ONLY));
    const drop = (): Promise<void> => rm(path, { force: true });
    try {
      const written = await this.#write(request, handle, said);
      return { ...written, drop, keepAs: (id) => onDisk(rename(path, this.pathOf(id))) };
    } catch (error) {
      await drop();
      throw error;
    } finally {
      await handle.close();
    }
  }

  async #write(
    request: Request,
    handle: FileHandle,
    said: { format: Format; gzip: boolean },
  ): Promise<{ readonly sha256: string; readonly bytes: number }> {
    const hash = createHash('sha256');
    const { importBytesMax, streamSilenceMs } = this.settings;
    let bytes = 0;
    let head: Buffer = Buffer.alloc(0);
    let checked = false;
    const check = (last: boolean): void => {
      if (checked || (head.length < HEAD_BYTES && !last)) return;
      checkHead(head, said);
      checked = true;
    };
    for (;;) {
      const piece = await nextChunk(request, streamSilenceMs);
      if (piece === null) break;
      bytes += piece.length;
      if (bytes > importBytesMax) throw fileTooLarge(importBytesMax);
      if (!checked) head = Buffer.concat([head, piece]).subarray(0, HEAD_BYTES);
      check(false);
      hash.update(piece);
      await onDisk(handle.appendFile(piece));
    }
    if (bytes === 0) throw new Malformed('EMPTY_BODY', 'The file is empty.');
    check(true);
    await onDisk(handle.sync());
    return { sha256: hash.digest('hex'), bytes };
  }
}
