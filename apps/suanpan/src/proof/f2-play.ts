/**
 * The play of F2 in its first form: distinct calls, exact duplicates, same ids with other payloads, disorder.
 *
 * Shape       blocks; in each the distinct calls of the block, a tenth of them exchanged; then exact duplicates
 *             (a fifth); then, behind a barrier, the first payloads' rivals (a twentieth). A block of the whole is
 *             the form of the e2e test.
 * Invariant   which payload comes first is the play's, not the scheduler's: rivals leave after everything before
 *             them is acknowledged. The seed alone decides the schedule.
 * Source      requirement row F2; R25
 */
export const KINDS = ['input', 'cached_input', 'output', 'reasoning'] as const;
export type Kind = (typeof KINDS)[number];

export type Random = (below: number) => number;

/** A small generator of its own: the schedule is the seed's, whatever else runs. */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

const MINUTES = 28 * 24 * 60;
const BEGIN_MILLIS = Date.UTC(2026, 4, 2);
const MINUTE_MILLIS = 60_000;

export const idAt = (index: number): string => `f2-${String(index).padStart(7, '0')}`;

export const millisAt = (index: number): number => BEGIN_MILLIS + (index % MINUTES) * MINUTE_MILLIS;

/** The tokens of a call; its rival says one output token more. */
export const tokensAt = (index: number, rival = false): Readonly<Record<Kind, number>> => ({
  input: 1_000 + (index % 977),
  cached_input: index % 613,
  output: 200 + (index % 389) + (rival ? 1 : 0),
  reasoning: index % 97,
});

export interface Block {
  /** Indexes of calls in the order they are sent: the block's own, then duplicates. */
  readonly calls: Uint32Array;
  /** Indexes of calls whose id is sent again with another payload, after all of `calls`. */
  readonly rivals: Uint32Array;
}

const SWAPPED = 10;
/** One call in so many is sent a second time; one in so many has a rival. */
export const TWICE = 5;
export const RIVALS = 20;

const blockOf = (from: number, end: number, random: Random): Block => {
  const size = end - from;
  const twice = Math.floor(size / TWICE);
  const calls = new Uint32Array(size + twice);
  for (let place = 0; place < size; place += 1) calls[place] = from + place;
  for (let count = Math.floor(size / SWAPPED); count > 0; count -= 1) {
    const [a, b] = [random(size), random(size)];
    [calls[a], calls[b]] = [calls[b] ?? 0, calls[a] ?? 0];
  }
  for (let place = size; place < calls.length; place += 1) calls[place] = random(end);
  const rivals = new Uint32Array(Math.floor(size / RIVALS));
  return { calls, rivals: rivals.map((_, place) => from + place * RIVALS) };
};

/** The blocks of a play of `distinct` calls. */
export function* blocksOf(
  { distinct, block }: { readonly distinct: number; readonly block: number },
  random: Random,
): Generator<Block> {
  for (let from = 0; from < distinct; from += block) {
    yield blockOf(from, Math.min(distinct, from + block), random);
  }
}

/** What the distinct calls come to, counted from the play itself. */
export const tokensOf = (distinct: number): Record<Kind, bigint> => {
  const sums: Record<Kind, bigint> = { input: 0n, cached_input: 0n, output: 0n, reasoning: 0n };
  for (let index = 0; index < distinct; index += 1) {
    const tokens = tokensAt(index);
    for (const kind of KINDS) sums[kind] += BigInt(tokens[kind]);
  }
  return sums;
};
