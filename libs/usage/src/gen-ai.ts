/**
 * A span or a log record of a GenAI call, read as a foreign call.
 *
 * Owns        what is usage and what only repeats it, and how attributes become kinds.
 * Units       nanoseconds since the epoch, as tracers count
 * Invariant   a record without usage is none of ours: ignored, never refused. A record whose usage
 *             another one repeats is counted once. What is counted wrong is refused, never clamped.
 *             A span and a log record of one call in one context are one event; calls whose log
 *             records stand in one span (a server's) are not.
 * Rejections  OPERATION_UNKNOWN, INVALID_VALUE, FIELD_REQUIRED, INCONSISTENT_COUNTS, those of
 *             ./quantity; through ./foreign-call those of admission
 * Source      OpenTelemetry GenAI semantic conventions; docs/adr/0015-genai-spans.md; ruling R22
 */
import { formatInstant } from '@suanpan/calendar';
import type { ForeignCall, ForeignPaths } from './foreign-call.js';
import {
  aggregateOperations,
  genAiNames,
  inferenceOperations,
  subjectAttributes,
  type GenAiName,
} from './gen-ai-names.js';
import { disjointKinds, mayOverlap, type Kinds } from './kinds.js';
import { quantityOf } from './quantity.js';
import { Findings, shown, type Refusal } from './refusals.js';
import { textProblem } from './text.js';

/** A list, a map or bytes is `null`: no attribute that is read here is one. */
export type AttributeValue = string | bigint | number | boolean | null;
export type Attributes = ReadonlyMap<string, AttributeValue>;

export interface GenAiRecord {
  /** Lower-case hexadecimal; empty: none. */
  readonly traceId: string;
  readonly spanId: string;
  /** 0: not said. */
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  /** The span's status. */
  readonly failed: boolean;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  /** An attribute that is read here and stands twice; null: none. */
  readonly repeated: string | null;
}

export type GenAiReading =
  | { readonly ignored: 'no usage' | 'aggregate' }
  | { readonly refused: Refusal }
  | { readonly call: ForeignCall };

const usageNames: readonly GenAiName[] = [
  ...(['input', 'output', 'total', 'cached', 'cacheWrite', 'reasoning'] as const),
  ...(['audioInput', 'audioOutput', 'imageInput'] as const),
];

const NANOS_PER_MICRO = 1_000n;
const NANOS_PER_MILLI = 1_000_000n;
const ID = /^[0-9a-f]+$/;
const NONE = /^0+$/;

/** A short text for a long one, another for another: libs/usage hashes nothing itself. */
export type Digest = (text: string) => string;

/** Where the subject stands, and what a response id is in an id that it is too long for. */
export interface GenAiRules {
  readonly subjects: readonly string[];
  readonly digest: Digest;
}

/** The call that a record tells, or that it tells none. */
export const readGenAi = (
  record: GenAiRecord,
  { subjects = subjectAttributes, digest = (text) => text }: Partial<GenAiRules> = {},
): GenAiReading => {
  const said = new Said(record);
  if (!usageNames.some((name) => said.has(name))) return { ignored: 'no usage' };
  const operation = said.text('operation');
  if (operation !== null && aggregateOperations.has(operation)) return { ignored: 'aggregate' };
  if (record.repeated !== null) {
    said.refuse('INVALID_VALUE', record.repeated, 'The attribute stands twice.');
  }
  checkOperation(operation, said);
  const { kinds, overlap } = readKinds(said, { operation, failed: isFailed(said) });
  const id = idOf(said, digest);
  const call = toCall(said, { id, kinds, overlap, subject: subjectOf(record, subjects) });
  return said.findings.first === null ? { call } : { refused: said.findings.first };
};

/** What a record says under any of the names of a thing. */
class Said {
  readonly findings = new Findings();

  constructor(readonly record: GenAiRecord) {}

  refuse(code: Refusal['code'], name: string, detail: string): void {
    this.findings.refuse(code, attributePath(name), detail);
  }

  has(name: GenAiName): boolean {
    return this.nameOf(name) !== null;
  }

  /** The name that is used, today's first. */
  nameOf(name: GenAiName): string | null {
    return genAiNames[name].find((one) => this.record.attributes.has(one)) ?? null;
  }

  value(name: GenAiName): AttributeValue {
    const used = this.nameOf(name);
    if (used === null) return null;
    return this.record.attributes.get(used) ?? null;
  }

  text(name: GenAiName): string | null {
    const value = this.value(name);
    return typeof value === 'string' ? value : null;
  }

  count(name: GenAiName): bigint | null {
    const value = this.value(name);
    const used = this.nameOf(name);
    if (used === null) return null;
    this.checkOtherNames(name, value);
    const quantity = quantityOf(typeof value === 'bigint' ? value.toString() : value);
    if (typeof quantity === 'bigint') return quantity;
    this.refuse(quantity.code, used, quantity.detail);
    return 0n;
  }

  /** Two names of one count, during a change of names, say the same or nothing certain. */
  private checkOtherNames(name: GenAiName, value: AttributeValue): void {
    for (const other of genAiNames[name]) {
      const again = this.record.attributes.get(other);
      if (again === undefined || String(again) === String(value)) continue;
      this.refuse('INCONSISTENT_COUNTS', other, `${shown(again)} is not ${shown(value)}.`);
    }
  }
}

const attributePath = (name: string): string => `$.attributes[${JSON.stringify(name)}]`;

/**
 * Before it had a name for the operation, OpenTelemetry called the counts prompt and completion, and
 * only inferences had them. Under today's names a record without an operation may be anything.
 */
const checkOperation = (operation: string | null, said: Said): void => {
  if (operation !== null && inferenceOperations.has(operation)) return;
  const isOld = operation === null && !said.has('operation') && usesOldNames(said);
  if (isOld) return;
  const detail = `${shown(operation ?? undefined)} is no operation that is known to be one call.`;
  said.refuse('OPERATION_UNKNOWN', genAiNames.operation[0], detail);
};

const usesOldNames = (said: Said): boolean => {
  const name = said.nameOf('input') ?? said.nameOf('output');
  return name !== null && name !== genAiNames.input[0] && name !== genAiNames.output[0];
};

const isFailed = ({ record }: Said): boolean =>
  record.failed || genAiNames.error.some((name) => record.attributes.has(name));

const EMBEDDINGS: readonly (string | null)[] = ['embeddings', 'embedding'];

const readKinds = (
  said: Said,
  { operation, failed }: { readonly operation: string | null; readonly failed: boolean },
): { readonly kinds: Kinds; readonly overlap: boolean } => {
  const prompt = requiredCount(said, 'input', failed);
  const completion = requiredCount(said, 'output', failed || EMBEDDINGS.includes(operation));
  partsWithin(said, ['textInput', 'videoInput'], prompt);
  partsWithin(said, ['textOutput'], completion);
  const counts = {
    ...{ prompt, completion, total: said.count('total') },
    cached: said.count('cached') ?? 0n,
    cacheWrite: said.count('cacheWrite') ?? 0n,
    audioInput: said.count('audioInput') ?? 0n,
    imageInput: said.count('imageInput') ?? 0n,
    reasoning: said.count('reasoning') ?? 0n,
    audioOutput: said.count('audioOutput') ?? 0n,
  };
  const outcome = disjointKinds(counts);
  if ('kinds' in outcome) return { kinds: outcome.kinds, overlap: mayOverlap(counts) };
  said.refuse(outcome.problem.code, genAiNames.input[0], outcome.problem.detail);
  return { kinds: {}, overlap: false };
};

/** A call that failed may have no answer, an embedding never has: there 0 is what is meant. */
const requiredCount = (said: Said, name: 'input' | 'output', mayLack: boolean): bigint => {
  const count = said.count(name);
  if (count !== null) return count;
  if (!mayLack) said.refuse('FIELD_REQUIRED', genAiNames[name][0], 'The count is missing.');
  return 0n;
};

const partsWithin = (said: Said, names: readonly GenAiName[], whole: bigint): void => {
  for (const name of names) {
    const part = said.count(name);
    if (part === null || part <= whole) continue;
    const detail = `${part} is more than the whole, ${whole}.`;
    said.refuse('INCONSISTENT_COUNTS', said.nameOf(name) ?? '', detail);
  }
};

interface Subject {
  readonly value: AttributeValue;
  readonly path: string;
}

const subjectOf = ({ attributes, resource }: GenAiRecord, names: readonly string[]): Subject => {
  const own = names.find((name) => attributes.has(name));
  if (own !== undefined) return { value: attributes.get(own) ?? null, path: attributePath(own) };
  const shared = names.find((name) => resource.has(name));
  const value = shared === undefined ? null : (resource.get(shared) ?? null);
  return { value, path: `$.resource${attributePath(shared ?? names[0] ?? '').slice(1)}` };
};

interface Read {
  readonly id: string | null;
  readonly kinds: Kinds;
  /** Cached tokens may be audio and image tokens too. */
  readonly overlap: boolean;
  readonly subject: Subject;
}

const toCall = (said: Said, { id, kinds, overlap, subject }: Read): ForeignCall => {
  const { record } = said;
  const requested = said.value('requestModel');
  const served = said.value('responseModel');
  return {
    id,
    responseId: said.value('responseId'),
    source: inherited(said, 'ownSource'),
    time: record.endNanos === 0n ? null : formatInstant(record.endNanos / NANOS_PER_MICRO),
    subject: wireValue(subject.value),
    model: wireValue(requested ?? served),
    modelServed: requested === null ? null : wireValue(served),
    kinds,
    kindsIncomplete: overlap || isSum(said),
    data: dataOf(said),
    extensions: {},
    paths: { ...PATHS, '$.subject': subject.path },
  };
};

const path = (name: GenAiName): string => attributePath(genAiNames[name][0]);

const PATHS: ForeignPaths = {
  '$.id': '$.spanId',
  '$.time': '$.endTimeUnixNano',
  '$.source': path('ownSource'),
  '$.data.model': path('requestModel'),
  '$.data.modelServed': path('responseModel'),
  '$.data.tokens': path('input'),
  '$.data.contract': path('ownContract'),
  '$.data.buyer': path('ownBuyer'),
  '$.data.authorization': path('ownAuthorization'),
};

/** The old names knew no parts: what is told under them, and without any part, may hold some. */
const isSum = (said: Said): boolean =>
  usesOldNames(said) && !(['cached', 'cacheWrite', 'reasoning'] as const).some((n) => said.has(n));

const dataOf = (said: Said): ForeignCall['data'] => {
  const { startNanos, endNanos } = said.record;
  const provider = goodText(said.value('provider'));
  const contract = inherited(said, 'ownContract');
  const buyer = inherited(said, 'ownBuyer');
  const isTimed = startNanos > 0n && endNanos >= startNanos;
  return {
    // Absent, not null: what is named here goes before the mapping's.
    ...(contract !== null && { contract }),
    ...(buyer !== null && { buyer }),
    authorization: inherited(said, 'ownAuthorization'),
    session: goodText(said.value('session')),
    serviceTier: goodText(said.value('serviceTier')),
    upstreamRequestId: goodText(said.value('responseId')),
    ...(isTimed && { latencyMs: ((endNanos - startNanos) / NANOS_PER_MILLI).toString() }),
    ...(isFailed(said) && { outcome: 'failed' }),
    ...(provider !== null && { metadata: { provider } }),
  };
};

/** Of the record, else of the resource it comes from. */
const inherited = (said: Said, name: GenAiName): unknown => {
  const [only] = genAiNames[name];
  return wireValue(said.value(name) ?? said.record.resource.get(only) ?? null);
};

/** What is no text of ours says nothing to us, and is no reason to refuse a foreign call (R20). */
const goodText = (value: AttributeValue): string | null =>
  typeof value === 'string' && textProblem(value, 'INVALID_TEXT') === null ? value : null;

/** A number stands in no field of text: admission says so of what JSON could have held. */
const wireValue = (value: AttributeValue): unknown =>
  typeof value === 'bigint' ? Number(value) : value;

/** With the two ids of the context it stays within the length of an event's id. */
const RESPONSE_ID_MAX = 200;

/** The response of a log record, as part of an id; null: it names none. */
const responseOf = (said: Said, digest: Digest): string | null => {
  const value = said.value('responseId');
  const text = typeof value === 'bigint' ? value.toString() : value;
  if (typeof text !== 'string' || text === '') return null;
  return text.length <= RESPONSE_ID_MAX && goodText(text) !== null ? text : digest(text);
};

/** A span's context is its own; of the log records within one, the response tells them apart. */
const idOf = (said: Said, digest: Digest): string | null => {
  const context = contextOf(said.record);
  const response = responseOf(said, digest);
  return context === null || response === null ? context : `${context}-${response}`;
};

/** Two texts of fixed length: no two spans have the same context. */
const contextOf = ({ traceId, spanId }: GenAiRecord): string | null => {
  const isTrace = traceId.length === 32 && ID.test(traceId) && !NONE.test(traceId);
  const isSpan = spanId.length === 16 && ID.test(spanId) && !NONE.test(spanId);
  return isTrace && isSpan ? `${traceId}-${spanId}` : null;
};
