import { describe, expect, it } from '@jest/globals';
import { read, refusal, sse } from '../../test/read-body.js';

const delta = (more: object) => ({ id: 'c1', created: 1_778_000_000, model: 'm', ...more });
const words = delta({ choices: [{ delta: { content: 'x' }, finish_reason: null }] });
const stop = delta({ choices: [{ delta: {}, finish_reason: 'stop' }] });
const usageOf = (prompt: number, completion: number) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
});
const last = delta({ choices: [], usage: usageOf(10, 5) });

describe('a stream', () => {
  it('has its usage in the last piece, as text or as a list', () => {
    const whole = { kinds: { input: 10n, output: 5n }, outcome: 'complete', finality: 'final' };
    expect(read('openai-chat', sse(words, stop, last, '[DONE]'))).toMatchObject({
      ...whole,
      usagePath: '$[2].usage',
    });
    expect(read('openai-chat', [words, stop, last])).toMatchObject(whole);
    expect(read('openai-chat', sse(words, stop, last).replaceAll('\n', '\r\n'))).toMatchObject(
      whole,
    );
  });

  it('that repeats a growing usage counts the last one alone', () => {
    const grown = [1, 2, 5].map((made) => ({ ...words, usage: usageOf(10, made) }));
    const end = { ...stop, usage: usageOf(10, 6) };
    expect(read('openai-chat', sse(...grown, end))).toMatchObject({
      ...{ kinds: { input: 10n, output: 6n }, outcome: 'complete', finality: 'final' },
    });
  });

  it('that counts its pieces one by one is refused, not undercounted', () => {
    const pieces = [3, 1].map((made) => ({ ...words, usage: usageOf(10, made) }));
    expect(read('openai-chat', pieces)).toEqual(
      refusal('INCONSISTENT_COUNTS', '$[1].usage.completion_tokens'),
    );
  });

  it('new-api#5288 sub2api#2168 that was cut is charged what it had said, provisionally', () => {
    const pieces = [words, { ...words, usage: usageOf(10, 3) }, words];
    const cut = { kinds: { input: 10n, output: 3n }, outcome: 'cut', finality: 'provisional' };
    expect(read('openai-chat', pieces)).toMatchObject(cut);
    const text = sse(...pieces, stop);
    expect(read('openai-chat', text.slice(0, -20))).toMatchObject(cut);
  });

  it('whose end came without a last usage is whole, and its counts provisional', () => {
    const pieces = [{ ...words, usage: usageOf(10, 3) }, stop];
    expect(read('openai-chat', pieces)).toMatchObject({
      outcome: 'complete',
      finality: 'provisional',
    });
  });

  describe('of several choices', () => {
    const piece = (...choices: readonly (readonly [index: number, reason: string | null])[]) =>
      delta({ choices: choices.map(([index, reason]) => ({ index, finish_reason: reason })) });
    const usage = { usage: usageOf(10, 5) };
    const whole = { outcome: 'complete', finality: 'final' };

    it('is cut when one of them has no end, though another ended with the usage', () => {
      const began = piece([0, null], [1, null]);
      const one = { ...piece([0, 'stop']), ...usage };
      const cut = { kinds: { input: 10n, output: 5n }, outcome: 'cut', finality: 'provisional' };
      expect(read('openai-chat', [began, one])).toMatchObject(cut);
      expect(read('openai-chat', [one, piece([1, null])])).toMatchObject(cut);
      expect(read('qwen', [began, one])).toMatchObject(cut);
    });

    it('is whole when each has ended, together or one after the other', () => {
      expect(read('openai-chat', [piece([0, 'stop'], [1, 'length']), last])).toMatchObject(whole);
      const pieces = [piece([0, null]), piece([0, 'stop']), piece([1, null]), piece([1, 'stop'])];
      expect(read('openai-chat', [...pieces, last])).toMatchObject(whole);
    });

    it('is whole when the stream says so, and failed when one of them is', () => {
      const pieces = [piece([0, 'stop'], [1, null]), last];
      expect(read('openai-chat', [...pieces, '[DONE]'])).toMatchObject(whole);
      const failed = piece([1, 'error']);
      expect(read('openai-chat', [...pieces, failed, piece([0, 'stop'])])).toMatchObject({
        ...{ outcome: 'failed', finality: 'provisional' },
      });
    });

    it('is cut in Gemini’s words too', () => {
      const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };
      const two = (...reasons: readonly (string | null)[]) => ({
        candidates: reasons.map((finishReason, index) => ({ index, finishReason })),
        usageMetadata,
      });
      expect(read('gemini', [two('STOP', null)])).toMatchObject({ outcome: 'cut' });
      expect(read('gemini', [two('STOP', null), two('STOP', 'STOP')])).toMatchObject(whole);
    });

    it('of a whole response tells no end while one of them goes on', () => {
      const body = { ...piece([0, 'stop'], [1, null]), ...usage };
      expect(read('openai-chat', body)).toMatchObject({ outcome: null, finality: null });
    });
  });

  it.each([
    ['new-api#7062 no usage at all', [words, stop]],
    ['new-api#7241 a usage of null', [{ ...words, usage: null }, stop]],
    ['litellm#37923 a usage of zeros', [{ ...stop, usage: usageOf(0, 0) }]],
    ['new-api#4168 nothing', []],
  ])('with %s is refused and never charged 0', (_name, pieces) => {
    expect(read('openai-chat', pieces)).toMatchObject({ code: 'USAGE_MISSING' });
    expect(read('gemini', pieces)).toMatchObject({ code: 'USAGE_MISSING' });
  });

  it('of two responses is refused: each is a call of its own', () => {
    const other = { ...last, id: 'c2' };
    expect(read('openai-chat', [stop, last, stop, other])).toEqual(
      refusal('INVALID_BODY', '$[3].usage'),
    );
  });

  it.each([
    ['a text that is no stream', 'hello'],
    ['a number', 7],
    ['null', null],
    ['a list of numbers', [1]],
    ['an event that is no JSON', 'data: {"a":\n\ndata: {}\n\n'],
  ])('%s is no body', (_name, body) => {
    expect(read('openai-chat', body)).toMatchObject({ code: 'INVALID_BODY' });
  });

  it('may have comments, names, ids and a byte order mark', () => {
    const text = `\ufeff: keep-alive\n\nid:1\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify({ ...stop, usage: usageOf(1, 1) })}`;
    expect(read('openai-chat', text)).toMatchObject({ kinds: { input: 1n, output: 1n } });
  });
});
