/**
 * The names under which a tracer tells a GenAI call: current, deprecated, and those of the
 * instrumentation that most gateways carry.
 *
 * Invariant   the first name of a list is today's; the others say the same.
 * Source      OpenTelemetry semantic-conventions-genai, docs/registry/attributes/gen-ai.md;
 *             semantic-conventions, model/gen-ai/deprecated/registry-deprecated.yaml;
 *             OpenLLMetry (traceloop), opentelemetry-semantic-conventions-ai
 */
export const genAiNames = {
  operation: ['gen_ai.operation.name', 'llm.request.type'],
  provider: ['gen_ai.provider.name', 'gen_ai.system'],
  requestModel: ['gen_ai.request.model'],
  responseModel: ['gen_ai.response.model'],
  responseId: ['gen_ai.response.id'],
  session: ['gen_ai.conversation.id'],
  serviceTier: ['openai.response.service_tier', 'gen_ai.openai.response.service_tier'],
  input: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.usage.prompt_tokens'],
  output: [
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'llm.usage.completion_tokens',
  ],
  total: ['gen_ai.usage.total_tokens', 'llm.usage.total_tokens'],
  cached: ['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens'],
  cacheWrite: [
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
  ],
  reasoning: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'llm.usage.reasoning_tokens',
  ],
  audioInput: ['gen_ai.usage.audio.input_tokens'],
  audioOutput: ['gen_ai.usage.audio.output_tokens'],
  imageInput: ['gen_ai.usage.image.input_tokens'],
  /** Parts that are no kind of ours; what they say must still fit. */
  textInput: ['gen_ai.usage.text.input_tokens'],
  videoInput: ['gen_ai.usage.video.input_tokens'],
  textOutput: ['gen_ai.usage.text.output_tokens'],
  error: ['error.type'],
  /** What the conventions have no name for. */
  ownSource: ['suanpan.source'],
  ownContract: ['suanpan.contract'],
  ownBuyer: ['suanpan.buyer'],
  ownAuthorization: ['suanpan.authorization'],
} as const;

export type GenAiName = keyof typeof genAiNames;

/** Where the subject is looked for, in this order, on the span and then on its resource. */
export const subjectAttributes: readonly string[] = ['suanpan.subject', 'user.id', 'enduser.id'];

/** Everything that is read of a span; the rest, prompts among it, is not even decoded. */
export const genAiAttributes: ReadonlySet<string> = new Set(Object.values(genAiNames).flat());

/** One inference each: what is metered. Deprecated values of `llm.request.type` beside ours. */
export const inferenceOperations: ReadonlySet<string> = new Set([
  ...['chat', 'text_completion', 'generate_content', 'embeddings'],
  ...['completion', 'embedding'],
]);

/** These repeat what their children counted, or count nothing. */
export const aggregateOperations: ReadonlySet<string> = new Set([
  ...['invoke_agent', 'create_agent', 'invoke_workflow', 'execute_tool', 'retrieval'],
]);
