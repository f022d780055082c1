import { describe, expect, it } from '@jest/globals';
import { read, refusal, sse } from '../../test/read-body.js';

describe('anthropic', () => {
  const usage = {
    ...{ input_tokens: 10, output_tokens: 20, cache_read_input_tokens: 300 },
    ...{ cache_creation_input_tokens: 70, service_tier: 'priority' },
    cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 20 },
    output_tokens_details: { thinking_tokens: 15 },
  };
  const message = { id: 'msg_1', type: 'message', model: 'claude', stop_reason: 'end_turn' };

  it('adds the cache to the input, which excludes it', () => {
    expect(read('anthropic', { ...message, usage })).toMatchObject({
      kinds: { input: 10n, cached_input: 300n, cache_write: 70n, output: 5n, reasoning: 15n },
      ...{ serviceTier: 'priority', outcome: 'complete', finality: 'final' },
      notes: { cacheWrite1h: '20' },
    });
  });

  it.each([
    [
      'parts of the cache that are not the whole',
      { cache_creation_input_tokens: 71 },
      '.cache_creation',
    ],
    [
      'more thinking than output',
      { output_tokens_details: { thinking_tokens: 21 } },
      '.output_tokens_details.thinking_tokens',
    ],
    [
      'iterations of other tokens',
      { iterations: [{ type: 'message', input_tokens: 1 }] },
      '.iterations',
    ],
  ])('refuses %s', (...[, change, path]) => {
    const body = { ...message, usage: { ...usage, ...change } };
    expect(read('anthropic', body)).toEqual(refusal('INCONSISTENT_COUNTS', `$.usage${path}`));
  });

  const start = {
    type: 'message_start',
    message: {
      ...message,
      stop_reason: null,
      usage: { ...usage, output_tokens: 1, output_tokens_details: null },
    },
  };
  const deltaOf = (reason: string | null, more: object) => ({
    type: 'message_delta',
    delta: { stop_reason: reason },
    usage: more,
  });

  it('reads a stream: cumulative output, and a cache that grew', () => {
    const grown = { output_tokens: 9, cache_creation_input_tokens: 90, input_tokens: 11 };
    const body = sse(start, deltaOf(null, { output_tokens: 4 }), deltaOf('end_turn', grown), {
      type: 'message_stop',
    });
    expect(read('anthropic', body)).toMatchObject({
      kinds: { input: 11n, cached_input: 300n, cache_write: 90n, output: 9n },
      ...{ outcome: 'complete', finality: 'final', model: { value: 'claude' } },
    });
  });

  it('new-api#5288 keeps what a cut stream had said, provisionally', () => {
    expect(read('anthropic', sse(start, { type: 'content_block_delta' }))).toMatchObject({
      kinds: { input: 10n, cached_input: 300n, cache_write: 70n, output: 1n },
      ...{ outcome: 'cut', finality: 'provisional' },
    });
    const error = { type: 'error', error: { type: 'overloaded_error' } };
    expect(read('anthropic', sse(start, error))).toMatchObject({ outcome: 'failed' });
  });

  it('N7 notes an advisor’s tokens and adds them to no other model', () => {
    const one = { type: 'message', input_tokens: 10, output_tokens: 20 };
    const advisor = {
      type: 'advisor_message',
      model: 'claude-opus',
      input_tokens: 5,
      output_tokens: 6,
    };
    const body = {
      ...message,
      usage: { input_tokens: 10, output_tokens: 20, iterations: [one, advisor] },
    };
    expect(read('anthropic', body)).toMatchObject({
      kinds: { input: 10n, output: 20n },
      notes: { 'notCounted.claude-opus': 'input 5, cached_input 0, cache_write 0, output 6' },
    });
  });
});
