import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openWith, sealWith } from './sealing.js';

const key = Buffer.alloc(32, 7);
const plain = Buffer.from('CANARY-4711: a prompt that must not be read');

describe('a sealed text (R23)', () => {
  it('opens as what it was, of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, label) => {
        const back = openWith(key, label, sealWith(key, label, Buffer.from(bytes)));
        expect(back.equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  it('shows nothing, and is never the same twice', () => {
    const [one, other] = [sealWith(key, 'k', plain), sealWith(key, 'k', plain)];
    expect(one.includes('CANARY')).toBe(false);
    expect(one.equals(other)).toBe(false);
  });

  it('SEAL_BROKEN for each single byte that differs', () => {
    const sealed = sealWith(key, 'k', plain);
    for (let at = 0; at < sealed.length; at += 1) {
      const bent = Buffer.from(sealed);
      bent[at] = (bent[at] ?? 0) ^ 1;
      expect(() => openWith(key, 'k', bent)).toThrow(
        expect.objectContaining({ code: 'SEAL_BROKEN' }),
      );
    }
  });

  it.each([
    ['another key', Buffer.alloc(32, 8), 'k', (bytes: Buffer) => bytes],
    ['another label', key, 'other', (bytes: Buffer) => bytes],
    ['its end cut off', key, 'k', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['nothing left', key, 'k', () => Buffer.alloc(0)],
  ])('SEAL_BROKEN with %s', (...[, by, label, change]) => {
    const sealed = change(sealWith(key, 'k', plain));
    expect(() => openWith(by, label, sealed)).toThrow(
      expect.objectContaining({ code: 'SEAL_BROKEN' }),
    );
  });
});
