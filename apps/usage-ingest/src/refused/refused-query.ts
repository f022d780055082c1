/**
 * Which refused events are asked for: the filters of the list, and of what is driven again.
 *
 * Rejections  INVALID_QUERY 400, INVALID_VALUE 422
 * Source      reliability row B20
 */
import { parseInstant } from '@suanpan/calendar';
import { Malformed } from '@suanpan/event-sourcing';
import { isUnstorable, pageFields } from '@suanpan/platform-http';
import { toRowInstant } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { REFUSED_STATUSES } from './refused-row.js';

const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const PLACE = /^(0|[1-9]\d{0,3})\/(0|[1-9]\d{0,17})$/;
const NAME_MAX = 1_024;
/** Records that one request drives again. */
export const REDRIVEN_MAX = 1_000;

const named = z
  .string()
  .min(1)
  .max(NAME_MAX)
  .refine((text) => !isUnstorable(text), 'The text cannot be stored.');

const isInstant = (text: string): boolean => {
  try {
    parseInstant(text);
    return true;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
};
const instant = z.string().refine(isInstant, 'A time is RFC 3339 with a zone.');

const filterFields = {
  centre: named.optional(),
  code: z.string().regex(CODE, 'A code is capitals, digits and _.').optional(),
  source: named.optional(),
  id: named.optional(),
  /** Received at or after. */
  from: instant.optional(),
  /** Received before. */
  to: instant.optional(),
};

export const refusedQuery = z.strictObject({
  ...pageFields,
  ...filterFields,
  status: z.enum(REFUSED_STATUSES).optional(),
});
export type RefusedQuery = z.infer<typeof refusedQuery>;

export const redriveOrder = z
  .strictObject({
    ids: z
      .array(z.string().regex(PLACE, 'An id is partition/offset.'))
      .min(1)
      .max(REDRIVEN_MAX)
      .optional(),
    ...filterFields,
    /** The `nextCursor` of the request before. */
    cursor: pageFields.cursor,
  })
  .meta({ id: 'RefusedRedriveOrder' });
export type RedriveOrder = z.infer<typeof redriveOrder>;

type Filter = { readonly [K in keyof typeof filterFields]?: string | undefined } & {
  readonly status?: string | undefined;
};

const at = (text: string | undefined): string | null =>
  text === undefined ? null : toRowInstant(parseInstant(text));

/** The values of `WHERE`'s $4 to $10. */
export const filterValues = (filter: Filter): readonly (string | null)[] => [
  ...[filter.centre ?? null, filter.code ?? null, filter.source ?? null, filter.id ?? null],
  ...[at(filter.from), at(filter.to), filter.status ?? null],
];

/** $1 to $3: the key after which the page begins. */
export const WHERE = `
where (r.received_at, r.partition, r.log_offset) > ($1::timestamptz, $2::bigint, $3::bigint)
  and ($4::text is null or r.centre = $4) and ($5::text is null or coalesce(s.code, r.code) = $5)
  and ($6::text is null or r.source = $6) and ($7::text is null or r.event_id = $7)
  and ($8::timestamptz is null or r.received_at >= $8::timestamptz)
  and ($9::timestamptz is null or r.received_at < $9::timestamptz)
  and ($10::text is null or coalesce(s.status, 'open') = $10)`;

export const ORDER = 'order by r.received_at, r.partition, r.log_offset';
