/**
 * The pieces of one recorded stream, read as exactly as an event is.
 *
 * Invariant   a piece has no more values than an event, and all together no more than a batch: a
 *             piece of three bytes a value would take a hundred times its text.
 * Rejections  throws for what is no JSON, is nested too deep, has too many values, or says a key
 *             twice
 * Source      reliability rows B02, B03, B07, B19, B40, D16
 */
import { Malformed } from '@suanpan/event-sourcing';
import { parseJsonText, scanJson } from '@suanpan/platform-http';
import { parseExactly } from '../events/exact-json.js';
import { BATCH_VALUES_MAX, EVENT_VALUES_MAX, ITEM_DEPTH_MAX } from '../events/limits.js';
import { countMembers } from '../events/walk.js';

/** Reads the pieces of one stream. */
export const pieceParser = (): ((text: string) => unknown) => {
  let left = BATCH_VALUES_MAX;
  return (text) => {
    const scan = scanJson(Buffer.from(text, 'utf8'));
    if (scan.depth > ITEM_DEPTH_MAX) throw new Malformed('NESTING_LIMIT', 'Nested too deep.');
    left -= scan.values;
    if (left < 0 || scan.values > EVENT_VALUES_MAX) {
      throw new Malformed('EVENT_TOO_LARGE', 'The stream has too many values.');
    }
    const value = parseJsonText(text);
    if (countMembers(value) !== scan.members) {
      throw new Malformed('DUPLICATE_KEY', 'A key stands twice in one object.');
    }
    return scan.inexact ? parseExactly(text) : value;
  };
};
