/**
 * One line of a stream as an item; what cannot be read is refused alone, not with its stream.
 *
 * Rejections  EVENT_TOO_LARGE, MALFORMED_UTF8, MALFORMED_JSON, NESTING_LIMIT, DUPLICATE_KEY,
 *             FORBIDDEN_KEY
 */
import { Malformed } from '@suanpan/event-sourcing';
import { decodeUtf8, parseJsonText, scanJson } from '@suanpan/platform-http';
import { unreadable } from './item.js';
import type { Item } from './item.js';
import { EVENT_BYTES_MAX, TEXT_DEPTH_MAX } from './limits.js';
import type { Line } from './line-splitter.js';
import { oversize, wholeItem } from './read-items.js';

const refusedLine = (line: Line, code: string, detail: string): Item => ({
  index: line.number,
  raw: line.bytes ?? Buffer.alloc(0),
  value: undefined,
  unreadable: unreadable(code, detail),
  deep: false,
});

const read = (line: Line, bytes: Buffer): Item => {
  const scan = scanJson(bytes);
  if (scan.depth > TEXT_DEPTH_MAX) {
    return refusedLine(line, 'NESTING_LIMIT', 'The line is nested too deep.');
  }
  const excess = oversize(bytes.length, scan.values);
  if (excess !== null) return refusedLine(line, 'EVENT_TOO_LARGE', excess);
  const value = parseJsonText(decodeUtf8(bytes));
  return wholeItem(bytes, scan, { index: line.number, value });
};

/** Never throws for what a sender can write. */
export const readLine = (line: Line): Item => {
  if (line.bytes === null) {
    return refusedLine(line, 'EVENT_TOO_LARGE', `An event has at most ${EVENT_BYTES_MAX} bytes.`);
  }
  try {
    return read(line, line.bytes);
  } catch (error) {
    if (error instanceof Malformed) return refusedLine(line, error.code, error.message);
    throw error;
  }
};
