import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { contentId } from './content-id.js';
import { merkleRoot, multisetHash, multisetTerm } from './proof.js';

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
const leaf = (text: string): string => sha256(Buffer.from(text)).toString('hex');
const node = (left: string, right: string): string =>
  sha256(Buffer.from(`01${left}${right}`, 'hex')).toString('hex');

describe('merkleRoot', () => {
  const [a, b, c] = [leaf('a'), leaf('b'), leaf('c')];

  it('R15 is built pair by pair, an odd last one moves up', () => {
    expect(merkleRoot([a])).toEqual(a);
    expect(merkleRoot([a, b])).toEqual(node(a, b));
    expect(merkleRoot([a, b, c])).toEqual(node(node(a, b), c));
    expect(merkleRoot([])).toEqual(leaf(''));
  });

  it('changes with the order', () => {
    expect(merkleRoot([a, b])).not.toEqual(merkleRoot([b, a]));
  });
});

describe('the multiset hash', () => {
  const anyHashes = fc.array(
    fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((hash) => Buffer.from(hash).toString('hex')),
    { maxLength: 20 },
  );
  const totalOf = (hashes: readonly string[]): string =>
    multisetHash(hashes.reduce((total, hash) => total + multisetTerm(hash), 0n));

  it('R15 does not depend on the order, and a call that leaves takes its term along', () => {
    fc.assert(
      fc.property(anyHashes, (hashes) => {
        expect(totalOf([...hashes].reverse())).toBe(totalOf(hashes));
        const sum = hashes.reduce((total, hash) => total + multisetTerm(hash), 0n);
        const less = hashes.slice(1).reduce((t, hash) => t + multisetTerm(hash), 0n);
        const first = hashes[0] === undefined ? 0n : multisetTerm(hashes[0]);
        expect(multisetHash(sum - first)).toBe(multisetHash(less));
      }),
    );
  });

  it('counts a call that comes twice', () => {
    const one = leaf('x');
    expect(totalOf([one, one])).not.toBe(totalOf([one]));
    expect(multisetHash(-1n)).toBe('f'.repeat(64));
  });
});

describe('contentId', () => {
  it('R2 is the same for the same fields and fits an int8', () => {
    expect(contentId(['shantou', 'retail', 'P1'])).toBe(contentId(['shantou', 'retail', 'P1']));
    const bytes = Buffer.from('00000001610000000162', 'hex');
    expect(contentId(['a', 'b'])).toBe(sha256(bytes).readBigInt64BE(0));
  });

  it('openmeter#5118 does not confuse where one field ends', () => {
    expect(contentId(['b', 'c-d'])).not.toBe(contentId(['b-c', 'd']));
    expect(contentId(['', null])).not.toBe(contentId([null, '']));
  });
});
