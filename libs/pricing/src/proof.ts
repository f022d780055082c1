import { hash } from 'node:crypto';

/**
 * What proves which calls stand behind a sum, without keeping them beside it.
 *
 * Shape       a multiset hash is the sum of the calls' payload hashes, each an unsigned 256-bit
 *             big-endian integer: it does not depend on order. A Merkle root does, and proves single
 *             calls: a leaf is a payload hash, a node SHA-256 over 01, left, right; an odd last
 *             node moves up unchanged; no leaf at all is SHA-256 of nothing.
 * Units       hashes are 64 hex digits: strings cost the collector far less than small buffers.
 * Invariant   a leaf is never taken for a node: what is hashed into a payload hash begins with
 *             its version and a tag and has no length of 65 bytes starting with 01 and a hash.
 * Source      design ruling R15
 */
const NODE_PREFIX = 0x01;
const HASH_BYTES = 32;
const MODULUS = 1n << 256n;
const HEX_DIGITS = 64;

const node = Buffer.alloc(1 + 2 * HASH_BYTES);
node[0] = NODE_PREFIX;

const joined = (left: string, right: string): string => {
  node.write(left, 1, 'hex');
  node.write(right, 1 + HASH_BYTES, 'hex');
  return hash('sha256', node, 'hex');
};

/** The root over hashes in their order. */
export const merkleRoot = (leaves: readonly string[]): string => {
  if (leaves.length === 0) return hash('sha256', '', 'hex');
  let level = leaves;
  while (level.length > 1) {
    const above: string[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const left = level[at] as string;
      const right = level[at + 1];
      above.push(right === undefined ? left : joined(left, right));
    }
    level = above;
  }
  return level[0] as string;
};

/** The term that one call adds to a multiset sum. */
export const multisetTerm = (payloadHash: string): bigint => BigInt(`0x${payloadHash}`);

/** A multiset sum as documents show it: modulo 2^256, 64 hex digits. */
export const multisetHash = (total: bigint): string => {
  const rest = total % MODULUS;
  return (rest < 0n ? rest + MODULUS : rest).toString(16).padStart(HEX_DIGITS, '0');
};
