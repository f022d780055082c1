/** A body in each dialect, as providers send them; the counts of three are recorded ones. */
const bodies: Readonly<Record<string, object>> = {
  'openai-chat': {
    ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1_781_517_600 },
    ...{ model: 'gpt-5.2-2025-12-11', service_tier: 'default', system_fingerprint: 'fp_1' },
    choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
    usage: {
      ...{ prompt_tokens: 2_000, completion_tokens: 500, total_tokens: 2_500 },
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 200, accepted_prediction_tokens: 0 },
    },
  },
  'openai-responses': {
    ...{ id: 'resp_1', object: 'response', created_at: 1_781_517_600, status: 'completed' },
    ...{ model: 'gpt-5-2025-08-07', service_tier: 'flex', output: [] },
    usage: {
      ...{ input_tokens: 23, output_tokens: 2_211, total_tokens: 2_234 },
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 1_920 },
    },
  },
  anthropic: {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5-20250929' },
    ...{ content: [], stop_reason: 'end_turn' },
    usage: {
      cache_creation: { ephemeral_1h_input_tokens: 20, ephemeral_5m_input_tokens: 50 },
      ...{ cache_creation_input_tokens: 70, cache_read_input_tokens: 300 },
      ...{ input_tokens: 51, output_tokens: 161, service_tier: 'standard' },
      output_tokens_details: { thinking_tokens: 104 },
    },
  },
  deepseek: {
    ...{
      id: 'ds-1',
      object: 'chat.completion',
      created: 1_781_517_600,
      model: 'deepseek-v4-flash',
    },
    choices: [{ finish_reason: 'stop' }],
    usage: {
      ...{ prompt_tokens: 102_056, completion_tokens: 252, total_tokens: 102_308 },
      ...{ prompt_cache_hit_tokens: 94_464, prompt_cache_miss_tokens: 7_592 },
      prompt_tokens_details: { cached_tokens: 94_464 },
      completion_tokens_details: { reasoning_tokens: 44 },
      cached_tokens: 94_464,
    },
  },
  qwen: {
    ...{ status_code: 200, request_id: 'a360d53b-b993-927f-9a68-bef6b2b2042e', code: '' },
    output: { finish_reason: null, choices: [{ finish_reason: 'stop', message: {} }] },
    usage: { output_tokens: 27, input_tokens: 1_279, image_tokens: 1_247 },
  },
  gemini: {
    ...{
      responseId: 'gem-1',
      modelVersion: 'gemini-2.5-flash',
      createTime: '2026-06-15T10:00:00Z',
    },
    candidates: [{ content: {}, finishReason: 'STOP' }],
    usageMetadata: {
      cacheTokensDetails: [
        { modality: 'IMAGE', tokenCount: 143 },
        { modality: 'TEXT', tokenCount: 48 },
      ],
      ...{ cachedContentTokenCount: 191, candidatesTokenCount: 70, promptTokenCount: 345 },
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 87 },
        { modality: 'IMAGE', tokenCount: 258 },
      ],
      ...{ thoughtsTokenCount: 98, totalTokenCount: 513, trafficType: 'ON_DEMAND' },
    },
  },
};

export const bodyOf = (dialect: string): object => {
  const body = bodies[dialect];
  if (body === undefined) throw new Error(`No body in ${dialect}.`);
  return body;
};

/** Their disjoint kinds, taken apart by hand. */
export const kindsOfBodies: Readonly<Record<string, Readonly<Record<string, bigint>>>> = {
  'openai-chat': { input: 2_000n, output: 300n, reasoning: 200n },
  'openai-responses': { input: 23n, output: 291n, reasoning: 1_920n },
  anthropic: { input: 51n, cached_input: 300n, cache_write: 70n, output: 57n, reasoning: 104n },
  deepseek: { input: 7_592n, cached_input: 94_464n, output: 208n, reasoning: 44n },
  qwen: { input: 32n, output: 27n, image_input: 1_247n },
  gemini: { input: 39n, cached_input: 191n, output: 70n, reasoning: 98n, image_input: 115n },
};
