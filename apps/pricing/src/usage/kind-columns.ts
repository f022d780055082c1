/** Tokens as the tables keep them: a column for the five kinds that most calls have, JSON for the rest. */
import { compareKinds } from '@suanpan/pricing';

export interface KindColumns {
  readonly input: string;
  readonly cached_input: string;
  readonly cache_write: string;
  readonly output: string;
  readonly reasoning: string;
  readonly other_kinds: Readonly<Record<string, string>> | null;
}

export type Kinds = readonly (readonly [kind: string, quantity: bigint])[];

/** The kinds that a row has, in their order. */
export const kindsOf = (row: KindColumns): Kinds =>
  Object.entries({
    input: row.input,
    cached_input: row.cached_input,
    cache_write: row.cache_write,
    output: row.output,
    reasoning: row.reasoning,
    ...row.other_kinds,
  })
    .map(([kind, quantity]) => [kind, BigInt(quantity)] as const)
    .filter(([, quantity]) => quantity !== 0n)
    .sort(([one], [other]) => compareKinds(one, other));
