/**
 * One piece of a recorded stream, read as exactly as an event is.
 *
 * Rejections  throws for what is no JSON, is nested too deep, or says a key twice
 * Source      reliability rows B02, B03, B07, B19, B40
 */
import { Malformed } from '@suanpan/event-sourcing';
import { parseJsonText, scanJson } from '@suanpan/platform-http';
import { parseExactly } from '../events/exact-json.js';
import { ITEM_DEPTH_MAX } from '../events/limits.js';
import { countMembers } from '../events/walk.js';

export const parsePiece = (text: string): unknown => {
  const scan = scanJson(Buffer.from(text, 'utf8'));
  if (scan.depth > ITEM_DEPTH_MAX) throw new Malformed('NESTING_LIMIT', 'Nested too deep.');
  const value = parseJsonText(text);
  if (countMembers(value) !== scan.members) {
    throw new Malformed('DUPLICATE_KEY', 'A key stands twice in one object.');
  }
  return scan.inexact ? parseExactly(text) : value;
};
