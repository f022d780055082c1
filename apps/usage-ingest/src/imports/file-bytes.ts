/**
 * The bytes of a stored file as its content: inflated where it is a gzip, and bounded.
 *
 * Invariant   memory does not grow with the file; a gzip that becomes far larger than text does is
 *             given up.
 * Rejections  ARCHIVE_LIMIT, MALFORMED_ENCODING, MALFORMED_UTF8; UNSUPPORTED_MEDIA_TYPE for what a
 *             gzip hides
 * Source      reliability rows B10, B12, B83, B86
 */
import { createReadStream } from 'node:fs';
import type { ReadStream } from 'node:fs';
import { pipeline, Transform } from 'node:stream';
import type { Readable, TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Malformed } from '@suanpan/event-sourcing';
import { checkContent } from './file-type.js';
import type { Format } from './file-type.js';
import { INFLATED_FREE_BYTES, INFLATED_RATIO_MAX } from './import-limits.js';

export interface FileBytes {
  readonly stream: Readable;
  /** Bytes of the stored file that were read. */
  readonly position: () => number;
}

/** Passes bytes on while `check` takes them; its last call has null. */
const checking = (check: (piece: Buffer | null) => void): Transform => {
  const attempt = (piece: Buffer | null, done: TransformCallback): void => {
    try {
      check(piece);
    } catch (error) {
      return done(error as Error);
    }
    done(null, piece ?? undefined);
  };
  return new Transform({
    transform: (piece: Buffer, _encoding, done) => attempt(piece, done),
    flush: (done) => attempt(null, done),
  });
};

const boundedInflation = (source: ReadStream, format: Format): Transform => {
  let bytes = 0;
  return checking((piece) => {
    if (piece === null) return;
    if (bytes === 0) checkContent(piece, format);
    bytes += piece.length;
    if (bytes <= INFLATED_FREE_BYTES || bytes <= source.bytesRead * INFLATED_RATIO_MAX) return;
    const detail = `The gzip becomes more than ${INFLATED_RATIO_MAX} times its size.`;
    throw new Malformed('ARCHIVE_LIMIT', detail);
  });
};

const onlyUtf8 = (): Transform => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return checking((piece) => {
    try {
      decoder.decode(piece ?? undefined, { stream: piece !== null });
    } catch {
      const how = 'Save it as UTF-8 (in Excel: “CSV UTF-8”).';
      throw new Malformed('MALFORMED_UTF8', `The file is not UTF-8. ${how}`);
    }
  });
};

/** What zlib says of a damaged file, in our words. */
export const asFileFault = (error: unknown): unknown => {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return new Malformed('MALFORMED_ENCODING', 'The gzip is cut or damaged.');
};

/** Opens a file; `text` says that it must be UTF-8. */
export const openFileBytes = (
  path: string,
  {
    gzip,
    format,
    text,
  }: { readonly gzip: boolean; readonly format: Format; readonly text: boolean },
): FileBytes => {
  const source = createReadStream(path);
  const last = checking(() => undefined);
  const stages = [
    ...(gzip ? [createGunzip(), boundedInflation(source, format)] : []),
    ...(text ? [onlyUtf8()] : []),
    last,
  ];
  // A fault goes to the last stage, where the reader meets it.
  pipeline([source, ...stages], (error) => {
    if (error !== undefined && error !== null && !last.destroyed) last.destroy(error);
  });
  return { stream: last, position: () => source.bytesRead };
};
