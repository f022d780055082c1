/**
 * How values of a Parquet file become cells, without losing a digit or a microsecond.
 *
 * Rejections  UNSUPPORTED_COLUMN
 * Source      Apache Parquet format, LogicalTypes; reliability row B43 (times to the microsecond)
 */
import { formatInstant } from '@suanpan/calendar';
import { Malformed } from '@suanpan/event-sourcing';
import type { ParquetParsers, SchemaElement } from 'hyparquet';
import type { Cell } from './row-event.js';

const MICROS_PER_MILLI = 1_000n;
const NANOS_PER_MICRO = 1_000n;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Half a surrogate pair: no text, so that the row is refused for it and not the file. */
const NO_TEXT = '\ud800';

const textOf = (bytes: Uint8Array | undefined): string | undefined => {
  try {
    return bytes === undefined ? undefined : utf8.decode(bytes);
  } catch {
    return NO_TEXT;
  }
};

/** In place of the library's own, which make dates of whole milliseconds and parse JSON. */
export const exactParsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (millis) => formatInstant(millis * MICROS_PER_MILLI),
  timestampFromMicroseconds: formatInstant,
  timestampFromNanoseconds: (nanos) =>
    nanos % NANOS_PER_MICRO === 0n ? formatInstant(nanos / NANOS_PER_MICRO) : `${nanos} ns`,
  dateFromDays: (days) => `day ${days}`,
  stringFromBytes: textOf,
  jsonFromBytes: textOf,
};

const unsupported = (name: string, why: string): Malformed =>
  new Malformed('UNSUPPORTED_COLUMN', `The column ${JSON.stringify(name.slice(0, 64))} ${why}.`);

/** The columns of a flat table; anything else is not one. */
export const columnsOf = (schema: readonly SchemaElement[]): readonly string[] => {
  const [, ...columns] = schema;
  for (const { name, num_children: children, repetition_type: repetition, ...element } of columns) {
    if ((children ?? 0) > 0 || repetition === 'REPEATED') throw unsupported(name, 'is nested');
    if (element.converted_type === 'DECIMAL' && (element.scale ?? 0) > 0) {
      throw unsupported(name, 'holds decimals; counts are whole numbers');
    }
    const logical = element.logical_type;
    if (logical?.type === 'TIMESTAMP' && !logical.isAdjustedToUTC) {
      throw unsupported(name, 'holds times without a zone; write them as UTC');
    }
  }
  return columns.map(({ name }) => name);
};

/** A value as a cell; what is none becomes a text that is refused. */
export const cellOf = (value: unknown): Cell => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return value;
  return NO_TEXT;
};
