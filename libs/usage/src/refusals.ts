/**
 * Why the door did not accept an event: stable codes, a path into the event, words for a person.
 *
 * Invariant   a code never changes its meaning; the first thing found is the one that is answered.
 * Source      reliability.md 12-A, 12-B; requirements.md N7; rulings R1, R20
 */
export const refusalCodes = {
  INVALID_EVENT: 'The item is no JSON object.',
  UNSUPPORTED_SPECVERSION: 'specversion is not 1.0.',
  INVALID_TYPE: 'type is none of suanpan.usage.v1, .correct.v1 and .void.v1.',
  INVALID_SOURCE: 'source is missing, too long, or holds what is no text.',
  SOURCE_NOT_ALLOWED: 'The credential may not use this source.',
  INVALID_EVENT_ID: 'id is missing, empty, too long, or holds what is no text.',
  NOT_NFC: 'A text is not in Unicode normalisation form C.',
  INVALID_TEXT: 'A field is no text, is empty, too long, or holds control characters.',
  INVALID_TIME: 'time is missing or no RFC 3339 time with a zone.',
  FUTURE_EVENT: 'time is further ahead than clocks may differ.',
  TOO_OLD: 'time is further back than the late limit, and the credential may not backfill.',
  INVALID_CONTENT_TYPE: 'datacontenttype is not JSON.',
  INVALID_EXTENSION: 'An extension attribute has a name or a value that CloudEvents does not know.',
  EXTENSION_LIMIT: 'The extension attributes are too many or too long.',
  INVALID_DATA: 'data is missing or no JSON object.',
  UNKNOWN_FIELD: 'data holds a field that is not of the event type.',
  FORBIDDEN_KEY: 'A key that could change every object: __proto__, constructor, prototype.',
  FIELD_REQUIRED: 'A field that every event needs is missing.',
  MODEL_REQUIRED: 'model is missing: tokens of two models are never the same thing.',
  TENANT_MISMATCH: 'An attribute names another tenant than the credential’s.',
  CONTRACT_NOT_ALLOWED: 'The credential may not name this contract.',
  CENTRE_MISMATCH: 'The centre is unknown, suspended, or not the credential’s.',
  TOKENS_OR_USAGE: 'data needs exactly one of tokens and usage, with something counted.',
  NEGATIVE_QUANTITY: 'A count is below zero.',
  NOT_INTEGER: 'A count is no whole number.',
  QUANTITY_LIMIT: 'A count is over 10^18, or over 2^53 - 1 and not sent as a string.',
  INCONSISTENT_COUNTS: 'The counts contradict each other.',
  INVALID_COUNTRY: 'A country is no ISO 3166-1 alpha-2 code.',
  INVALID_VALUE: 'A field holds a value that is not on its list.',
  INVALID_CORRECTION:
    'A correction names the call’s id and a revision from 1; a call names neither.',
  METADATA_LIMIT: 'metadata is too large, too deep, or holds something that is no text.',
} as const;

/** Of what comes in another form than our own event. */
export const foreignRefusalCodes = {
  SUBJECT_UNKNOWN: 'The subject has no contract: the centre’s mapping does not name it.',
  USAGE_MISSING: 'The provider’s body has no usage: nothing was counted, and nothing is guessed.',
  INVALID_BODY: 'The provider’s body is of no shape that the dialect knows.',
  KINDS_INCOMPLETE: 'The counts cannot be told apart by kind, and the mapping refuses such events.',
  OPERATION_UNKNOWN: 'The span has usage, but its operation is not known to be one call.',
} as const;

export type RefusalCode = keyof typeof refusalCodes | keyof typeof foreignRefusalCodes;

const meanings: Readonly<Record<RefusalCode, string>> = { ...refusalCodes, ...foreignRefusalCodes };

export interface Refusal {
  readonly code: RefusalCode;
  /** JSONPath from the event's root, such as `$.data.tokens.input`. */
  readonly path: string;
  readonly detail: string;
}

/** What is wrong with one value, before its place is known. */
export type Problem = Omit<Refusal, 'path'>;

export const isProblem = (value: object): value is Problem => 'code' in value;

/** Keeps the first refusal. Thrown errors would cost more than the check of a whole event. */
export class Findings {
  first: Refusal | null = null;

  refuse(code: RefusalCode, path: string, detail: string): void {
    this.first ??= { code, path, detail };
  }
}

const SHOWN_MAX = 40;

/** A value as it may stand in a detail: short, on one line. */
export const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_MAX));
  if (value === undefined) return 'nothing';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};

/** A longer key is cut: a path goes into answers and records, and may not grow with the event. */
const STEP_MAX = 256;

/** A step of a JSONPath; keys that are no plain names are quoted. */
export const step = (path: string, key: string): string =>
  key.length <= STEP_MAX && /^[A-Za-z_]\w*$/.test(key)
    ? `${path}.${key}`
    : `${path}[${shown(key)}]`;

const FOREIGN: ReadonlySet<string> = new Set<RefusalCode>([
  'UNKNOWN_FIELD',
  'FORBIDDEN_KEY',
  'INVALID_EXTENSION',
  'EXTENSION_LIMIT',
  'METADATA_LIMIT',
]);

/**
 * What may be kept in clear of a refusal (R23): the sender's own words, its values and the names of
 * its own fields, stand only in the sealed bytes and in the answer.
 */
export const withoutPayload = ({
  code,
  path,
  detail,
}: {
  readonly code: string;
  readonly path: string;
  readonly detail: string;
}): { readonly code: string; readonly path: string; readonly detail: string } => ({
  code,
  path: FOREIGN.has(code) ? path.replace(/(?:\.\w+|\[.*\])$/s, '') : path,
  detail: Object.hasOwn(meanings, code) ? meanings[code as RefusalCode] : detail,
});
