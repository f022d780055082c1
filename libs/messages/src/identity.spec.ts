import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { identityOf, USAGE_PARTITIONS, usagePartition } from './identity.js';

interface Vector {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly identity: string;
  readonly partition: number;
}
const file = readFileSync(new URL('../vectors/usage.json', import.meta.url), 'utf8');
const { identity: vectors } = JSON.parse(file) as { identity: readonly Vector[] };

describe('identityOf', () => {
  it.each(vectors)('of ($tenant, $source, $id) is $identity, for ever', (vector) => {
    const identity = identityOf(vector.tenant, vector.source, vector.id);
    expect(identity.toString('hex')).toBe(vector.identity);
    expect(usagePartition(identity)).toBe(vector.partition);
  });

  it('openmeter: keeps ("b", "c-d") and ("b-c", "d") apart', () => {
    expect(identityOf('a', 'b', 'c-d')).not.toEqual(identityOf('a', 'b-c', 'd'));
  });

  it('B34 keeps tenants apart, B30 keeps case and spaces apart', () => {
    const of = (tenant: string, id: string) => identityOf(tenant, 's', id).toString('hex');
    const all = [of('a', 'x'), of('b', 'x'), of('a', 'X'), of('a', 'x ')];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is another one for every other triple', () => {
    const text = fc.string({ maxLength: 4 });
    const triple = fc.tuple(text, text, text);
    fc.assert(
      fc.property(triple, triple, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(identityOf(...one).equals(identityOf(...other))).toBe(same);
      }),
    );
  });

  it('is the same rule for texts of any length', () => {
    const length = 200_000;
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(length);
    const nothing = Buffer.alloc(4);
    const bytes = Buffer.concat([nothing, nothing, prefix, Buffer.alloc(length, 'x')]);
    const expected = createHash('sha256').update(bytes).digest().subarray(0, 16);
    expect(identityOf('', '', 'x'.repeat(length)).equals(expected)).toBe(true);
  });

  it('does not change when the next one is made', () => {
    const first = identityOf('a', 'b', 'c');
    const before = first.toString('hex');
    identityOf('x', 'y', 'z');
    expect(first.toString('hex')).toBe(before);
  });
});

describe('usagePartition', () => {
  it('spreads identities evenly over all 64', () => {
    const counts = Array<number>(USAGE_PARTITIONS).fill(0);
    for (let index = 0; index < 64_000; index += 1) {
      const partition = usagePartition(identityOf('shantou', 'gateway', `call-${index}`));
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });

  it('is refused to nothing', () => {
    expect(() => usagePartition(Buffer.alloc(0))).toThrow('no bytes');
  });
});
