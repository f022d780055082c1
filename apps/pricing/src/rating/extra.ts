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

const hasKeys = (map: Readonly<Record<string, string>>): boolean => {
  for (const _key in map) return true;
  return false;
};

/** Most calls have none or only a latency; an undefined property is left out of JSON. */
const textsOf = (event: UsageRecorded) => ({
  subject: event.subject ?? undefined,
  dispatch: event.dispatch ?? undefined,
  credential: event.credential ?? undefined,
  session: event.session ?? undefined,
  reservation: event.reservation ?? undefined,
  admission: event.admission ?? undefined,
  outcome: event.outcome ?? undefined,
  finality: event.finality ?? undefined,
  device: event.device ?? undefined,
  host: event.host ?? undefined,
  upstreamRequestId: event.upstreamRequestId ?? undefined,
  endUser: event.endUser ?? undefined,
});

const hasTexts = (event: UsageRecorded): boolean =>
  event.subject !== null ||
  event.dispatch !== null ||
  event.credential !== null ||
  event.session !== null ||
  event.reservation !== null ||
  event.admission !== null ||
  event.outcome !== null ||
  event.finality !== null ||
  event.device !== null ||
  event.host !== null ||
  event.upstreamRequestId !== null ||
  event.endUser !== null;

const hasOthers = (event: UsageRecorded): boolean =>
  event.audioMs !== null ||
  event.images !== null ||
  event.requests !== null ||
  event.revision !== null ||
  event.kindsIncomplete === true ||
  hasKeys(event.metadata);

const extraOf = (event: UsageRecorded) => ({
  ...textsOf(event),
  latencyMs: event.latencyMs?.toString(),
  audioMs: event.audioMs?.toString(),
  images: event.images?.toString(),
  requests: event.requests?.toString(),
  revision: event.revision?.toString(),
  kindsIncomplete: event.kindsIncomplete === true ? true : undefined,
  metadata: hasKeys(event.metadata) ? event.metadata : undefined,
});

/** A NUL's escape, and not the six characters after a backslash of their own. */
const NUL_ESCAPE = /(?<!\\)(?:\\\\)*\\u0000/;

/** The column's JSON; null where nothing is given. */
export const extraJson = (event: UsageRecorded): string | null => {
  if (!hasTexts(event) && !hasOthers(event)) {
    return event.latencyMs === null ? null : `{"latencyMs":"${event.latencyMs}"}`;
  }
  const json = JSON.stringify(extraOf(event));
  if (json.includes('\\u0000') && NUL_ESCAPE.test(json)) {
    throw new Malformed('INVALID_TEXT', 'An optional field holds a NUL.');
  }
  return json;
};
