/**
 * Scene A1 as the bodies of providers, each in its own words.
 *
 * Shape       an envelope with what the provider does not know (id, source, time, contract, buyer,
 *             authorization), and the whole response.
 * Source      docs/dialects.md, which names each provider's reference
 */
import { ACCOUNT, authorizationOf, disjoint, portions, type Call } from './a1-calls.js';
import { post, toldOf, type Centre, type Told } from './a1-centre.js';
import { SOURCE } from './scene-a.js';

type Body = (call: Call) => object;

const epochSeconds = ({ time }: Call): number => Math.floor(Date.parse(time) / 1_000);
const totalOf = ({ prompt, completion }: Call): number => prompt + completion;

const chat = (call: Call, usage: object): object => ({
  ...{ id: `chatcmpl-${call.id}`, object: 'chat.completion', created: epochSeconds(call) },
  model: call.model,
  choices: [{ index: 0, finish_reason: 'stop' }],
  usage: {
    ...{ prompt_tokens: call.prompt, completion_tokens: call.completion },
    total_tokens: totalOf(call),
    completion_tokens_details: { reasoning_tokens: call.reasoning },
    ...usage,
  },
});

/** A provider cannot say fewer than none: the hits of c8 alone exceed its prompt. */
const missed = ({ prompt, cached }: Call): number => Math.max(0, prompt - cached);

const bodies = {
  'openai-chat': (call) => chat(call, { prompt_tokens_details: { cached_tokens: call.cached } }),
  'openai-responses': (call) => ({
    ...{ id: `resp_${call.id}`, object: 'response', created_at: epochSeconds(call) },
    ...{ model: call.model, status: 'completed' },
    usage: {
      ...{ input_tokens: call.prompt, output_tokens: call.completion },
      total_tokens: totalOf(call),
      input_tokens_details: { cached_tokens: call.cached },
      output_tokens_details: { reasoning_tokens: call.reasoning },
    },
  }),
  // Cached tokens lie beside the input here, so that c8 can only be said as an input of −1.
  anthropic: (call) => ({
    ...{ id: `msg_${call.id}`, type: 'message', role: 'assistant', model: call.model },
    stop_reason: 'end_turn',
    usage: {
      ...{ input_tokens: disjoint(call).input, cache_read_input_tokens: call.cached },
      output_tokens: call.completion,
      output_tokens_details: { thinking_tokens: call.reasoning },
    },
  }),
  deepseek: (call) =>
    chat(call, {
      prompt_cache_hit_tokens: call.cached,
      prompt_cache_miss_tokens: missed(call),
    }),
  qwen: (call) => ({
    request_id: `req-${call.id}`,
    output: { choices: [{ finish_reason: 'stop' }] },
    usage: {
      ...{ input_tokens: call.prompt, output_tokens: call.completion },
      total_tokens: totalOf(call),
      prompt_tokens_details: { cached_tokens: call.cached },
      output_tokens_details: { reasoning_tokens: call.reasoning },
    },
  }),
  gemini: (call) => ({
    ...{ responseId: `gem-${call.id}`, modelVersion: call.model, createTime: call.time },
    candidates: [{ finishReason: 'STOP' }],
    usageMetadata: {
      ...{ promptTokenCount: call.prompt, cachedContentTokenCount: call.cached },
      candidatesTokenCount: disjoint(call).output,
      thoughtsTokenCount: call.reasoning,
      totalTokenCount: totalOf(call),
    },
  }),
} satisfies Readonly<Record<string, Body>>;

export type DialectName = keyof typeof bodies;

const envelopeOf = (call: Call, body: Body): object => ({
  ...{ id: call.id, source: SOURCE, time: call.time, model: call.model },
  ...{ ...ACCOUNT, ...authorizationOf(call) },
  response: body(call),
});

/** Batches of bodies of one provider. */
export const offerDialect =
  (name: DialectName) =>
  async (centre: Centre): Promise<Told> => {
    const door = { path: `/v1/usage/${name}`, type: 'application/json', answers: [202] };
    const posted = [];
    for (const portion of portions) {
      const body = JSON.stringify(portion.map((call) => envelopeOf(call, bodies[name])));
      posted.push(await post(centre, { ...door, body }));
    }
    return toldOf(posted);
  };
