import { describe, expect, it } from '@jest/globals';
import { chat, kindsOf, read, refusal } from '../../test/read-body.js';

describe('openai-chat', () => {
  it('tells who, when, how and how much', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 };
    expect(read('openai-chat', chat(usage))).toMatchObject({
      id: { value: 'chatcmpl-1', path: '$.id' },
      model: { value: 'm-chat', path: '$.model' },
      time: { value: '2026-05-05T16:53:20.000000Z', path: '$.created' },
      ...{ kinds: { input: 10n, output: 3n }, serviceTier: 'default' },
      ...{ outcome: 'complete', finality: 'final', usagePath: '$.usage' },
    });
  });

  it('A1 c3 takes the reasoning out of the completion', () => {
    const usage = {
      ...{ prompt_tokens: 2_000, completion_tokens: 500 },
      completion_tokens_details: { reasoning_tokens: 200 },
    };
    expect(kindsOf('openai-chat', usage)).toEqual({ input: 2_000n, output: 300n, reasoning: 200n });
  });

  it.each([
    [
      'A1 c8 more cached than prompted',
      { prompt_tokens_details: { cached_tokens: 101 } },
      '.prompt_tokens_details',
    ],
    [
      'new-api#5005 cached and audio together',
      { prompt_tokens_details: { cached_tokens: 60, audio_tokens: 41 } },
      '.prompt_tokens_details',
    ],
    [
      'new-api#3503 more reasoned than completed',
      { completion_tokens_details: { reasoning_tokens: 21 } },
      '.completion_tokens_details',
    ],
    ['a total that is no sum', { total_tokens: 121 }, '.total_tokens'],
    [
      'two counts of the cached',
      { cached_tokens: 5, prompt_tokens_details: { cached_tokens: 6 } },
      '.cached_tokens',
    ],
    [
      'more video than prompt',
      { prompt_tokens_details: { video_tokens: 101 } },
      '.prompt_tokens_details.video_tokens',
    ],
  ])('refuses %s', (...[, change, path]) => {
    const usage = { prompt_tokens: 100, completion_tokens: 20, ...change };
    expect(read('openai-chat', { usage })).toEqual(
      refusal('INCONSISTENT_COUNTS', `$.usage${path}`),
    );
  });

  it.each([
    ['new-api#3259 a negative count', { prompt_tokens: -1 }, 'NEGATIVE_QUANTITY', '.prompt_tokens'],
    ['a fraction', { prompt_tokens: 1.5 }, 'NOT_INTEGER', '.prompt_tokens'],
    ['a count that is no number', { prompt_tokens: [] }, 'NOT_INTEGER', '.prompt_tokens'],
    ['no prompt', { prompt_tokens: null }, 'FIELD_REQUIRED', '.prompt_tokens'],
    [
      'details that are no object',
      { prompt_tokens_details: 7 },
      'INVALID_VALUE',
      '.prompt_tokens_details',
    ],
  ])('refuses %s', (...[, change, code, path]) => {
    const usage = { prompt_tokens: 100, completion_tokens: 20, ...change };
    expect(read('openai-chat', { usage })).toEqual(refusal(code, `$.usage${path}`));
  });

  it('counts a cached part once, however often it is said', () => {
    const usage = {
      ...{ prompt_tokens: 100, completion_tokens: 20, cached_tokens: 40, num_cached_tokens: 40 },
      prompt_tokens_details: { cached_tokens: 40 },
    };
    expect(kindsOf('openai-chat', usage)).toEqual({ input: 60n, cached_input: 40n, output: 20n });
  });

  it('M8 tells audio in and out apart, and says when cache and audio may overlap', () => {
    const usage = (details: object) => ({
      ...{ prompt_tokens: 100, completion_tokens: 20 },
      prompt_tokens_details: { audio_tokens: 30, ...details },
      completion_tokens_details: { audio_tokens: 15 },
    });
    const told = {
      cached_tokens: 40,
      cached_tokens_details: { text_tokens: 30, audio_tokens: 10 },
    };
    expect(read('openai-chat', usage(told))).toMatchObject({
      kinds: { input: 40n, cached_input: 40n, output: 5n, audio_input: 20n, audio_output: 15n },
      isIncomplete: false,
    });
    expect(read('openai-chat', usage({ cached_tokens: 40 }))).toMatchObject({ isIncomplete: true });
    expect(read('openai-chat', usage({}))).toMatchObject({ isIncomplete: false });
  });

  it('M8 reads the seconds of a transcription to the millisecond, and no further', () => {
    const body = (seconds: number) => ({ text: 'hi', usage: { type: 'duration', seconds } });
    expect(read('openai-chat', body(9))).toMatchObject({
      ...{ kinds: { audio_input_ms: 9_000n }, audioMs: 9_000n },
    });
    expect(kindsOf('openai-chat', body(1.25))).toEqual({ audio_input_ms: 1_250n });
    expect(read('openai-chat', body(0))).toMatchObject({ code: 'USAGE_MISSING' });
    expect(read('openai-chat', body(1.0001))).toEqual(refusal('NOT_INTEGER', '$.usage.seconds'));
    const tokens = {
      type: 'tokens',
      input_tokens: 14,
      input_token_details: { audio_tokens: 14 },
      output_tokens: 4,
    };
    expect(kindsOf('openai-chat', { usage: tokens })).toEqual({
      input: 0n,
      output: 4n,
      audio_input: 14n,
    });
  });

  it('takes an embedding, which has no completion', () => {
    expect(kindsOf('openai-chat', { usage: { prompt_tokens: 4, total_tokens: 4 } })).toEqual({
      input: 4n,
      output: 0n,
    });
    expect(read('openai-chat', { usage: { prompt_tokens: 4, total_tokens: 9 } })).toEqual(
      refusal('FIELD_REQUIRED', '$.usage.completion_tokens'),
    );
  });
});

describe('deepseek', () => {
  const usage = {
    ...{
      prompt_tokens: 102_056,
      completion_tokens: 252,
      total_tokens: 102_308,
      cached_tokens: 94_464,
    },
    ...{ prompt_cache_hit_tokens: 94_464, prompt_cache_miss_tokens: 7_592 },
    prompt_tokens_details: { cached_tokens: 94_464 },
    completion_tokens_details: { reasoning_tokens: 44 },
  };

  it('reads a recorded response, counting the cached part once', () => {
    expect(kindsOf('deepseek', chat(usage))).toEqual({
      ...{ input: 7_592n, cached_input: 94_464n, output: 208n, reasoning: 44n },
    });
  });

  it('refuses hits and misses that are not the prompt', () => {
    const wrong = { ...usage, prompt_cache_miss_tokens: 7_591 };
    expect(read('deepseek', chat(wrong))).toEqual(
      refusal('INCONSISTENT_COUNTS', '$.usage.prompt_cache_miss_tokens'),
    );
  });
});
