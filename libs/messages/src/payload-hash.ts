/**
 * What tells a duplicate from a conflict: the hash of everything that an event says.
 *
 * Owns        which fields count, in which order, in which bytes.
 * Shape       one byte of version, then for each field that says something: its tag, its value.
 * Invariant   what is absent and what is said by default hash alike (no metadata, a kind of 0, a
 *             model served as ordered); a field that later versions add keeps the hash of every event that
 *             does not use it. Tags are never given a second time.
 * Source      ruling R9; extensions are transport (a retry has another traceparent) and stay out
 */
import { CanonicalBytes } from './canonical-bytes.js';
import type { UsageRecorded } from './generated/types.js';

/** Goes into the row beside the hash. */
export const PAYLOAD_HASH_VERSION = 1;

const KINDS = 10;
const METADATA = 48;
const TRUE = 1n;

const canonical = new CanonicalBytes();

/** SHA-256 of the event's business fields, version 1. */
export const payloadHash = (event: UsageRecorded): Buffer =>
  Buffer.from(payloadHashHex(event), 'hex');

/** The same as 64 hex digits. */
export const payloadHashHex = (event: UsageRecorded): string => {
  canonical.begin();
  canonical.byte(PAYLOAD_HASH_VERSION);
  text(1, event.tenant);
  text(2, event.source);
  text(3, event.id);
  long(4, event.time);
  text(5, event.contract);
  text(6, event.buyer);
  text(7, event.centre);
  text(8, event.modelOrdered);
  text(9, event.modelServed === event.modelOrdered ? null : event.modelServed);
  writeKinds(event.kinds);
  text(11, event.subject);
  text(12, event.upstream);
  text(13, event.authorization);
  text(14, event.lot);
  text(15, event.dispatch);
  text(16, event.dataOrigin);
  text(17, event.endUserCountry);
  text(18, event.facility);
  text(19, event.pool);
  text(20, event.returnCountry);
  text(21, event.purpose);
  long(22, event.latencyMs);
  text(23, event.credential);
  text(24, event.session);
  text(25, event.reservation);
  text(26, event.admission);
  text(27, event.serviceTier);
  long(28, event.audioMs);
  long(29, event.images);
  long(30, event.requests);
  text(31, event.outcome);
  text(32, event.finality);
  text(33, event.correctsSource);
  text(34, event.correctsId);
  long(35, event.revision);
  text(36, event.routeType);
  text(37, event.route);
  text(38, event.controlRegion);
  text(39, event.inferenceRegion);
  text(40, event.useCase);
  text(41, event.industry);
  text(42, event.device);
  text(43, event.host);
  text(44, event.upstreamRequestId);
  text(45, event.endUser);
  text(46, event.dataClass);
  long(47, event.kindsIncomplete === true ? TRUE : null);
  writeMetadata(event.metadata);
  text(49, event.datasetTag);
  text(50, event.correction);
  return canonical.sha256('hex');
};

const text = (tag: number, value: string | null): void => {
  if (value === null) return;
  canonical.byte(tag);
  canonical.text(value);
};

const long = (tag: number, value: bigint | null): void => {
  if (value === null) return;
  canonical.byte(tag);
  canonical.long(value);
};

/** Kinds are ASCII names, so the plain order of strings is the order of their bytes. */
const writeKinds = (kinds: UsageRecorded['kinds']): void => {
  for (const kind of Object.keys(kinds).sort()) {
    const quantity = kinds[kind] ?? 0n;
    if (quantity === 0n) continue;
    canonical.byte(KINDS);
    canonical.text(kind);
    canonical.long(quantity);
  }
};

const writeMetadata = (metadata: UsageRecorded['metadata']): void => {
  for (const key of Object.keys(metadata).sort(byBytes)) {
    canonical.byte(METADATA);
    canonical.text(key);
    canonical.text(metadata[key] ?? '');
  }
};

/** The order of UTF-8 bytes, which other languages have too; that of UTF-16 units they have not. */
const byBytes = (one: string, other: string): number =>
  Buffer.compare(Buffer.from(one, 'utf8'), Buffer.from(other, 'utf8'));
