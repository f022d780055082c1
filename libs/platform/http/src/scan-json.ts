/**
 * One pass over the bytes of a JSON text: where its elements lie and what a parser would not tell.
 *
 * Shape       the elements are the items of a root array, or the root itself.
 * Units       byte offsets, half-open; depth 1 is a flat element.
 * Invariant   never throws and never recurses, whatever the bytes; of invalid JSON it says nothing
 *             useful, so the text is parsed as well.
 * Source      reliability 3 (numbers that JSON.parse changes, keys that it drops)
 */
export interface JsonElement {
  readonly start: number;
  end: number;
  /** Members as written; a parsed object that has fewer lost a duplicate key. */
  members: number;
  depth: number;
  /** At least as many as the element has: objects, lists, texts, numbers, true, false, null. */
  values: number;
  /** Holds a number with a fraction, an exponent or 16 digits and more. */
  inexact: boolean;
}

export interface JsonScan {
  readonly isArray: boolean;
  readonly elements: readonly JsonElement[];
  readonly depth: number;
  readonly members: number;
  readonly values: number;
  readonly inexact: boolean;
}

const EXACT_DIGITS_MAX = 15;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const SPACE = 0x20;

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;
/** '+', '-', '.', 'e' and 'E': what may follow a digit inside a number. */
const isNumberMark = (code: number): boolean =>
  code === 0x2b || code === MINUS || code === 0x2e || code === 0x65 || code === 0x45;

const nothing = (): JsonElement => ({
  start: -1,
  end: -1,
  members: 0,
  depth: 0,
  values: 1,
  inexact: false,
});

/** The index of the quote that ends a string. */
const endOfString = (bytes: Uint8Array, from: number): number => {
  let index = from;
  while (index < bytes.length && bytes[index] !== QUOTE) {
    index += bytes[index] === BACKSLASH ? 2 : 1;
  }
  return index;
};

/** The index of a number's last byte, noting whether a double would hold it exactly. */
const endOfNumber = (bytes: Uint8Array, from: number, element: JsonElement): number => {
  let digits = 0;
  let marks = 0;
  let index = from;
  for (; index < bytes.length; index += 1) {
    const code = bytes[index] as number;
    if (isDigit(code)) digits += 1;
    else if (isNumberMark(code) && (index > from || code !== MINUS)) marks += 1;
    else if (!isNumberMark(code)) break;
  }
  if (marks > 0 || digits > EXACT_DIGITS_MAX) element.inexact = true;
  return index - 1;
};

const firstByte = (bytes: Uint8Array): number => {
  let index = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (index < bytes.length && (bytes[index] as number) <= SPACE) index += 1;
  return index;
};

/** Scans a whole text; stops after `elementsMax` elements and one, which is then too many. */
export const scanJson = (bytes: Uint8Array, elementsMax = Infinity): JsonScan => {
  const begin = firstByte(bytes);
  const isArray = bytes[begin] === OPEN_BRACKET;
  const elements: JsonElement[] = [];
  let element = nothing();
  let depth = 0;
  const finish = (end: number): void => {
    if (element.start >= 0) elements.push(element);
    element.end = end;
    element = nothing();
  };
  const base = isArray ? 1 : 0;
  for (let index = isArray ? begin + 1 : begin; index < bytes.length; index += 1) {
    if (elements.length > elementsMax) break;
    const code = bytes[index] as number;
    if (code <= SPACE) continue;
    if (depth === 0 && (code === COMMA || code === CLOSE_BRACKET)) {
      finish(index);
      continue;
    }
    if (element.start < 0) element = { ...nothing(), start: index };
    if (code === QUOTE) index = endOfString(bytes, index + 1);
    else if (code === COLON) element.members += 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      element.values += 1;
      if (depth > element.depth) element.depth = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    else if (code === COMMA) element.values += 1;
    else if (isDigit(code) || code === MINUS) index = endOfNumber(bytes, index, element);
  }
  finish(bytes.length);
  return {
    isArray,
    elements,
    depth: base + elements.reduce((deepest, one) => Math.max(deepest, one.depth), 0),
    members: elements.reduce((sum, one) => sum + one.members, 0),
    values: elements.reduce((sum, one) => sum + one.values, 0),
    inexact: elements.some((one) => one.inexact),
  };
};
