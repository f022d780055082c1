import { describe, expect, it } from '@jest/globals';
import { chat, read, refusal } from '../../test/read-body.js';
import { genericDialect } from './generic.js';

describe('a dialect in configuration', () => {
  const xai = genericDialect({
    counts: [
      { kind: 'input', at: '/usage/prompt_tokens' },
      { kind: 'cached_input', at: '/usage/prompt_tokens_details/cached_tokens', within: 'input' },
      { kind: 'output', at: '/usage/completion_tokens' },
      { kind: 'reasoning', at: '/usage/completion_tokens_details/reasoning_tokens' },
    ],
    ...{ total: '/usage/total_tokens', id: '/id', model: '/model', time: '/created' },
    outcome: { at: '/choices/0/finish_reason', words: { stop: 'complete', error: 'failed' } },
  });
  const usage = {
    ...{ prompt_tokens: 10, completion_tokens: 1_328, total_tokens: 1_645 },
    prompt_tokens_details: { cached_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 307 },
  };

  it('reads reasoning that lies outside the completion, which openai-chat refuses', () => {
    expect(read(xai, chat(usage))).toMatchObject({
      kinds: { input: 8n, cached_input: 2n, output: 1_328n, reasoning: 307n },
      ...{ id: { value: 'chatcmpl-1' }, time: { value: '2026-05-05T16:53:20.000000Z' } },
      ...{ outcome: 'complete', finality: 'final' },
    });
    expect(read('openai-chat', chat(usage))).toEqual(
      refusal('INCONSISTENT_COUNTS', '$.usage.total_tokens'),
    );
  });

  it.each([
    [
      'a part beyond its whole',
      { prompt_tokens_details: { cached_tokens: 11 }, total_tokens: null },
      'INCONSISTENT_COUNTS',
      '.prompt_tokens_details.cached_tokens',
    ],
    [
      'a part without its whole',
      { prompt_tokens: null, total_tokens: null },
      'INCONSISTENT_COUNTS',
      '.prompt_tokens_details.cached_tokens',
    ],
    ['a total that is no sum', { total_tokens: 1_646 }, 'INCONSISTENT_COUNTS', '.total_tokens'],
    ['a negative count', { completion_tokens: -1 }, 'NEGATIVE_QUANTITY', '.completion_tokens'],
  ])('refuses %s', (...[, change, code, path]) => {
    expect(read(xai, chat({ ...usage, ...change }))).toEqual(refusal(code, `$.usage${path}`));
  });

  it('finds no usage where none of its counts is', () => {
    expect(read(xai, { id: 'x', usage: {} })).toMatchObject({ code: 'USAGE_MISSING' });
  });

  it('never meets a prototype', () => {
    const odd = genericDialect({ counts: [{ kind: 'input', at: '/constructor/length' }] });
    expect(read(odd, {})).toMatchObject({ code: 'USAGE_MISSING' });
  });
});
