import { describe, expect, it } from '@jest/globals';
import { FailedKeys } from './failed-keys.js';
import { MemoryNonces } from './nonces.js';

describe('the ids of signed requests', () => {
  it('pass once', async () => {
    const nonces = new MemoryNonces();
    expect(await nonces.take('a')).toBe(true);
    expect(await nonces.take('a')).toBe(false);
    expect(await nonces.take('b')).toBe(true);
  });

  it('are bounded: the oldest is forgotten first', async () => {
    const nonces = new MemoryNonces(3);
    for (const nonce of ['a', 'b', 'c', 'd']) await nonces.take(nonce);
    expect(await nonces.take('d')).toBe(false);
    expect(await nonces.take('a')).toBe(true);
  });
});

describe('S17 keys tried in vain', () => {
  const tries = (failed: FailedKeys, address: string, count: number): number => {
    let refused = 0;
    for (let attempt = 0; attempt < count; attempt += 1) {
      try {
        failed.begin(address);
      } catch {
        refused += 1;
      }
    }
    return refused;
  };

  it('are bounded for each address, and one address is no other', () => {
    const failed = new FailedKeys();
    expect(tries(failed, '192.0.2.1', 1_000)).toBe(0);
    expect(tries(failed, '192.0.2.1', 1_000)).toBeGreaterThan(900);
    expect(tries(failed, '192.0.2.2', 1_000)).toBe(0);
  });

  it('cost nothing when the key was right', () => {
    const failed = new FailedKeys();
    for (let attempt = 0; attempt < 5_000; attempt += 1) {
      failed.begin('192.0.2.1');
      failed.forgive('192.0.2.1');
    }
    expect(tries(failed, '192.0.2.1', 1_000)).toBe(0);
  });
});
