/**
 * One line of the journal.
 *
 * Shape       `<crc32 of the rest, 8 hex digits> E <number> <event>` an event to be sent;
 *             `O` a call that has begun: what is known of it, should its end never be written;
 *             `D <number>,<number>…` these are done: acknowledged, or refused and kept apart.
 * Invariant   a line that a crash has torn at any byte is never taken for a whole one.
 */
import { crc32 } from 'node:zlib';

export type JournalLine =
  | { readonly kind: 'event' | 'open'; readonly number: number; readonly text: string }
  | { readonly kind: 'done'; readonly numbers: readonly number[] };

const CRC_DIGITS = 8;
const DONE_AT_ONCE_MAX = 1_000;
const SHAPE = /^([EO]) (\d{1,15}) /;
const NUMBERS = /^D (?:\d{1,15},)*\d{1,15}$/;

const line = (body: string): string =>
  `${crc32(body).toString(16).padStart(CRC_DIGITS, '0')} ${body}\n`;

/** An event, or the beginning of a call; `text` is JSON and has no line break of its own. */
export const eventLine = (kind: 'event' | 'open', number: number, text: string): string =>
  line(`${kind === 'event' ? 'E' : 'O'} ${number} ${text}`);

/** That these need not be sent again; several lines where they are many. */
export const doneLines = (numbers: readonly number[]): string => {
  let lines = '';
  for (let from = 0; from < numbers.length; from += DONE_AT_ONCE_MAX) {
    lines += line(`D ${numbers.slice(from, from + DONE_AT_ONCE_MAX).join(',')}`);
  }
  return lines;
};

/** The line without its line break; null when it is torn or damaged. */
export const readJournalLine = (bytes: Buffer): JournalLine | null => {
  const text = bytes.toString('utf8');
  const body = text.slice(CRC_DIGITS + 1);
  if (text[CRC_DIGITS] !== ' ') return null;
  if (text.slice(0, CRC_DIGITS) !== crc32(body).toString(16).padStart(CRC_DIGITS, '0')) return null;
  const shape = SHAPE.exec(body);
  if (shape !== null) {
    const [head, letter, number] = shape;
    const kind = letter === 'E' ? 'event' : 'open';
    return { kind, number: Number(number), text: body.slice(head.length) };
  }
  if (!NUMBERS.test(body)) return null;
  return { kind: 'done', numbers: body.slice(2).split(',').map(Number) };
};
