import { describe, expect, it } from '@jest/globals';
import { decode, encode } from '@suanpan/messages';
import type { UsageRecorded } from '@suanpan/messages';
import { usage } from '../../test/usage.js';
import { extraJson } from './extra.js';

const event = (more: Partial<UsageRecorded>): UsageRecorded => {
  const base = usage({ id: 'x', at: '2026-05-10T00:00:00Z', tokens: [1n, 0n, 0n, 0n] });
  const message = decode(encode('usage.recorded', { ...base, latencyMs: null, ...more }));
  return message.value as UsageRecorded;
};

describe('the optional fields of a call', () => {
  it('are nothing when none is given', () => {
    expect(extraJson(event({}))).toBeNull();
  });

  it('R24 are kept by name, longs as strings', () => {
    expect(extraJson(event({ session: 's-1', latencyMs: 120n, metadata: { team: 'a' } }))).toBe(
      '{"session":"s-1","latencyMs":"120","metadata":{"team":"a"}}',
    );
  });

  it('keep a backslash before u0000 and refuse a NUL', () => {
    expect(extraJson(event({ session: '\\u0000' }))).toBe('{"session":"\\\\u0000"}');
    expect(() => extraJson(event({ session: 'a\0b' }))).toThrow('NUL');
    expect(() => extraJson(event({ metadata: { a: '\\\0' } }))).toThrow('NUL');
  });
});
