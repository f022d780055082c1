/**
 * One item of a request as it was sent, before the domain has judged it.
 *
 * Rejections  DUPLICATE_KEY, NESTING_LIMIT, EVENT_TOO_LARGE, MALFORMED_JSON, MALFORMED_UTF8: the
 *             item is no event that could be judged; and FORBIDDEN_KEY
 */
export interface DoorRefusal {
  readonly code: string;
  readonly path: string;
  readonly detail: string;
}

export interface Item {
  /** From 0 in a batch; the line's number from 1 in a stream. */
  readonly index: number;
  /** The exact bytes, kept sealed when the item is refused. */
  readonly raw: Buffer;
  readonly value: unknown;
  /** The event's own id and source, where they are not members of the value. */
  readonly names?: { readonly id: unknown; readonly source: unknown };
  /** What stood around the bytes and is needed to judge them again; JSON. Absent: nothing. */
  readonly around?: unknown;
  /** Why the item cannot be judged at all. */
  readonly unreadable: DoorRefusal | null;
  /** Nested too deep: refused by the domain's rule that applies, or for that. */
  readonly deep: boolean;
}

export const unreadable = (code: string, detail: string): DoorRefusal => ({
  code,
  path: '$',
  detail,
});
