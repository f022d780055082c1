/**
 * What a text of an event may hold.
 *
 * Invariant   what passes can be stored by PostgreSQL, written as UTF-8 and read back unchanged.
 * Rejections  NOT_NFC, and the code that the caller names for the rest
 * Source      CloudEvents 1.0.2 section 3.1 (String); reliability.md B29, B30
 */
import { shown, type Problem } from './refusals.js';

export const TEXT_LENGTH_MAX = 256;

const PLAIN = /^[\x20-\x7e]+$/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const NO_CHARACTER = /[\p{Surrogate}\p{Noncharacter_Code_Point}]/u;

/** What is wrong with a text, or null. `code` is the answer where it is no text at all. */
export const textProblem = (value: unknown, code: Problem['code']): Problem | null => {
  if (typeof value !== 'string' || value === '' || value.length > TEXT_LENGTH_MAX) {
    return { code, detail: `${shown(value)} is not a text of 1 to ${TEXT_LENGTH_MAX} characters.` };
  }
  if (PLAIN.test(value)) return null;
  if (CONTROL.test(value) || NO_CHARACTER.test(value)) {
    return { code, detail: `${shown(value)} holds what is no character of a text.` };
  }
  if (value.normalize('NFC') === value) return null;
  return { code: 'NOT_NFC', detail: `${shown(value)} is not in normalisation form C.` };
};

/** Whether a text can be stored at all: no NUL, no half of a surrogate pair. */
export const isStorable = (value: string): boolean =>
  !value.includes('\u0000') && !/\p{Surrogate}/u.test(value);
