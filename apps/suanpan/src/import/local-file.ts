/**
 * The file on this machine: what it is by its name, and its hash.
 *
 * Rejections  UsageError: a person can put it right by typing something else
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

/** What was typed cannot be done; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const MEDIA_TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};

export interface LocalFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly mediaType: string;
  readonly gzip: boolean;
}

/** Looks at the file; `format` says what the name does not. */
export const lookAt = async (path: string, format: string | undefined): Promise<LocalFile> => {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new UsageError(`There is no file ${path}.`);
  if (!found.isFile()) throw new UsageError(`${path} is no file.`);
  if (found.size === 0) throw new UsageError(`${path} is empty.`);
  const name = basename(path);
  const gzip = name.toLowerCase().endsWith('.gz');
  const plain = gzip ? name.slice(0, -3) : name;
  const ending = format ?? plain.toLowerCase().split('.').at(-1) ?? '';
  const mediaType = Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending] : undefined;
  if (mediaType === undefined) {
    const known = Object.keys(MEDIA_TYPES).join(', ');
    throw new UsageError(`${name} is none of ${known}, each also .gz. Say which: --format csv`);
  }
  return { path, name, bytes: found.size, mediaType, gzip };
};

/** The SHA-256 of the file as it is: by it the door knows it again. */
export const hashOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
};
