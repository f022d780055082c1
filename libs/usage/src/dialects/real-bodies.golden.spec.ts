import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { Findings } from '../refusals.js';
import { genericDialect, type GenericDialect } from './generic.js';
import { builtInDialects } from './index.js';
import { Pieces } from './pieces.js';
import type { Dialect, Reading } from './reading.js';

interface Published {
  readonly extractors: readonly { readonly provider_id: string; readonly api_flavor: string }[];
  readonly usage: Readonly<Record<string, number>>;
}
interface Entry {
  readonly body: Readonly<Record<string, unknown>>;
  readonly extracted: readonly Published[];
}

const FILE = '../../../../test/fixtures/llm-usage/genai_prices_usages_shared.json.gz';
const entries = JSON.parse(
  gunzipSync(readFileSync(join(import.meta.dirname, FILE))).toString(),
) as readonly Entry[];

const bedrock: GenericDialect = {
  counts: [
    { kind: 'input', at: '/usage/inputTokens' },
    { kind: 'cached_input', at: '/usage/cacheReadInputTokens' },
    { kind: 'cache_write', at: '/usage/cacheWriteInputTokens' },
    { kind: 'output', at: '/usage/outputTokens' },
  ],
  total: '/usage/totalTokens',
};
const cohere: GenericDialect = {
  counts: [
    { kind: 'input', at: '/usage/tokens/input_tokens' },
    { kind: 'cached_input', at: '/usage/cached_tokens', within: 'input' },
    { kind: 'output', at: '/usage/tokens/output_tokens' },
    { kind: 'input', at: '/meta/billed_units/input_tokens' },
  ],
};

interface Way {
  readonly name: string;
  readonly dialect: Dialect;
  /** Whose published reading it is compared with: provider and flavour. */
  readonly as: readonly string[];
}

const builtIn = (name: string, ...as: readonly string[]): Way => ({
  ...{ name, as },
  dialect: builtInDialects.get(name) as Dialect,
});

/** Which dialect a body is written in: it does not say so itself, a sender does by the door. */
const wayOf = ({ body }: Entry): Way => {
  const usage = (body['usage'] ?? {}) as Readonly<Record<string, unknown>>;
  if ('usageMetadata' in body) return builtIn('gemini', 'google/default');
  if ('inputTokens' in usage) {
    return { name: 'bedrock', dialect: genericDialect(bedrock), as: ['aws/default'] };
  }
  if ('tokens' in usage || 'meta' in body) {
    const as = ['cohere/tokens', 'cohere/embeddings'];
    return { name: 'cohere', dialect: genericDialect(cohere), as };
  }
  if ('prompt_cache_hit_tokens' in usage) return builtIn('deepseek', 'deepseek/chat');
  if ('prompt_tokens' in usage) return builtIn('openai-chat', 'openai/chat', 'openai/embeddings');
  if ('total_tokens' in usage) return builtIn('openai-responses', 'openai/responses');
  return builtIn('anthropic', 'anthropic/default');
};

const read = (entry: Entry): { reading: Reading | null; findings: Findings } => {
  const findings = new Findings();
  const pieces = new Pieces(entry.body, { path: '$', findings });
  return { reading: wayOf(entry).dialect(pieces, findings), findings };
};

const publishedFor = (entry: Entry): Published['usage'] => {
  const { as } = wayOf(entry);
  const match = entry.extracted.find(({ extractors }) =>
    extractors.some((one) => as.includes(`${one.provider_id}/${one.api_flavor}`)),
  );
  if (match === undefined) throw new Error(`No published reading: ${JSON.stringify(entry.body)}`);
  return match.usage;
};

/** Ours in the published words: there, a whole includes its parts. */
const inTheirWords = ({ kinds }: Reading) => {
  const of = (...names: readonly string[]): number =>
    Number(names.reduce((sum, name) => sum + (kinds[name] ?? 0n), 0n));
  return {
    input: of('input', 'cached_input', 'cache_write', 'audio_input', 'image_input'),
    output: of('output', 'reasoning', 'audio_output'),
    cached: of('cached_input'),
    written: of('cache_write'),
    reasoning: of('reasoning'),
    audio: of('audio_input'),
    image: of('image_input'),
  };
};

const theirs = (usage: Published['usage']) => {
  const of = (name: string): number => usage[name] ?? 0;
  return {
    input: of('input_tokens'),
    output: of('output_tokens'),
    cached: of('cache_read_tokens'),
    written: of('cache_write_tokens'),
    reasoning: of('output_reasoning_tokens'),
    audio: of('input_audio_tokens') - of('cache_audio_read_tokens'),
    image: of('input_image_tokens') - of('cache_image_read_tokens'),
  };
};

interface Difference {
  readonly why: string;
  readonly count: number;
  readonly is: (body: Entry['body']) => boolean;
  /** Ours, made of the published. */
  readonly ours: (published: ReturnType<typeof theirs>, body: Entry['body']) => unknown;
}

/** Bodies whose published reading differs from ours, how, and why ours stands. */
const DIFFERENCES: readonly Difference[] = [
  {
    why: 'Mistral tells its cached tokens as num_cached_tokens; the published reading does not look there',
    count: 7,
    is: (body) => cachedByMistral(body) > 0,
    ours: (published, body) => ({ ...published, cached: cachedByMistral(body) }),
  },
  {
    why: 'Anthropic bills a compaction beside the top-level counts; the published reading loses it',
    count: 1,
    is: (body) => JSON.stringify(body).includes('"type":"compaction"'),
    ours: (published) => ({
      ...published,
      ...{ input: published.input + 100 + 55_096, output: published.output + 82, written: 55_096 },
    }),
  },
];

function cachedByMistral(body: Entry['body']): number {
  return (body['usage'] as { num_cached_tokens?: number } | undefined)?.num_cached_tokens ?? 0;
}

describe('345 real bodies of providers', () => {
  it('are all read, each in its dialect', () => {
    expect(entries).toHaveLength(345);
    const refused = entries
      .map((entry) => ({ entry, ...read(entry) }))
      .filter(({ reading }) => !reading);
    expect(refused.map(({ entry, findings }) => [entry.body, findings.first])).toEqual([]);
    const names = new Set(entries.map((entry) => wayOf(entry).name));
    expect([...names].sort()).toEqual([
      'anthropic',
      'bedrock',
      'cohere',
      'deepseek',
      'gemini',
      'openai-chat',
      'openai-responses',
    ]);
  });

  it('become disjoint kinds whose sums are the published ones, but for the named differences', () => {
    const differing = new Map<string, number>();
    for (const entry of entries) {
      const published = theirs(publishedFor(entry));
      const difference = DIFFERENCES.find(({ is }) => is(entry.body));
      const { reading } = read(entry);
      const expected = difference?.ours(published, entry.body) ?? published;
      expect([entry.body, reading && inTheirWords(reading)]).toEqual([entry.body, expected]);
      if (difference === undefined) continue;
      differing.set(difference.why, (differing.get(difference.why) ?? 0) + 1);
    }
    expect(Object.fromEntries(differing)).toEqual(
      Object.fromEntries(DIFFERENCES.map(({ why, count }) => [why, count])),
    );
  });

  it('hold no negative count, and all that their totals say', () => {
    for (const entry of entries) {
      const { reading } = read(entry);
      const counts = Object.values(reading?.kinds ?? {});
      expect(counts.every((count) => count >= 0n)).toBe(true);
      const usage = (entry.body['usage'] ?? entry.body['usageMetadata'] ?? {}) as Record<
        string,
        number
      >;
      const total = usage['total_tokens'] ?? usage['totalTokenCount'] ?? usage['totalTokens'];
      if (total !== undefined)
        expect(counts.reduce((sum, count) => sum + count, 0n)).toBe(BigInt(total));
    }
  });
});
