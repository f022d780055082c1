import { describe, expect, it } from '@jest/globals';
import { read, sse } from '../../test/read-body.js';

describe('openai-responses', () => {
  const usage = {
    ...{ input_tokens: 100, output_tokens: 50, total_tokens: 150 },
    input_tokens_details: { cached_tokens: 30, cache_write_tokens: 20 },
    output_tokens_details: { reasoning_tokens: 40 },
  };
  const response = {
    id: 'resp_1',
    object: 'response',
    created_at: 1_778_000_000,
    model: 'm',
    status: 'completed',
  };

  it('splits input and output', () => {
    expect(read('openai-responses', { ...response, usage })).toMatchObject({
      kinds: { input: 50n, cached_input: 30n, cache_write: 20n, output: 10n, reasoning: 40n },
      ...{ outcome: 'complete', finality: 'final', id: { value: 'resp_1' } },
    });
  });

  it('reads a stream by its last response', () => {
    const created = {
      type: 'response.created',
      response: { ...response, status: 'in_progress', usage: null },
    };
    const text = { type: 'response.output_text.delta', delta: 'x' };
    const done = { type: 'response.completed', response: { ...response, usage } };
    expect(read('openai-responses', sse(created, text, done))).toMatchObject({
      ...{ outcome: 'complete', finality: 'final', usagePath: '$[2].response.usage' },
    });
    expect(read('openai-responses', sse(created, text))).toMatchObject({ code: 'USAGE_MISSING' });
  });

  it.each([
    ['incomplete', 'complete', 'final'],
    ['cancelled', 'cut', 'provisional'],
    ['in_progress', 'cut', 'provisional'],
    ['failed', 'failed', 'final'],
  ])('a response that is %s is %s and %s', (status, outcome, finality) => {
    expect(read('openai-responses', { ...response, status, usage })).toMatchObject({
      outcome,
      finality,
    });
  });

  it('M8 reads a realtime response with its audio', () => {
    const spoken = {
      ...{ total_tokens: 1_040, input_tokens: 954, output_tokens: 86 },
      input_token_details: {
        ...{ text_tokens: 869, audio_tokens: 85, cached_tokens: 64 },
        cached_tokens_details: { text_tokens: 64, audio_tokens: 0 },
      },
      output_token_details: { text_tokens: 25, audio_tokens: 61 },
    };
    const done = {
      type: 'response.done',
      event_id: 'e1',
      response: { id: 'r1', status: 'completed', usage: spoken },
    };
    expect(read('openai-responses', done)).toMatchObject({
      id: { value: 'r1' },
      kinds: { input: 805n, cached_input: 64n, output: 25n, audio_input: 85n, audio_output: 61n },
    });
  });
});
