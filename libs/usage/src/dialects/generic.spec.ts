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

  describe('of a stream', () => {
    const piece = (more: object, reason?: string) => ({
      ...{ id: 'x-1', usage: more },
      ...(reason !== undefined && { choices: [{ finish_reason: reason }] }),
    });
    const input = { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 4 } };

    it('keeps the counts that stand in different pieces', () => {
      const pieces = [piece(input), piece({ completion_tokens: 5 }, 'stop')];
      expect(read(xai, pieces)).toMatchObject({
        ...{ kinds: { input: 6n, cached_input: 4n, output: 5n }, outcome: 'complete' },
      });
      const total = piece({ total_tokens: 16 });
      expect(read(xai, [...pieces, total])).toEqual(
        refusal('INCONSISTENT_COUNTS', '$[2].usage.total_tokens'),
      );
    });

    it('takes the last of a count that grows, also when another piece says less', () => {
      const grown = [1, 3, 7].map((made) => piece({ completion_tokens: made }));
      expect(
        read(xai, [piece(input), ...grown, piece({ prompt_tokens: 10 }, 'stop')]),
      ).toMatchObject({ kinds: { input: 6n, cached_input: 4n, output: 7n } });
    });

    it('is refused where a count shrinks: it would have to be added up', () => {
      const shrinks = [piece({ ...input, completion_tokens: 5 }), piece({ completion_tokens: 3 })];
      expect(read(xai, shrinks)).toEqual(
        refusal('INCONSISTENT_COUNTS', '$[1].usage.completion_tokens'),
      );
    });

    it('is refused where a count that was said before is none, at its own place', () => {
      const pieces = [piece({ prompt_tokens: -1 }), piece({ completion_tokens: 3 })];
      expect(read(xai, pieces)).toEqual(refusal('NEGATIVE_QUANTITY', '$[0].usage.prompt_tokens'));
    });
  });

  it('finds no usage where none of its counts is', () => {
    expect(read(xai, { id: 'x', usage: {} })).toMatchObject({ code: 'USAGE_MISSING' });
  });

  it('never meets a prototype', () => {
    const odd = genericDialect({ counts: [{ kind: 'input', at: '/constructor/length' }] });
    expect(read(odd, {})).toMatchObject({ code: 'USAGE_MISSING' });
  });
});
