/**
 * An OTLP request in JSON.
 *
 * Invariant   a 64-bit number is exact, written as a string or as a number. Names that are not looked
 *             for are ignored, as OTLP asks; a member of the wrong type is no OTLP request.
 * Rejections  EMPTY_BODY, MALFORMED_UTF8, MALFORMED_JSON, NESTING_LIMIT, DUPLICATE_KEY, FORBIDDEN_KEY,
 *             INVALID_ENVELOPE 400, BATCH_TOO_LARGE 413
 * Source      OTLP 1.x, "JSON Protobuf Encoding": ids are hexadecimal, enums are numbers
 */
import { Malformed } from '@suanpan/event-sourcing';
import { decodeUtf8, HttpProblem, parseJsonText, scanJson } from '@suanpan/platform-http';
import type { AttributeValue, GenAiRecord } from '@suanpan/usage';
import { parse } from 'lossless-json';
import { toNumber } from '../events/exact-json.js';
import { ITEM_DEPTH_MAX } from '../events/limits.js';
import { checkValues } from '../events/read-items.js';
import { countMembers } from '../events/walk.js';
import { NODES_MAX, STATUS_ERROR } from './signals.js';
import type { Reading } from './signals.js';

type Json = Readonly<Record<string, unknown>>;

const UINT64_MAX = 2n ** 64n - 1n;
const INTEGER = /^-?\d{1,20}$/;

/** Gives every record of the request to `take`. */
export const readJson = (
  bytes: Buffer,
  reading: Reading,
  take: (record: GenAiRecord) => void,
): void => {
  const { json } = reading.shape;
  const nodes = new NodeCount();
  const root = objectOf(parsed(bytes), '$');
  for (const resourceNode of nodes.list(root, json.resources)) {
    const resource = attributesOf(objectOf(resourceNode['resource'] ?? {}, 'resource'), reading);
    for (const scope of nodes.list(resourceNode, json.scopes)) {
      for (const record of nodes.list(scope, json.records)) {
        take(recordOf(record, resource, reading));
      }
    }
  }
};

/** A whole number that a double would change is a bigint; a fraction that it would hide is NaN. */
const exactNumber = (literal: string): unknown =>
  INTEGER.test(literal) ? safeOrBig(BigInt(literal)) : toNumber(literal);

const safeOrBig = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

const parsed = (bytes: Buffer): unknown => {
  const scan = scanJson(bytes);
  if (scan.elements.length === 0 && !scan.isArray) {
    throw new Malformed('EMPTY_BODY', 'The body is empty.');
  }
  if (scan.depth > ITEM_DEPTH_MAX) {
    throw new Malformed('NESTING_LIMIT', `The body is nested deeper than ${ITEM_DEPTH_MAX}.`);
  }
  checkValues(scan.values);
  const text = decodeUtf8(bytes);
  const value = parseJsonText(text);
  if (countMembers(value) !== scan.members) {
    throw new Malformed('DUPLICATE_KEY', 'A key stands twice in one object.');
  }
  return scan.inexact ? parse(text, undefined, exactNumber) : value;
};

const noRequest = (what: string): Malformed =>
  new Malformed('INVALID_ENVELOPE', `The body is no OTLP request: ${what} is not what it must be.`);

const objectOf = (value: unknown, what: string): Json => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw noRequest(what);
  return value as Json;
};

const listAt = (node: Json, name: string): readonly unknown[] => {
  const list = node[name] ?? [];
  if (!Array.isArray(list)) throw noRequest(name);
  return list;
};

class NodeCount {
  private nodes = 0;

  list(node: Json, name: string): readonly Json[] {
    const list = listAt(node, name);
    this.nodes += list.length;
    if (this.nodes <= NODES_MAX) return list.map((value) => objectOf(value, name));
    const detail = `A request has at most ${NODES_MAX} resources, scopes and records.`;
    throw new HttpProblem(413, 'BATCH_TOO_LARGE', detail);
  }
}

interface AttributesRead {
  readonly values: ReadonlyMap<string, AttributeValue>;
  readonly repeated: string | null;
}

const attributesOf = (node: Json, { wanted }: Reading): AttributesRead => {
  const values = new Map<string, AttributeValue>();
  let repeated: string | null = null;
  for (const item of listAt(node, 'attributes')) {
    const { key, value } = objectOf(item, 'attributes');
    if (typeof key !== 'string') throw noRequest('a key');
    if (!wanted.has(key)) continue;
    if (values.has(key)) repeated ??= key;
    values.set(key, valueOf(objectOf(value ?? {}, 'a value')));
  }
  return { values, repeated };
};

const valueOf = (value: Json): AttributeValue => {
  const { stringValue, intValue, doubleValue, boolValue } = value;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  if (intValue !== undefined && intValue !== null) return integerOf(intValue);
  if (typeof doubleValue === 'number' || typeof doubleValue === 'bigint') return doubleValue;
  return null;
};

/** A whole number as such; what is none is kept as it is, and is then no count. */
const integerOf = (value: unknown): AttributeValue => {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'string') return null;
  return INTEGER.test(value) ? BigInt(value) : value;
};

const recordOf = (node: Json, resource: AttributesRead, reading: Reading): GenAiRecord => {
  const { json } = reading.shape;
  const own = attributesOf(node, reading);
  const end = nanosAt(node, json.end);
  const status = objectOf(node['status'] ?? {}, 'status');
  return {
    traceId: hexAt(node, 'traceId'),
    spanId: hexAt(node, 'spanId'),
    startNanos: nanosAt(node, json.start),
    endNanos: end === 0n ? nanosAt(node, json.observed) : end,
    failed: status['code'] === STATUS_ERROR || status['code'] === 'STATUS_CODE_ERROR',
    attributes: own.values,
    resource: resource.values,
    repeated: own.repeated ?? resource.repeated,
  };
};

const hexAt = (node: Json, name: string): string => {
  const value = node[name];
  return typeof value === 'string' && value.length <= 32 ? value.toLowerCase() : '';
};

/** 0 for a time that is absent or no uint64: then the record has none. */
const nanosAt = (node: Json, name: string | null): bigint => {
  const value = name === null ? null : integerOf(node[name] ?? 0);
  return typeof value === 'bigint' && value > 0n && value <= UINT64_MAX ? value : 0n;
};
