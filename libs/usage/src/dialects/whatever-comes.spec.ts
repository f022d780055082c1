import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import fc from 'fast-check';
import { read, sse } from '../../test/read-body.js';
import type { Sender } from '../admit-event.js';
import { admitForeign } from '../foreign-call.js';
import { foreignRefusalCodes, refusalCodes } from '../refusals.js';
import { genericDialect } from './generic.js';
import { builtInDialects, providerCall } from './index.js';
import type { Dialect } from './reading.js';

/** Inputs over all dialects: this many here, any number in the large proof; random inputs repeat. */
const RUNS = Number(process.env['SUANPAN_FUZZ_RUNS'] ?? 20_000);
const SEED = process.env['SUANPAN_SEED'];
const BUDGET_MS = Number(process.env['SUANPAN_FUZZ_MS'] ?? 120_000);

const FILE = '../../../../test/fixtures/llm-usage/genai_prices_usages_shared.json.gz';
const bodies = (
  JSON.parse(gunzipSync(readFileSync(join(import.meta.dirname, FILE))).toString()) as {
    readonly body: object;
  }[]
).map(({ body }) => body);

const generic = genericDialect({
  counts: [
    { kind: 'input', at: '/usage/prompt_tokens' },
    { kind: 'cached_input', at: '/usage/prompt_tokens_details/cached_tokens', within: 'input' },
    { kind: 'output', at: '/usage/completion_tokens' },
  ],
  ...{ total: '/usage/total_tokens', id: '/id', model: '/model', time: '/created' },
});
const dialects: readonly (readonly [string, Dialect])[] = [
  ...builtInDialects,
  ['generic', generic],
];

const sender: Sender = {
  ...{ tenant: 'shantou', sources: null, centre: 'gz', isActive: () => true },
  now: parseInstant('2026-06-30T00:00:00Z'),
  lateLimit: 10n ** 16n,
};
const codes = new Set([...Object.keys(refusalCodes), ...Object.keys(foreignRefusalCodes)]);

/** The door's whole way of a body; what comes out is a fact that adds up, or a known code. */
const judge = (dialect: Dialect, body: unknown): void => {
  const account = { contract: 'c', buyer: 'b' };
  const told = providerCall(dialect, {
    ...{ id: 'i', source: 's', time: '2026-06-15T10:00:00Z', subject: null, model: 'm', body },
    ...{ data: account, extensions: {}, bodyPath: '$.response', paths: { '$.data': '$' } },
  });
  const admitted = 'refused' in told ? told : admitForeign(told.call, null, sender);
  if ('refused' in admitted) {
    if (!codes.has(admitted.refused.code) || !admitted.refused.path.startsWith('$')) {
      throw new Error(JSON.stringify(admitted));
    }
    return;
  }
  const { kinds, audioMs, images } = admitted.ok;
  const counts = Object.values(kinds);
  if (counts.some((count) => count < 0n)) throw new Error('A kind is negative.');
  const all = counts.reduce((sum, count) => sum + count, 0n) + (audioMs ?? 0n) + (images ?? 0n);
  if (all === 0n && admitted.ok.outcome !== 'failed') throw new Error('Nothing was counted.');
};

const names = [
  ...['usage', 'usageMetadata', 'response', 'message', 'delta', 'choices', 'output', 'type', 'id'],
  ...['model', 'created', 'finish_reason', 'status', 'prompt_tokens', 'completion_tokens'],
  ...['input_tokens', 'output_tokens', 'total_tokens', 'prompt_tokens_details', 'cached_tokens'],
  ...['cache_creation', 'iterations', 'promptTokenCount', 'promptTokensDetails', 'tokenCount'],
  ...['seconds', '__proto__', 'constructor'],
];
const scalar = fc.oneof(
  fc.integer({ min: -3, max: 20 }),
  fc.constantFrom(null, true, '', '7', '-1', '1e400', 1e21, 0.5, Number.NaN, 'stop', 'error'),
  fc.string(),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names), tie('json'), { maxKeys: 6 }),
  ),
}));

/** A real body with one of its values replaced, at any depth. */
const mutate = (value: unknown, at: number, by: unknown): unknown => {
  let left = at;
  const walk = (inner: unknown): unknown => {
    left -= 1;
    if (left < 0) {
      left = Number.POSITIVE_INFINITY;
      return by;
    }
    if (Array.isArray(inner)) return inner.map(walk);
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, walk(one)]));
  };
  return walk(value);
};
const mutated = fc
  .record({ body: fc.constantFrom(...bodies), at: fc.nat(20), by: json })
  .map(({ body, at, by }) => mutate(body, at, by));

/** A recorded stream with some of its characters changed, dropped or cut off. */
const damaged = fc
  .record({
    pieces: fc.array(fc.oneof(fc.constantFrom(...bodies), json), { maxLength: 4 }),
    at: fc.nat(2_000),
    drop: fc.nat(8),
    put: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('\n', '\r\n', 'data:', '{'),
    ),
  })
  .map(({ pieces, at, drop, put }) => {
    const text = sse(...pieces);
    return `${text.slice(0, at)}${put}${text.slice(at + drop)}`;
  });
const bytes = fc
  .uint8Array({ maxLength: 200 })
  .map((raw) => `data:${new TextDecoder().decode(raw)}`);

const anything = fc.oneof(json, mutated, fc.array(mutated, { maxLength: 4 }), damaged, bytes);

describe('whatever comes', () => {
  it(
    `is a fact that adds up or a known code: ${RUNS} inputs over ${dialects.length} dialects`,
    () => {
      fc.assert(
        fc.property(anything, fc.constantFrom(...dialects), (body, [, dialect]) =>
          judge(dialect, body),
        ),
        {
          ...{ numRuns: RUNS, interruptAfterTimeLimit: BUDGET_MS, markInterruptAsFailure: true },
          ...(SEED !== undefined && { seed: Number(SEED) }),
        },
      );
    },
    BUDGET_MS + 30_000,
  );
});

const count = fc.bigInt({ min: 0n, max: 10n ** 6n });
const overlapping = fc.record({
  ...{ prompt: count, completion: count, cached: count, written: count, audio: count },
  ...{ image: count, reasoning: count, spoken: count },
});

describe('overlapping counts of any size', () => {
  const bodyOf = (one: Readonly<Record<string, bigint>>) => {
    const n = (name: string): number => Number(one[name]);
    return {
      usage: {
        ...{ prompt_tokens: n('prompt'), completion_tokens: n('completion') },
        total_tokens: n('prompt') + n('completion'),
        prompt_tokens_details: {
          ...{ cached_tokens: n('cached'), cache_write_tokens: n('written') },
          ...{ audio_tokens: n('audio'), image_tokens: n('image') },
        },
        completion_tokens_details: { reasoning_tokens: n('reasoning'), audio_tokens: n('spoken') },
      },
    };
  };

  it('become kinds whose sum is prompt and completion, or are refused where a part exceeds', () => {
    fc.assert(
      fc.property(overlapping, fc.boolean(), (one, isFitting) => {
        const parts = one.cached + one.written + one.audio + one.image;
        const made = one.reasoning + one.spoken;
        const fitted = { ...one, prompt: one.prompt + parts, completion: one.completion + made };
        const given = isFitting ? fitted : one;
        const fits = parts <= given.prompt && made <= given.completion;
        const outcome = read('openai-chat', bodyOf(given));
        if (!('kinds' in outcome)) {
          const isNothing = given.prompt + given.completion === 0n;
          expect(outcome.code).toBe(isNothing && fits ? 'USAGE_MISSING' : 'INCONSISTENT_COUNTS');
          expect(fits && !isNothing).toBe(false);
          return;
        }
        const sum = Object.values(outcome.kinds).reduce((all, kind) => all + kind, 0n);
        expect([fits, sum]).toEqual([true, given.prompt + given.completion]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of Gemini become kinds whose sum is the total, thoughts and tools included', () => {
    fc.assert(
      fc.property(overlapping, (one) => {
        const prompt = one.prompt + one.cached;
        const usageMetadata = {
          ...{ promptTokenCount: Number(prompt), cachedContentTokenCount: Number(one.cached) },
          ...{ candidatesTokenCount: Number(one.completion) },
          ...{
            thoughtsTokenCount: Number(one.reasoning),
            toolUsePromptTokenCount: Number(one.image),
          },
        };
        const total = prompt + one.completion + one.reasoning + one.image;
        fc.pre(total > 0n);
        const body = { usageMetadata: { ...usageMetadata, totalTokenCount: Number(total) } };
        const outcome = read('gemini', body);
        const kinds = 'kinds' in outcome ? Object.values(outcome.kinds) : [];
        expect(kinds.reduce((all, kind) => all + kind, 0n)).toBe(total);
        const wrong = { usageMetadata: { ...usageMetadata, totalTokenCount: Number(total) + 1 } };
        expect(read('gemini', wrong)).toMatchObject({ code: 'INCONSISTENT_COUNTS' });
      }),
      { numRuns: 2_000 },
    );
  });
});
