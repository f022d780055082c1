/**
 * An event as OpenMeter's clients send it, read as a foreign call.
 *
 * Shape       CloudEvents of any type but ours. `data` holds a usage of the OpenAI style, bare (as
 *             LiteLLM sends it) or under `usage`; or `tokens` of one `type` with its `model` (as in
 *             OpenMeter's own first example).
 * Invariant   an event that tells of no tokens is refused, never counted as zero. What is told only
 *             as a sum of kinds is flagged.
 * Rejections  UNSUPPORTED_SPECVERSION, INVALID_DATA, INVALID_VALUE, USAGE_MISSING, those of the
 *             dialect; through ./foreign-call those of admission
 * Source      OpenMeter API, POST /api/v1/events; LiteLLM, integrations/openmeter.py;
 *             docs/adr/0016-openmeter-door.md; rulings R20, R22
 */
import { builtInDialects, providerCall, type ProviderCall } from './dialects/index.js';
import { isJsonObject, type JsonObject } from './fields.js';
import type { Kinds, TokenKind } from './kinds.js';
import { tokenKinds } from './kinds.js';
import { quantityOf } from './quantity.js';
import { shown, type Problem } from './refusals.js';

const CONTEXT = new Set(
  'specversion type source id time subject datacontenttype dataschema data'.split(' '),
);

/** The words of OpenMeter's examples for the kinds; they know no parts. */
const SIDES: ReadonlyMap<unknown, TokenKind> = new Map<unknown, TokenKind>([
  ...(['input', 'prompt', 'system'] as const).map((word) => [word, 'input'] as const),
  ...(['output', 'completion'] as const).map((word) => [word, 'output'] as const),
]);
const KINDS: ReadonlySet<unknown> = new Set(tokenKinds);

/** The call that an event tells of, or why it tells of none. */
export const meterCall = (event: unknown): ProviderCall => {
  if (!isJsonObject(event)) return refused('INVALID_EVENT', '$', `${shown(event)} is no event.`);
  const { specversion, data } = event;
  if (specversion !== '1.0') {
    const detail = `${shown(specversion)} is not 1.0.`;
    return refused('UNSUPPORTED_SPECVERSION', '$.specversion', detail);
  }
  if (!isJsonObject(data)) {
    return refused('INVALID_DATA', '$.data', `${shown(data)} is no JSON object.`);
  }
  return isOfOneKind(data) ? oneKind(event, data) : ofUsage(event, data);
};

const refused = (code: Problem['code'], path: string, detail: string): ProviderCall => ({
  refused: { code, path, detail },
});

const isOfOneKind = (data: JsonObject): boolean =>
  Object.hasOwn(data, 'tokens') && !isJsonObject(data['tokens']) && !Object.hasOwn(data, 'usage');

/** What stands around the counts, the same in both forms. */
const around = ({ id, source, time, subject, ...rest }: JsonObject) => ({
  ...{ id: id ?? null, source: source ?? null, time: time ?? null, subject: subject ?? null },
  extensions: Object.fromEntries(Object.entries(rest).filter(([name]) => !CONTEXT.has(name))),
});

const oneKind = (event: JsonObject, data: JsonObject): ProviderCall => {
  const { type, tokens, model } = data;
  const side = SIDES.get(type);
  const kind = side ?? (KINDS.has(type) ? (type as TokenKind) : null);
  if (kind === null) {
    return refused('INVALID_VALUE', '$.data.type', `${shown(type)} is no kind of token.`);
  }
  const quantity = quantityOf(tokens);
  if (typeof quantity !== 'bigint') {
    return refused(quantity.code, '$.data.tokens', quantity.detail);
  }
  const kinds: Kinds = { [kind]: quantity };
  return {
    call: {
      ...around(event),
      ...{ responseId: null, model: model ?? null, modelServed: null, kinds },
      kindsIncomplete: side !== undefined,
      ...{ data: {}, paths: {} },
    },
  };
};

/** The dialects' own judgement of the counts; `$.data` is the body. */
const ofUsage = (event: JsonObject, data: JsonObject): ProviderCall => {
  const usage = isJsonObject(data['usage']) ? data['usage'] : data;
  const isResponses =
    Object.hasOwn(usage, 'input_tokens') && !Object.hasOwn(usage, 'prompt_tokens');
  const name = isResponses ? 'openai-responses' : 'openai-chat';
  const dialect = builtInDialects.get(name);
  if (dialect === undefined || !hasCounts(usage)) {
    const detail = 'data has no prompt_tokens, no input_tokens, no usage, and no tokens.';
    return refused('USAGE_MISSING', '$.data', detail);
  }
  return providerCall(dialect, {
    ...around(event),
    model: null,
    // Two sums and no parts: what was cached, and what was reasoned, is not told.
    data: hasParts(usage) ? {} : { kindsIncomplete: true },
    body: data,
    bodyPath: '$.data',
    paths: {},
  });
};

const hasCounts = (usage: JsonObject): boolean =>
  ['prompt_tokens', 'input_tokens'].some((name) => Object.hasOwn(usage, name));

const hasParts = (usage: JsonObject): boolean =>
  Object.keys(usage).some((name) => name.endsWith('_details') || name.includes('cache'));
