import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { decode, encode } from './codec.js';
import type { UsageRecorded } from './generated/types.js';
import { payloadHash } from './payload-hash.js';

interface Vector {
  readonly name: string;
  readonly event: Readonly<Record<string, unknown>>;
  readonly payloadHash: string;
  readonly encoded: string;
}
const file = readFileSync(new URL('../vectors/usage.json', import.meta.url), 'utf8');
const { events: vectors } = JSON.parse(file) as { events: readonly Vector[] };

/** How an event came, and no part of what it says. */
const transport = new Set(['extensions', 'sentBy']);
const longs = new Set(['time', 'latencyMs', 'audioMs', 'images', 'requests', 'revision']);

/** A vector's event: its longs stand as strings. */
const eventOf = ({ event }: Vector) => {
  const entries = Object.entries(event).map(([name, value]) => {
    if (longs.has(name)) return [name, BigInt(value as string)];
    if (name !== 'kinds') return [name, value];
    const kinds = Object.entries(value as Record<string, string>);
    return [name, Object.fromEntries(kinds.map(([kind, tokens]) => [kind, BigInt(tokens)]))];
  });
  return Object.fromEntries(entries) as UsageRecorded;
};
const whole = (vector: Vector) =>
  decode(encode('usage.recorded', eventOf(vector))).value as UsageRecorded;
const hashOf = (event: UsageRecorded) => payloadHash(event).toString('hex');
const least = whole(vectors[0] as Vector);

/** Bytes that a version wrote, committed when it was the newest. */
const historic = [1, 2].flatMap((version) => {
  const written = readFileSync(
    new URL(`../vectors/usage-v${version}.json`, import.meta.url),
    'utf8',
  );
  const { events } = JSON.parse(written) as { readonly events: readonly Vector[] };
  return events.map((vector) => ({ ...vector, version }));
});
/** What later versions have added. */
const LATER: Readonly<Record<number, Partial<UsageRecorded>>> = {
  1: { correction: null, sentBy: null },
  2: { sentBy: null },
};

describe('what older writers have sent', () => {
  it.each(historic)('B70 "$name" in version $version is read with its own hash', (vector) => {
    const { version, value } = decode(Buffer.from(vector.encoded, 'hex'));
    const event = value as UsageRecorded;
    expect(version).toBe(vector.version);
    expect(event).toEqual({ ...whole(vector), ...LATER[version] });
    expect(hashOf(event)).toBe(vector.payloadHash);
  });
});

describe('payloadHash', () => {
  it.each(vectors)('R9 of "$name" is the one that Python computes', (vector) => {
    expect(hashOf(whole(vector))).toBe(vector.payloadHash);
  });

  it.each(vectors)('"$name" is encoded in the bytes that Python writes', (vector) => {
    expect(encode('usage.recorded', eventOf(vector)).toString('hex')).toBe(vector.encoded);
  });

  it.each<[string, Partial<UsageRecorded>]>([
    ['a model served as ordered', { modelServed: least.modelOrdered }],
    ['a kind of 0', { kinds: { ...least.kinds, reasoning: 0n } }],
    [
      'kinds in another order',
      { kinds: Object.fromEntries(Object.entries(least.kinds).reverse()) },
    ],
    ['kinds not incomplete', { kindsIncomplete: false }],
    ['another trace of the retry', { extensions: { traceparent: '00-1' } }],
    ['another credential', { sentBy: 'other' }],
  ])('R9 B32 is the same with %s', (_name, change) => {
    expect(hashOf({ ...least, ...change })).toBe(hashOf(least));
  });

  const others = Object.entries(least).filter(([name]) => !transport.has(name));
  it.each(others)('B33 is another one when %s changes', (name, value) => {
    expect(hashOf({ ...least, [name]: changed(name, value) })).not.toBe(hashOf(least));
  });

  it('B33 is another one for each optional field that holds the same text', () => {
    const optional = others.filter(([name, value]) => value === null && !longs.has(name));
    const texts = optional.filter(([name]) => name !== 'kindsIncomplete');
    const hashes = texts.map(([name]) => hashOf({ ...least, [name]: 'x' }));
    expect(new Set(hashes).size).toBe(texts.length);
  });
});

function changed(name: string, value: unknown): unknown {
  if (name === 'kinds') return { input: 1n };
  if (name === 'metadata') return { note: '' };
  if (name === 'kindsIncomplete') return true;
  return longs.has(name) ? 7n : `${String(value)}!`;
}
