import { describe, expect, it } from '@jest/globals';
import { meterCall } from './index.js';
import type { ForeignCall } from './index.js';

const event = (data: unknown, over: object = {}) => ({
  ...{ specversion: '1.0', type: 'litellm_tokens', source: 'litellm-proxy', id: 'chatcmpl-1' },
  ...{ time: '2026-05-20T03:00:00.5+00:00', subject: 'shenzhen', data },
  ...over,
});
/** What LiteLLM sends. */
const liteLlm = {
  ...{ model: 'm-chat', cost: 0.0001 },
  ...{ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
};

const callOf = (value: unknown): ForeignCall => {
  const read = meterCall(value);
  if ('call' in read) return read.call;
  throw new Error(JSON.stringify(read.refused));
};
const refusalOf = (value: unknown) => {
  const read = meterCall(value);
  return 'refused' in read ? [read.refused.code, read.refused.path] : read.call;
};

describe('an event of LiteLLM', () => {
  it('is a call whose kinds are sums, and says so', () => {
    expect(callOf(event(liteLlm))).toMatchObject({
      ...{ id: 'chatcmpl-1', source: 'litellm-proxy', subject: 'shenzhen', model: 'm-chat' },
      ...{ time: '2026-05-20T03:00:00.5+00:00', kinds: { input: 10n, output: 5n } },
      ...{ modelServed: null, kindsIncomplete: true },
    });
  });

  it('B42 is refused when its total is no sum', () => {
    expect(refusalOf(event({ ...liteLlm, total_tokens: 16 }))).toEqual([
      'INCONSISTENT_COUNTS',
      '$.data.total_tokens',
    ]);
  });

  it.each([[{ model: 'm-chat', cost: 0.0001 }], [{}], [{ model: 'm-chat', usage: {} }]])(
    'litellm#36426 without a count is refused, not dropped and not zero: %j',
    (data) => {
      expect(refusalOf(event(data))).toEqual(['USAGE_MISSING', '$.data']);
    },
  );
});

describe('an event of another client of OpenMeter', () => {
  it('may hold a whole usage, with its parts', () => {
    const usage = { prompt_tokens: 10_000, completion_tokens: 500 };
    const details = { prompt_tokens_details: { cached_tokens: 9_000 } };
    const whole = { model: 'm-chat', usage: { ...usage, ...details } };
    expect(callOf(event(whole))).toMatchObject({
      kinds: { input: 1_000n, cached_input: 9_000n, output: 500n },
      kindsIncomplete: false,
    });
    expect(callOf(event({ model: 'm-chat', ...usage, ...details }))).toMatchObject({
      kindsIncomplete: false,
    });
  });

  it('may speak of input and output', () => {
    const data = { model: 'm-chat', input_tokens: 7, output_tokens: 3 };
    expect(callOf(event(data)).kinds).toEqual({ input: 7n, output: 3n });
  });

  it.each([
    ['input', 'input', true],
    ['prompt', 'input', true],
    ['system', 'input', true],
    ['output', 'output', true],
    ['cached_input', 'cached_input', false],
    ['reasoning', 'reasoning', false],
  ])('may count the tokens of one kind: %s', (type, kind, incomplete) => {
    expect(callOf(event({ model: 'm-chat', tokens: '123456', type }))).toMatchObject({
      ...{ model: 'm-chat', kinds: { [kind]: 123_456n }, kindsIncomplete: incomplete },
    });
  });

  it('carries extension attributes', () => {
    expect(callOf(event(liteLlm, { region: 'cn-south' })).extensions).toEqual({
      region: 'cn-south',
    });
  });

  it.each([
    ['no event', 5, 'INVALID_EVENT', '$'],
    [
      'another version',
      event(liteLlm, { specversion: '0.3' }),
      'UNSUPPORTED_SPECVERSION',
      '$.specversion',
    ],
    ['no data', event(null), 'INVALID_DATA', '$.data'],
    ['data that is no object', event([1]), 'INVALID_DATA', '$.data'],
    ['an unknown kind', event({ tokens: 5, type: 'thought' }), 'INVALID_VALUE', '$.data.type'],
    [
      'a count that is none',
      event({ tokens: -5, type: 'input' }),
      'NEGATIVE_QUANTITY',
      '$.data.tokens',
    ],
    [
      'a count with a fraction',
      event({ ...liteLlm, prompt_tokens: 1.5 }),
      'NOT_INTEGER',
      '$.data.prompt_tokens',
    ],
  ])('is refused with %s', (_, ...[value, code, path]) => {
    expect(refusalOf(value)).toEqual([code, path]);
  });
});
