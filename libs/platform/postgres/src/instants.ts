/**
 * Instants on their way into and out of `timestamptz`.
 *
 * Units       microseconds since the epoch as a bigint; PostgreSQL keeps the same resolution.
 */
import { Defect } from '@suanpan/event-sourcing';

const ROW_SHAPE = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00(?::?00)?|Z)$/;
const MICROS_PER_MILLI = 1_000n;
const MICROS_PER_SECOND = 1_000_000n;

/** The text that PostgreSQL reads as this instant: `2026-05-15T16:59:59.999999Z`. */
export const toRowInstant = (instant: bigint): string => {
  const micros = ((instant % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const seconds = new Date(Number((instant - micros) / MICROS_PER_MILLI)).toISOString();
  return `${seconds.slice(0, -5)}.${micros.toString().padStart(6, '0')}Z`;
};

/** The instant that a `timestamptz` column holds, from the text a query gives in UTC. */
export const fromRowInstant = (text: string): bigint => {
  const match = ROW_SHAPE.exec(text);
  if (match === null) throw new Defect('NOT_AN_INSTANT', `Not a UTC timestamp: ${text}.`);
  const [, day = '', time = '', fraction = ''] = match;
  const millis = Date.parse(`${day}T${time}Z`);
  return BigInt(millis) * MICROS_PER_MILLI + BigInt(fraction.padEnd(6, '0'));
};
