/**
 * Scene A1 as its calls: what each door says in words of its own.
 *
 * Shape       portions in the order in which they are offered: c2, its repeat and its conflict come in
 *             three, so that c2 is always the first.
 * Units       tokens as a provider overlaps them: cached ones inside the prompt, reasoning inside the
 *             completion
 * Source      scene A1 (./scene-a)
 */
import * as scene from './scene-a.js';

export type SceneEvent = ReturnType<typeof scene.event>;

interface Counts {
  readonly prompt: number;
  readonly cached: number;
  readonly completion: number;
  readonly reasoning: number;
}

export interface Call extends Counts {
  readonly id: string;
  readonly time: string;
  readonly model: string;
  /** Null: none is named, as by c6. */
  readonly authorization: string | null;
  /** The call as an event of our own. */
  readonly event: SceneEvent;
}

interface ProviderUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number };
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number };
}

const ofUsage = (usage: ProviderUsage): Counts => ({
  prompt: usage.prompt_tokens,
  cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
  completion: usage.completion_tokens,
  reasoning: usage.completion_tokens_details?.reasoning_tokens ?? 0,
});

const ofTokens = (tokens: Readonly<Record<string, number>>): Counts => {
  const { input = 0, cached_input: cached = 0, output = 0, reasoning = 0 } = tokens;
  return { prompt: input + cached, cached, completion: output + reasoning, reasoning };
};

const callOf = (event: SceneEvent): Call => {
  const { id, time, data } = event;
  const { model, tokens, usage } = data;
  const counts = tokens === undefined ? ofUsage(usage as ProviderUsage) : ofTokens(tokens);
  return { id, time, model, authorization: data.authorization ?? null, event, ...counts };
};

const { bulkP1, bulkP2, agent, c1, c2, c2Changed, c3, c4, c5, c6, c7, c8 } = scene;

export const portions: readonly (readonly Call[])[] = [
  bulkP1,
  bulkP2,
  [...agent, c1, c2, c3, c4, c5, c6, c7, c8],
  [c2],
  [c2Changed],
].map((events) => events.map(callOf));

export const allCalls: readonly Call[] = portions.flat();

/** The counts made disjoint by whoever counted: c8 then has an input of −1. */
export const disjoint = ({ prompt, cached, completion, reasoning }: Counts) => ({
  input: prompt - cached,
  cached_input: cached,
  output: completion - reasoning,
  reasoning,
});

/** What all calls have in common; `contract` and the like as our own events name them. */
export const ACCOUNT = { contract: scene.CONTRACT, buyer: scene.contractTerms.buyer };

/** Field by field, for a form in which an absent authorization is left out. */
export const authorizationOf = ({ authorization }: Call): { readonly authorization?: string } =>
  authorization === null ? {} : { authorization };
