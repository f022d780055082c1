/**
 * Bytes that were nearly right: what a decoder must survive.
 *
 * Invariant   the same seed gives the same bytes.
 */
export type Random = () => number;

/** Numbers below 1, from a seed (mulberry32). */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** Lengths and counts that hurt, as varints and as text. */
const NASTY: readonly Buffer[] = [
  Buffer.from([0x80, 0xe1, 0xeb, 0x17]),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
  Buffer.from([0x00]),
  Buffer.from([0x01]),
  Buffer.from('1e400'),
  Buffer.from('-1'),
  Buffer.from('null'),
  Buffer.from('"__proto__"'),
  Buffer.from('\\ud800'),
  Buffer.from([0xc0, 0xa0]),
  Buffer.from('[{['),
];

type Change = (bytes: Buffer, at: number, random: Random) => Buffer;

const spliced = (bytes: Buffer, [at, remove]: readonly [number, number], put: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + remove)]);

const CHANGES: readonly Change[] = [
  (bytes, at, random) => spliced(bytes, [at, 1], Buffer.of(below(random, 256))),
  (bytes, at, random) =>
    spliced(bytes, [at, 1], Buffer.of((bytes[at] ?? 0) ^ (1 << below(random, 8)))),
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at, random) => spliced(bytes, [at, below(random, 16)], Buffer.alloc(0)),
  (bytes, at, random) => spliced(bytes, [at, 0], bytes.subarray(at, at + below(random, 64))),
  (bytes, at, random) =>
    spliced(bytes, [at, below(random, 4)], NASTY[below(random, NASTY.length)] ?? Buffer.alloc(0)),
];

const CHANGES_MAX = 4;

/** A copy with one to four changes. */
export const mutated = (seedBytes: Buffer, random: Random): Buffer => {
  let bytes: Buffer = Buffer.from(seedBytes);
  const changes = 1 + below(random, CHANGES_MAX);
  for (let change = 0; change < changes; change += 1) {
    const apply = CHANGES[below(random, CHANGES.length)];
    if (apply !== undefined) bytes = apply(bytes, below(random, bytes.length + 1), random);
  }
  return bytes;
};
