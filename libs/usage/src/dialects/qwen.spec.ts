import { describe, expect, it } from '@jest/globals';
import { chat, kindsOf, read, refusal, sse } from '../../test/read-body.js';

describe('qwen', () => {
  const native = (usage: object, reason = 'stop') => ({
    ...{ request_id: 'req-1', output: { choices: [{ finish_reason: reason }] } },
    usage,
  });

  it('reads its own form, which names no model', () => {
    const usage = {
      ...{ input_tokens: 100, output_tokens: 50, total_tokens: 150 },
      prompt_tokens_details: { cached_tokens: 60 },
      output_tokens_details: { reasoning_tokens: 20 },
    };
    expect(read('qwen', native(usage))).toMatchObject({
      kinds: { input: 40n, cached_input: 60n, output: 30n, reasoning: 20n },
      ...{ model: null, time: null, id: { value: 'req-1' }, upstreamRequestId: 'req-1' },
      ...{ outcome: 'complete', finality: 'final' },
    });
  });

  it('reads the compatible mode', () => {
    const usage = {
      ...{ prompt_tokens: 100, completion_tokens: 5, total_tokens: 105 },
      prompt_tokens_details: { cached_tokens: 10, cache_creation_input_tokens: 20 },
    };
    expect(kindsOf('qwen', chat(usage))).toEqual({
      ...{ input: 70n, cached_input: 10n, cache_write: 20n, output: 5n },
    });
  });

  it.each([
    [
      'images inside the input',
      { input_tokens: 1_279, output_tokens: 27, image_tokens: 1_247 },
      { input: 32n, output: 27n, image_input: 1_247n },
    ],
    [
      'images beside it, as the total says',
      { input_tokens: 43, image_tokens: 1_247, total_tokens: 1_290 },
      { input: 43n, output: 0n, image_input: 1_247n },
    ],
    [
      'M8 audio beside it',
      { input_tokens: 33, output_tokens: 10, audio_tokens: 85 },
      { input: 33n, output: 10n, audio_input: 85n },
    ],
    [
      'M8 audio inside it, as the details say',
      {
        input_tokens: 90,
        output_tokens: 10,
        input_tokens_details: { audio_tokens: 85, text_tokens: 5 },
        output_tokens_details: { audio_tokens: 8, text_tokens: 2 },
      },
      { input: 5n, output: 2n, audio_input: 85n, audio_output: 8n },
    ],
  ])('counts %s', (_name, usage, kinds) => {
    expect(kindsOf('qwen', native(usage))).toEqual(kinds);
  });

  it.each([
    [{ input_tokens: 10, output_tokens: 5, total_tokens: 16 }, '.total_tokens'],
    [{ input_tokens: 10, output_tokens: 5, image_tokens: 11 }, '.input_tokens'],
    [
      { input_tokens: 10, output_tokens: 5, input_tokens_details: { image_tokens: 11 } },
      '.input_tokens_details.image_tokens',
    ],
  ])('refuses %o', (usage, path) => {
    expect(read('qwen', native(usage))).toEqual(refusal('INCONSISTENT_COUNTS', `$.usage${path}`));
  });

  it('reads a stream, whose usage is cumulative whether its text is or not', () => {
    const one = native({ input_tokens: 10, output_tokens: 1, total_tokens: 11 }, 'null');
    const two = native({ input_tokens: 10, output_tokens: 8, total_tokens: 18 });
    expect(read('qwen', sse(one, two))).toMatchObject({
      ...{ kinds: { input: 10n, output: 8n }, outcome: 'complete', finality: 'final' },
    });
    expect(read('qwen', sse(one))).toMatchObject({
      ...{ kinds: { input: 10n, output: 1n }, outcome: 'cut', finality: 'provisional' },
    });
    expect(read('qwen', [{ request_id: 'r', output: {}, usage: {} }])).toMatchObject({
      code: 'USAGE_MISSING',
    });
  });

  it.each([
    ['alone', { seconds: 600 }, { audio_input_ms: 600_000n }],
    ['of tokens none', { input_tokens: 0, seconds: 1.5 }, { audio_input_ms: 1_500n }],
    ['with an answer', { output_tokens: 6, seconds: 1 }, { output: 6n, audio_input_ms: 1_000n }],
    ['beside the tokens', { input_tokens: 25, seconds: 1 }, { input: 25n, output: 0n }],
  ])('M8 counts seconds of audio %s', (_name, usage, kinds) => {
    const milliseconds = BigInt(usage.seconds * 1_000);
    expect(read('qwen', native(usage))).toMatchObject({ kinds, audioMs: milliseconds });
    expect(kindsOf('qwen', native(usage))).toEqual(kinds);
  });

  it('M8 refuses images alone, which would be a call with nothing to pay', () => {
    const missing = refusal('USAGE_MISSING', '$.usage.image_count');
    expect(read('qwen', native({ image_count: 4 }))).toEqual(missing);
    expect(read('qwen', native({ input_tokens: 0, image_count: 4 }))).toEqual(missing);
    expect(read('qwen', { usage: { image_count: 4 }, code: 'Throttling' })).toEqual(missing);
  });

  it('M8 flags images beside tokens: what they cost is not told', () => {
    const usage = { input_tokens: 10, output_tokens: 5, image_count: 2 };
    expect(read('qwen', native(usage))).toMatchObject({
      ...{ kinds: { input: 10n, output: 5n }, images: 2n, isIncomplete: true },
    });
  });
});
