/**
 * What names a metered call for ever, and the partition it lives on.
 *
 * Owns        the 16 bytes made from (tenant, source, id), and the partition of `usage.recorded`.
 * Invariant   different triples have different bytes before the hash, so ("b","c-d") is not
 *             ("b-c","d"); the rule and the 64 partitions never change.
 * Source      docs/architecture.md 3; openmeter#5118 for the joined key that this is not
 */
import { Defect } from '@suanpan/event-sourcing';
import { CanonicalBytes } from './canonical-bytes.js';

export const IDENTITY_BYTES = 16;
export const USAGE_PARTITIONS = 64;

const canonical = new CanonicalBytes();

/** The first 16 bytes of SHA-256 over the length-prefixed tenant, source and id. */
export const identityOf = (tenant: string, source: string, id: string): Buffer =>
  Buffer.from(identityTextOf(tenant, source, id), 'latin1');

/** The same 16 bytes as latin1 text, which compares and hashes faster than a Buffer. */
export const identityTextOf = (tenant: string, source: string, id: string): string => {
  canonical.begin();
  canonical.text(tenant);
  canonical.text(source);
  canonical.text(id);
  return canonical.sha256('binary').slice(0, IDENTITY_BYTES);
};

/** The partition of `usage.recorded` on which an identity always meets itself: 0 to 63. */
export const usagePartition = (identity: Buffer): number => {
  const first = identity[0];
  if (first === undefined) throw new Defect('INVALID_IDENTITY', 'An identity has no bytes.');
  return first >> 2;
};
