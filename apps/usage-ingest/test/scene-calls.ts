/**
 * The calls of scene A1 that test counting: c2, c3 and c8, as a provider reports them.
 *
 * Source      scene A1 (test/e2e/scene-a.ts): kinds are input, cached, output, reasoning
 */
export interface SceneCall {
  readonly row: string;
  readonly time: string;
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly prompt_tokens_details: { readonly cached_tokens: number };
    readonly completion_tokens_details: { readonly reasoning_tokens: number };
  };
  /** What is recorded, or the code of the refusal. */
  readonly kinds: Readonly<Record<string, bigint>> | 'INCONSISTENT_COUNTS';
}

interface Row {
  readonly row: string;
  readonly time: string;
  /** Prompt, cached, completion, reasoning. */
  readonly counts: readonly [number, number, number, number];
  readonly kinds: SceneCall['kinds'];
}

const toCall = ({ row, time, counts, kinds }: Row): SceneCall => ({
  ...{ row, time, kinds },
  usage: {
    prompt_tokens: counts[0],
    completion_tokens: counts[2],
    prompt_tokens_details: { cached_tokens: counts[1] },
    completion_tokens_details: { reasoning_tokens: counts[3] },
  },
});

const ROWS: readonly Row[] = [
  {
    row: 'c2',
    time: '2026-04-30T17:00:00Z',
    counts: [10_000, 9_000, 500, 0],
    kinds: { input: 1_000n, cached_input: 9_000n, output: 500n },
  },
  {
    row: 'c3',
    time: '2026-05-15T16:59:59.999999Z',
    counts: [2_000, 0, 500, 200],
    kinds: { input: 2_000n, output: 300n, reasoning: 200n },
  },
  {
    row: 'c8',
    time: '2026-05-10T00:00:00Z',
    counts: [100, 101, 10, 0],
    kinds: 'INCONSISTENT_COUNTS',
  },
];

export const sceneCalls = ROWS.map(toCall);
