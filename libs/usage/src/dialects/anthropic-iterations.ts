/**
 * `usage.iterations` of an Anthropic message: the model calls that one request made.
 *
 * Owns        which of them the top-level counts leave out.
 * Invariant   the top level is the sum of the iterations of type `message`, or of all of the
 *             message’s own model; anything else contradicts itself. No token is counted twice.
 * Rejections  INCONSISTENT_COUNTS
 * Source      Anthropic API reference (compaction: "sum across all entries"; advisor tool)
 */
import type { Fields } from '../fields.js';
import { isJsonObject } from '../fields.js';
import { sumsOf, type Sums } from './anthropic-sums.js';

const NONE: Sums = { input: 0n, cached: 0n, written: 0n, hour: 0n, output: 0n };
const ITERATIONS_MAX = 1_000;
const NOTES_MAX = 8;

const plus = (one: Sums, other: Sums): Sums => ({
  input: one.input + other.input,
  cached: one.cached + other.cached,
  written: one.written + other.written,
  hour: one.hour + other.hour,
  output: one.output + other.output,
});

const isSame = (one: Sums, other: Sums): boolean =>
  one.input === other.input &&
  one.cached === other.cached &&
  one.written === other.written &&
  one.output === other.output;

const noteOf = ({ input, cached, written, output }: Sums): string =>
  `input ${input}, cached_input ${cached}, cache_write ${written}, output ${output}`;

interface Parts {
  readonly messages: Sums;
  readonly others: Sums;
  readonly notes: Readonly<Record<string, string>>;
}

const partsOf = (usage: Fields, list: readonly unknown[]): Parts => {
  let [messages, others] = [NONE, NONE];
  const advised = new Map<string, Sums>();
  for (const [index, value] of list.slice(0, ITERATIONS_MAX).entries()) {
    if (!isJsonObject(value)) continue;
    const sums = sumsOf(usage.item('iterations', index));
    const model = value['model'];
    if (value['type'] === 'message') messages = plus(messages, sums);
    else if (typeof model !== 'string') others = plus(others, sums);
    else if (advised.size < NOTES_MAX) advised.set(model, plus(advised.get(model) ?? NONE, sums));
  }
  const notes = [...advised].map(([model, sums]) => [
    `notCounted.${model}`.slice(0, 128),
    noteOf(sums),
  ]);
  return { messages, others, notes: Object.fromEntries(notes) as Parts['notes'] };
};

/** The counts of the message’s own model, with what the top level left out. */
export const iterationsOf = (
  usage: Fields,
  top: Sums,
): { readonly sums: Sums; readonly notes: Readonly<Record<string, string>> } => {
  const list = usage.raw('iterations');
  if (!Array.isArray(list) || list.length === 0) return { sums: top, notes: {} };
  const { messages, others, notes } = partsOf(usage, list as readonly unknown[]);
  const all = plus(messages, others);
  if (isSame(top, all)) return { sums: top, notes };
  if (isSame(top, messages)) return { sums: plus(top, others), notes };
  usage.refuse(
    'INCONSISTENT_COUNTS',
    'iterations',
    `They are ${noteOf(all)}, the top level is ${noteOf(top)}.`,
  );
  return { sums: top, notes };
};
