/**
 * Follows one model call from its first chunk to its end, and says what is known of its usage.
 *
 * Invariant   a call that ended early is never silent and never shown as whole: its outcome is `cut`
 *             or `failed`, its finality `provisional`, and `kindsIncomplete` stands.
 * Source      known-faults rows 24 (new-api#5288) and 25 (sub2api#2168); ruling R24
 */
import { isObject, saidBy, wordOf } from './openai-usage.js';
import type { Json, Said } from './openai-usage.js';
import type { CallContext, Outcome, ProviderUsage, Tokens, UsageRecord } from './usage-record.js';

/** What went by of a call whose usage was never told. */
export interface Seen {
  readonly chunks: number;
  /** Of text that the model made, in UTF-16 units. */
  readonly characters: number;
  /** Whether the model had come to its end. */
  readonly finished: boolean;
}

export interface OpenAiContext extends CallContext {
  /** The model as ordered; the response's own name, when not given. */
  readonly model?: string;
  /** The signal that cuts the call. */
  readonly signal?: AbortSignal;
  /** How long to wait for the usage after a consumer has left at the end of the answer. */
  readonly drainMs?: number;
  /** Counts for a call whose usage was never told, by your own tokenizer; marked provisional. */
  readonly estimate?: (seen: Seen) => Tokens;
}

const METADATA_KEYS_MAX = 62;
const NOTHING: Tokens = { input: 0, output: 0 };
const LAST_EVENTS = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
]);
const UNFINISHED: Readonly<Record<string, Outcome>> = { failed: 'failed', cancelled: 'cut' };

const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);

const charactersOf = (chunk: Json, choices: readonly unknown[]): number => {
  let characters = lengthOf(chunk['delta']);
  for (const choice of choices) {
    if (!isObject(choice)) continue;
    characters += lengthOf(choice['text']);
    const delta = isObject(choice['delta']) ? choice['delta'] : {};
    characters += lengthOf(delta['content']) + lengthOf(delta['reasoning_content']);
  }
  return characters;
};

/** A chunk that tells the usage and nothing of an answer ends a stream. */
const isUsageAlone = ({ choices }: Json, { usage }: Said): boolean =>
  usage !== null && Array.isArray(choices) && choices.length === 0;

export class CallWatch {
  #usage: ProviderUsage | null = null;
  #model: string | undefined;
  #id: string | undefined;
  #serviceTier: string | undefined;
  #broken: Outcome | undefined;
  /** The last event of the Responses API has come, or the usage alone, which ends a stream. */
  #ended = false;
  readonly #choices = new Set<number>();
  readonly #stopped = new Set<number>();
  #chunks = 0;
  #characters = 0;

  constructor(private readonly context: OpenAiContext) {}

  get seen(): Seen {
    return { chunks: this.#chunks, characters: this.#characters, finished: this.#finished };
  }

  /** Every choice that was seen has come to its end. */
  get #finished(): boolean {
    return this.#ended || (this.#stopped.size > 0 && !this.#isOpen);
  }

  get #isOpen(): boolean {
    return !this.#ended && this.#stopped.size < this.#choices.size;
  }

  /** True when the answer is at its end and only the usage is still to come. */
  get awaitsUsage(): boolean {
    return this.#finished && this.#usage === null;
  }

  /** Reads a chunk, an event of the Responses API, or a whole response. Never throws. */
  see(chunk: unknown): void {
    if (!isObject(chunk)) return;
    this.#chunks += 1;
    const body = isObject(chunk['response']) ? chunk['response'] : chunk;
    const said = saidBy(body);
    this.#id ??= said.id;
    this.#model = said.model ?? this.#model;
    this.#serviceTier = said.serviceTier ?? this.#serviceTier;
    // Counts of a stream are cumulative: the last ones stand.
    this.#usage = said.usage ?? this.#usage;
    const choices: readonly unknown[] = Array.isArray(chunk['choices']) ? chunk['choices'] : [];
    this.#characters += charactersOf(chunk, choices);
    if (isUsageAlone(chunk, said)) this.#ended = true;
    this.#see(chunk, body, choices);
  }

  /** The record of the call, which has ended so; without the caller's estimate where it failed. */
  record(ended: Outcome, estimated = true): UsageRecord {
    const { signal: _signal, drainMs: _drainMs, estimate: _estimate, ...said } = this.context;
    const outcome = this.#outcome(ended);
    const model = said.model ?? this.#model ?? 'unknown';
    const served = said.modelServed ?? this.#model;
    const upstreamRequestId = said.upstreamRequestId ?? this.#id;
    const serviceTier = said.serviceTier ?? this.#serviceTier;
    return {
      ...said,
      model,
      ...(served !== undefined && served !== model && { modelServed: served }),
      ...(upstreamRequestId !== undefined && { upstreamRequestId }),
      ...(serviceTier !== undefined && { serviceTier }),
      ...this.#counts(outcome, estimated),
      outcome,
    };
  }

  #see(chunk: Json, body: Json, choices: readonly unknown[]): void {
    const type = wordOf(chunk['type']) ?? '';
    if (LAST_EVENTS.has(type)) this.#ended = true;
    choices.filter(isObject).forEach((choice, place) => {
      const index = typeof choice['index'] === 'number' ? choice['index'] : place;
      this.#choices.add(index);
      if (typeof choice['finish_reason'] === 'string') this.#stopped.add(index);
    });
    if (isObject(chunk['error']) || type === 'error') this.#broken = 'failed';
    const status = wordOf(body['status']) ?? '';
    if (Object.hasOwn(UNFINISHED, status)) this.#broken = UNFINISHED[status];
  }

  #outcome(ended: Outcome): Outcome {
    if (this.#broken !== undefined) return this.#broken;
    if (this.#finished && this.#usage !== null) return 'complete';
    // Some clients end the iteration quietly when the connection breaks.
    // Counts that grow with each chunk are there at once: they say nothing of the end.
    if (ended === 'complete' && (this.#isOpen || (!this.#finished && this.#usage === null))) {
      return 'cut';
    }
    return ended;
  }

  #counts(outcome: Outcome, estimated: boolean): Partial<UsageRecord> {
    const usage = this.#usage;
    if (usage !== null && outcome === 'complete') return { usage, finality: 'final' };
    const incomplete = { kindsIncomplete: true, finality: 'provisional' } as const;
    if (usage !== null) return { usage, ...incomplete };
    const estimate = estimated ? this.context.estimate?.(this.seen) : undefined;
    return {
      tokens: estimate ?? NOTHING,
      metadata: this.#metadata(),
      ...incomplete,
    };
  }

  #metadata(): Readonly<Record<string, string>> {
    const own = this.context.metadata ?? {};
    if (Object.keys(own).length > METADATA_KEYS_MAX) return own;
    return {
      ...own,
      'sdk.chunks': String(this.#chunks),
      'sdk.characters': String(this.#characters),
    };
  }
}

/** What stands for a call while it runs: all that is left of it if the process dies. */
export const unfinished = (context: OpenAiContext): UsageRecord =>
  new CallWatch(context).record('cut', false);
