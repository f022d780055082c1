/**
 * Texts and instants as COPY's text format wants them, made a million times a minute.
 *
 * Source      PostgreSQL documentation, COPY, "Text Format"
 */
import { toRowInstant } from '@suanpan/platform-postgres';

const SPECIAL = /[\\\n\r\t]/;
const SPECIALS = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A text that holds no NUL, as a field of a COPY line. */
export const escapeCopy = (text: string): string =>
  SPECIAL.test(text) ? text.replace(SPECIALS, (character) => ESCAPES[character] as string) : text;

const MICROS_PER_MINUTE = 60_000_000;
const MICROS_PER_SECOND = 1_000_000;
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const MINUTES_KEPT_MAX = 10_000;
const seconds = Array.from(
  { length: 60 },
  (_, second) => `:${second.toString().padStart(2, '0')}.`,
);

let minutes = new Map<number, string>();

const minuteText = (minute: number): string => {
  const known = minutes.get(minute);
  if (known !== undefined) return known;
  if (minutes.size >= MINUTES_KEPT_MAX) minutes = new Map();
  // The same text as toRowInstant gives, up to the minute: 2026-05-15T16:59
  const text = toRowInstant(BigInt(minute) * BigInt(MICROS_PER_MINUTE)).slice(0, 16);
  minutes.set(minute, text);
  return text;
};

/** An instant since 1970 as a field; calls of the same minute share the date's text. */
export const copyInstant = (instant: bigint): string => {
  if (instant > SAFE) return toRowInstant(instant);
  const micros = Number(instant);
  const minute = Math.floor(micros / MICROS_PER_MINUTE);
  const rest = micros - minute * MICROS_PER_MINUTE;
  const second = Math.floor(rest / MICROS_PER_SECOND);
  const fraction = rest - second * MICROS_PER_SECOND;
  const digits = fraction === 0 ? '000000' : fraction.toString().padStart(6, '0');
  return `${minuteText(minute)}${seconds[second] ?? ''}${digits}Z`;
};
