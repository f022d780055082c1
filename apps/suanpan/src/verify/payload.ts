import { createHash } from 'node:crypto';

import type { UsageRecorded } from '@suanpan/messages';

/**
 * The hash of what an event says (R9, version 1), written again from its description: what tells a duplicate
 * from a conflict must not rest on one piece of code.
 *
 * Shape       a version byte; then for each field that says something its tag and its value. A text is 4 bytes of
 *             length and UTF-8, a long 8 bytes, both big-endian. Kinds and metadata in the order of their bytes.
 * Source      ruling R9; libs/messages/src/payload-hash.ts describes the same bytes
 */
type Field = string | bigint | null;

const VERSION = 1;
const KIND_TAG = 10;
const METADATA_TAG = 48;

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

const tagged = (tag: number, value: Field): Buffer[] =>
  value === null ? [] : [Buffer.from([tag]), typeof value === 'string' ? text(value) : long(value)];

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Fields by tag, in the order of tags; 10 and 48 are lists and come from elsewhere. */
const FIELDS: readonly (readonly [number, (event: UsageRecorded) => Field])[] = [
  [1, (event) => event.tenant],
  [2, (event) => event.source],
  [3, (event) => event.id],
  [4, (event) => event.time],
  [5, (event) => event.contract],
  [6, (event) => event.buyer],
  [7, (event) => event.centre],
  [8, (event) => event.modelOrdered],
  [9, (event) => (event.modelServed === event.modelOrdered ? null : event.modelServed)],
  [11, (event) => event.subject],
  [12, (event) => event.upstream],
  [13, (event) => event.authorization],
  [14, (event) => event.lot],
  [15, (event) => event.dispatch],
  [16, (event) => event.dataOrigin],
  [17, (event) => event.endUserCountry],
  [18, (event) => event.facility],
  [19, (event) => event.pool],
  [20, (event) => event.returnCountry],
  [21, (event) => event.purpose],
  [22, (event) => event.latencyMs],
  [23, (event) => event.credential],
  [24, (event) => event.session],
  [25, (event) => event.reservation],
  [26, (event) => event.admission],
  [27, (event) => event.serviceTier],
  [28, (event) => event.audioMs],
  [29, (event) => event.images],
  [30, (event) => event.requests],
  [31, (event) => event.outcome],
  [32, (event) => event.finality],
  [33, (event) => event.correctsSource],
  [34, (event) => event.correctsId],
  [35, (event) => event.revision],
  [36, (event) => event.routeType],
  [37, (event) => event.route],
  [38, (event) => event.controlRegion],
  [39, (event) => event.inferenceRegion],
  [40, (event) => event.useCase],
  [41, (event) => event.industry],
  [42, (event) => event.device],
  [43, (event) => event.host],
  [44, (event) => event.upstreamRequestId],
  [45, (event) => event.endUser],
  [46, (event) => event.dataClass],
  [47, (event) => (event.kindsIncomplete === true ? 1n : null)],
  [49, (event) => event.datasetTag],
  [50, (event) => event.correction],
];

const kindsOf = ({ kinds }: UsageRecorded): Buffer[] =>
  Object.keys(kinds)
    .sort(byBytes)
    .flatMap((kind) => {
      const quantity = kinds[kind] ?? 0n;
      return quantity === 0n ? [] : [Buffer.from([KIND_TAG]), text(kind), long(quantity)];
    });

const metadataOf = ({ metadata }: UsageRecorded): Buffer[] =>
  Object.keys(metadata)
    .sort(byBytes)
    .flatMap((key) => [Buffer.from([METADATA_TAG]), text(key), text(metadata[key] ?? '')]);

/** SHA-256 of the event's business fields. */
export const payloadHashOf = (event: UsageRecorded): Buffer => {
  const parts: Buffer[] = [Buffer.from([VERSION])];
  for (const [tag, pick] of FIELDS) {
    if (tag === KIND_TAG + 1) parts.push(...kindsOf(event));
    if (tag === METADATA_TAG + 1) parts.push(...metadataOf(event));
    parts.push(...tagged(tag, pick(event)));
  }
  return createHash('sha256').update(Buffer.concat(parts)).digest();
};
