/**
 * The optional fields that are one call's own, as the jsonb column `extra` keeps them.
 *
 * Owns        which fields; those that many calls share are ./dimensions. Extensions are transport
 *             and stay in the log.
 * Rejections  INVALID_TEXT (malformed): a NUL, which jsonb cannot hold
 * Source      rulings R9, R24
 */
import { Malformed } from '@suanpan/event-sourcing';
import type { UsageRecorded } from '@suanpan/messages';
import { escapeCopy } from './copy-text.js';

const OWN_TEXTS = [
  'subject',
  'dispatch',
  'credential',
  'session',
  'reservation',
  'admission',
  'outcome',
  'finality',
  'device',
  'host',
  'upstreamRequestId',
  'endUser',
] as const satisfies readonly (keyof UsageRecorded)[];

const OWN_LONGS = [
  'latencyMs',
  'audioMs',
  'images',
  'requests',
  'revision',
] as const satisfies readonly (keyof UsageRecorded)[];

const hasKeys = (map: Readonly<Record<string, string>>): boolean => {
  for (const _key in map) return true;
  return false;
};

const extraOf = (event: UsageRecorded): Readonly<Record<string, unknown>> | undefined => {
  let extra: Record<string, unknown> | undefined;
  for (const name of OWN_TEXTS) {
    const value = event[name];
    if (value !== null) (extra ??= {})[name] = value;
  }
  for (const name of OWN_LONGS) {
    const value = event[name];
    if (value !== null) (extra ??= {})[name] = value.toString();
  }
  if (event.kindsIncomplete === true) (extra ??= {})['kindsIncomplete'] = true;
  if (hasKeys(event.metadata)) (extra ??= {})['metadata'] = event.metadata;
  return extra;
};

const NULL_FIELD = '\\N';
/** A NUL's escape, and not the six characters after a backslash of their own. */
const NUL_ESCAPE = /(?<!\\)(?:\\\\)*\\u0000/;

/** The column's field in a COPY line. */
export const extraField = (event: UsageRecorded): string => {
  const extra = extraOf(event);
  if (extra === undefined) return NULL_FIELD;
  const json = JSON.stringify(extra);
  if (json.includes('\\u0000') && NUL_ESCAPE.test(json)) {
    throw new Malformed('INVALID_TEXT', 'An optional field holds a NUL.');
  }
  return escapeCopy(json);
};
