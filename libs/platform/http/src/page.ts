/**
 * Lists, page by page, by key and never by number: a page stays right while rows are added.
 *
 * Shape       `?limit=&cursor=` in; `{ data, nextCursor }` out. A cursor is the last row's key.
 * Rejections  INVALID_QUERY 400
 * Source      reliability row B20
 */
import { Malformed } from '@suanpan/event-sourcing';
import { z } from 'zod';
import { isUnstorable } from './strict-json.js';

export const PAGE_LIMIT_DEFAULT = 100;
export const PAGE_LIMIT_MAX = 1_000;
const CURSOR_CHARACTERS_MAX = 1_024;

/** The two fields of every list's query; spread them into the route's own `z.strictObject`. */
export const pageFields = {
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'A limit is a whole number from 1.')
    .transform(Number)
    .refine((limit) => limit <= PAGE_LIMIT_MAX, `A limit is at most ${PAGE_LIMIT_MAX}.`)
    .default(PAGE_LIMIT_DEFAULT),
  cursor: z.string().min(1).max(CURSOR_CHARACTERS_MAX).optional(),
};

/** The query of a list without filters. */
export const pageQuery = z.strictObject(pageFields);
export type PageQuery = z.infer<typeof pageQuery>;

export interface Page<Row> {
  readonly data: readonly Row[];
  /** Give it back as `cursor`; null on the last page. */
  readonly nextCursor: string | null;
}

export type CursorKey = readonly string[];

export const encodeCursor = (key: CursorKey): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url');

/** What a part of a key may be, so that what a client writes itself never reaches PostgreSQL. */
const PARTS = {
  text: z.string().refine((text) => !isUnstorable(text)),
  integer: z
    .string()
    .regex(/^-?\d{1,19}$/)
    .refine((text) => BigInt.asIntN(64, BigInt(text)) === BigInt(text)),
  instant: z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00$/),
} as const;

export type CursorPart = keyof typeof PARTS;

/** The key after which the page begins, or null for the first page. */
export const decodeCursor = (
  cursor: string | undefined,
  parts: readonly CursorPart[],
): CursorKey | null => {
  if (cursor === undefined) return null;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const texts = z.array(z.string()).length(parts.length).parse(key);
    return parts.map((part, index) => PARTS[part].parse(texts[index]));
  } catch {
    throw new Malformed('INVALID_QUERY', 'The cursor is none of ours.');
  }
};

/** Makes a page of rows that were selected with `limit + 1`. */
export const toPage = <Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => CursorKey,
): Page<Row> => {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, nextCursor: more ? encodeCursor(keyOf(last)) : null };
};
