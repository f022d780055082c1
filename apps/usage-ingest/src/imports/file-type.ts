/**
 * What a file is said to be, and what its first bytes say.
 *
 * Invariant   a file is read as what it is said to be only when its bytes do not contradict that.
 * Rejections  UNSUPPORTED_MEDIA_TYPE 415
 * Source      reliability row B86 (magic bytes)
 */
import { HttpProblem, unsupportedMediaType } from '@suanpan/platform-http';

export const FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

export const MEDIA_TYPES: Readonly<Record<string, Format>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/vnd.apache.parquet': 'parquet',
};

/** The format that a media type stands for. */
export const formatOf = (mediaType: string): Format => {
  const format = Object.hasOwn(MEDIA_TYPES, mediaType) ? MEDIA_TYPES[mediaType] : undefined;
  if (format === undefined) throw unsupportedMediaType(Object.keys(MEDIA_TYPES));
  return format;
};

/** How many of the first bytes are looked at. */
export const HEAD_BYTES = 4_096;

const GZIP = Buffer.from([0x1f, 0x8b]);
const PARQUET = Buffer.from('PAR1');
const OPENING_BRACE = 0x7b;

const KNOWN: readonly (readonly [name: string, magic: Buffer])[] = [
  ['gzip', GZIP],
  ['Parquet', PARQUET],
  ['PDF', Buffer.from('%PDF')],
  ['PNG', Buffer.from([0x89, 0x50, 0x4e, 0x47])],
  ['ZIP (or XLSX)', Buffer.from('PK\u0003\u0004')],
  ['XLS', Buffer.from([0xd0, 0xcf, 0x11, 0xe0])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a])],
  ['7z', Buffer.from([0x37, 0x7a, 0xbc, 0xaf])],
  ['UTF-16 text', Buffer.from([0xff, 0xfe])],
  ['UTF-16 text', Buffer.from([0xfe, 0xff])],
];

const startsWith = (head: Buffer, magic: Buffer): boolean =>
  head.length >= magic.length && head.subarray(0, magic.length).equals(magic);

const contradicts = (said: string, detail: string): HttpProblem =>
  new HttpProblem(415, 'UNSUPPORTED_MEDIA_TYPE', `The file is said to be ${said}, but ${detail}.`);

const withoutMark = (head: Buffer): Buffer =>
  startsWith(head, Buffer.from([0xef, 0xbb, 0xbf])) ? head.subarray(3) : head;

const firstByte = (head: Buffer): number | undefined =>
  withoutMark(head).find((byte) => byte > 0x20);

/** Compares the first bytes of the file as it was sent with what it is said to be. */
export const checkHead = (head: Buffer, said: { format: Format; gzip: boolean }): void => {
  const name = said.gzip ? `${said.format} in gzip` : said.format;
  if (said.gzip) {
    if (!startsWith(head, GZIP)) throw contradicts(name, 'its first bytes are no gzip');
    return;
  }
  checkContent(head, said.format);
};

/** The same for the content, where the file was a gzip. */
export const checkContent = (head: Buffer, format: Format): void => {
  const [found] = KNOWN.find(([, magic]) => startsWith(head, magic)) ?? [];
  if (format === 'parquet') {
    if (found !== 'Parquet') throw contradicts(format, 'it does not begin with PAR1');
    return;
  }
  if (found !== undefined) throw contradicts(format, `its first bytes are those of ${found}`);
  if (head.includes(0)) throw contradicts(format, 'it holds bytes that are no text');
  if (format === 'ndjson' && (firstByte(head) ?? OPENING_BRACE) !== OPENING_BRACE) {
    throw contradicts(format, 'its first line is no JSON object');
  }
};

const NAME_CHARACTERS_MAX = 120;
/** Control, format (also those that turn the direction), surrogate and unassigned characters. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The file's name as it may be shown; the file itself lies under its import's id (B85). */
export const shownName = (name: string | undefined): string => {
  const last = (name ?? '').split(/[/\\]/).at(-1) ?? '';
  const cut = last.replaceAll(UNSEEN, '').trim().slice(0, NAME_CHARACTERS_MAX);
  // The cut may have gone through a pair.
  const shown = cut.replaceAll(UNSEEN, '');
  return shown === '' || /^\.+$/.test(shown) ? 'file' : shown;
};
