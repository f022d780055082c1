/**
 * A manifest: what a centre says that it sent of one stretch of time.
 *
 * Shape       a UTC day, or two instants at most a day apart, by the events' own time; how many calls,
 *             tokens by model and kind, and if it likes a hash over their names and a list of them.
 *             Tokens of two models are never added (N7). Corrections are no calls and stay out.
 * Units       tokens, as decimal text or safe integers.
 * Rejections  INVALID_WINDOW, those of the schema
 */
import { Malformed } from '@suanpan/event-sourcing';
import { parseInstant } from '@suanpan/calendar';
import { valueRefused } from '@suanpan/platform-http';
import { z } from 'zod';
import { name } from '../wire.js';

const ITEMS_MAX = 10_000;
const MODELS_MAX = 1_000;
const PART_MAX = 256;
const TIME_MAX = 40;
export const DAY_MICROS = 86_400_000_000n;

const count = z
  .union([z.int().min(0), z.string().regex(/^(?:0|[1-9]\d{0,37})$/, 'A count is whole.')])
  .transform(String);
const tokens = z.record(z.string().min(1).max(64), count);
const part = z.string().min(1).max(PART_MAX);

export const manifestBody = z
  .strictObject({
    centre: name.optional(),
    source: part.optional(),
    day: z
      .string()
      .regex(/^\d{4}-\d\d-\d\d$/, 'A day is 2026-05-20, in UTC.')
      .optional(),
    from: z.string().max(TIME_MAX).optional(),
    to: z.string().max(TIME_MAX).optional(),
    events: count,
    tokens: z
      .record(part, tokens)
      .refine((models) => Object.keys(models).length <= MODELS_MAX, 'Too many models.'),
    namesHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'A hash is 64 hexadecimal digits.')
      .optional(),
    items: z
      .array(z.strictObject({ source: part.optional(), id: part, tokens: tokens.optional() }))
      .max(ITEMS_MAX)
      .optional(),
  })
  .meta({ id: 'Manifest' });
export type ManifestBody = z.infer<typeof manifestBody>;

export interface Window {
  readonly from: bigint;
  readonly to: bigint;
}

const instant = (path: string, text: string): bigint => {
  try {
    return parseInstant(text);
  } catch (error) {
    if (error instanceof Malformed) throw valueRefused(error.code, path, error.message);
    throw error;
  }
};

/** The stretch of time that a manifest or a question is about. */
export const windowOf = ({ day, from, to }: Pick<ManifestBody, 'day' | 'from' | 'to'>): Window => {
  const wanted = 'Name a day, or from and to at most a day apart.';
  if (day !== undefined) {
    if (from !== undefined || to !== undefined) throw valueRefused('INVALID_WINDOW', 'day', wanted);
    const start = instant('day', `${day}T00:00:00Z`);
    return { from: start, to: start + DAY_MICROS };
  }
  if (from === undefined || to === undefined) throw valueRefused('INVALID_WINDOW', 'day', wanted);
  const window = { from: instant('from', from), to: instant('to', to) };
  const length = window.to - window.from;
  if (length <= 0n || length > DAY_MICROS) throw valueRefused('INVALID_WINDOW', 'to', wanted);
  return window;
};
