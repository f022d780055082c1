import { describe, expect, it } from '@jest/globals';
import { read, refusal, sse } from '../../test/read-body.js';

describe('gemini', () => {
  const usageMetadata = {
    ...{ promptTokenCount: 345, candidatesTokenCount: 70, thoughtsTokenCount: 98 },
    ...{ toolUsePromptTokenCount: 11, cachedContentTokenCount: 191, totalTokenCount: 524 },
    ...{ serviceTier: 'standard', trafficType: 'ON_DEMAND' },
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 77 },
      { modality: 'IMAGE', tokenCount: 258 },
      { modality: 'AUDIO', tokenCount: 10 },
    ],
    cacheTokensDetails: [
      { modality: 'IMAGE', tokenCount: 143 },
      { modality: 'TEXT', tokenCount: 48 },
    ],
    candidatesTokensDetails: [
      { modality: 'TEXT', tokenCount: 50 },
      { modality: 'AUDIO', tokenCount: 20 },
    ],
  };
  const body = (usage: object, finishReason: string | null = 'STOP') => ({
    ...{ responseId: 'g1', modelVersion: 'gemini-x', createTime: '2026-05-20T03:00:00Z' },
    ...{ candidates: [{ finishReason }], usageMetadata: usage },
  });

  it('tells cached content, images, audio, thoughts and tool use apart', () => {
    expect(read('gemini', body(usageMetadata))).toMatchObject({
      kinds: {
        ...{ input: 40n, cached_input: 191n, output: 50n, reasoning: 98n },
        ...{ audio_input: 10n, audio_output: 20n, image_input: 115n },
      },
      ...{ serviceTier: 'standard', isIncomplete: false, time: { value: '2026-05-20T03:00:00Z' } },
    });
  });

  it.each([
    ['a total that leaves the thoughts out', { totalTokenCount: 426 }, '.totalTokenCount'],
    ['more cached than prompted', { cachedContentTokenCount: 346 }, '.cachedContentTokenCount'],
    [
      'more modalities than prompt',
      { promptTokensDetails: [{ modality: 'TEXT', tokenCount: 346 }] },
      '.promptTokensDetails',
    ],
    [
      'more images cached than sent',
      { promptTokensDetails: [{ modality: 'TEXT', tokenCount: 345 }] },
      '.cacheTokensDetails',
    ],
  ])('refuses %s', (...[, change, path]) => {
    expect(read('gemini', body({ ...usageMetadata, ...change }))).toEqual(
      refusal('INCONSISTENT_COUNTS', `$.usageMetadata${path}`),
    );
  });

  it('litellm#37923 reads a stream by its last, cumulative usage', () => {
    const one = body({ promptTokenCount: 10, totalTokenCount: 10 }, null);
    const two = body({ promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 }, null);
    const end = body({ promptTokenCount: 10, candidatesTokenCount: 9, totalTokenCount: 19 });
    expect(read('gemini', sse(one, two, end))).toMatchObject({
      ...{ kinds: { input: 10n, output: 9n }, outcome: 'complete', finality: 'final' },
    });
    expect(read('gemini', [one, two])).toMatchObject({
      ...{ kinds: { input: 10n, output: 5n }, outcome: 'cut', finality: 'provisional' },
    });
  });

  it('flags cached content whose modality it is not told', () => {
    const { cacheTokensDetails: _, ...untold } = usageMetadata;
    const change = { cachedContentTokenCount: 50 };
    expect(read('gemini', body({ ...untold, ...change }))).toMatchObject({ isIncomplete: true });
  });
});
