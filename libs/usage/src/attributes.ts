/**
 * What stands around `data`: metadata of the sender, and CloudEvents' own attributes.
 *
 * Rejections  METADATA_LIMIT, FORBIDDEN_KEY, INVALID_EXTENSION, EXTENSION_LIMIT,
 *             INVALID_CONTENT_TYPE
 * Source      CloudEvents 1.0.2 section 3.1; reliability.md B19, B51, B52; ruling R20
 */
import { isForbidden, isJsonObject, type JsonObject } from './fields.js';
import { shown, step, type Findings } from './refusals.js';
import { isStorable, TEXT_LENGTH_MAX } from './text.js';

export const METADATA_KEYS_MAX = 64;
export const METADATA_KEY_LENGTH_MAX = 128;
/** Of all keys and values together, in UTF-16 units. */
export const METADATA_LENGTH_MAX = 32_768;
export const EXTENSIONS_MAX = 32;
export const EXTENSION_NAME_LENGTH_MAX = 64;
export const EXTENSION_LENGTH_MAX = 4_096;

type Texts = Readonly<Record<string, string>>;
const none: Texts = {};

/** The metadata, verbatim: what it says is neutralised where it is shown, not here (B52). */
export const readMetadata = (value: unknown, findings: Findings): Texts => {
  if (value === undefined || value === null) return none;
  const path = '$.data.metadata';
  if (!isJsonObject(value)) {
    findings.refuse('METADATA_LIMIT', path, `${shown(value)} is no object.`);
    return none;
  }
  const keys = Object.keys(value);
  if (keys.length > METADATA_KEYS_MAX) {
    const detail = `${keys.length} keys are over ${METADATA_KEYS_MAX}.`;
    findings.refuse('METADATA_LIMIT', path, detail);
    return none;
  }
  let length = 0;
  for (const key of keys) {
    const text = value[key];
    const problem = metadataProblem(key, text);
    if (problem !== null) findings.refuse(problem, step(path, key), `${shown(text)} at that key.`);
    else length += key.length + (text as string).length;
  }
  if (length > METADATA_LENGTH_MAX) {
    findings.refuse('METADATA_LIMIT', path, `${length} characters exceed ${METADATA_LENGTH_MAX}.`);
  }
  return value as Texts;
};

const metadataProblem = (key: string, text: unknown): 'FORBIDDEN_KEY' | 'METADATA_LIMIT' | null => {
  if (isForbidden(key)) return 'FORBIDDEN_KEY';
  const fits = key !== '' && key.length <= METADATA_KEY_LENGTH_MAX && isStorable(key);
  return fits && typeof text === 'string' && isStorable(text) ? null : 'METADATA_LIMIT';
};

const attributes = new Set([
  'specversion',
  'type',
  'source',
  'id',
  'time',
  'subject',
  'datacontenttype',
  'dataschema',
  'data',
]);
const EXTENSION_NAME = /^[a-z0-9]+$/;

/** The extension attributes, as text; a boolean or a number in its canonical form. */
export const readExtensions = (event: JsonObject, findings: Findings): Texts => {
  let extensions: Record<string, string> | undefined;
  let count = 0;
  for (const name of Object.keys(event)) {
    if (attributes.has(name) || event[name] === null) continue;
    const text = extensionOf(name, event[name], findings);
    count += 1;
    if (count > EXTENSIONS_MAX) {
      findings.refuse('EXTENSION_LIMIT', '$', `More than ${EXTENSIONS_MAX} extension attributes.`);
      return none;
    }
    extensions ??= {};
    extensions[name] = text;
  }
  return extensions ?? none;
};

const extensionOf = (name: string, value: unknown, findings: Findings): string => {
  const path = step('$', name);
  if (isForbidden(name)) findings.refuse('FORBIDDEN_KEY', path, `${shown(name)} is no attribute.`);
  else if (!EXTENSION_NAME.test(name) || name.length > EXTENSION_NAME_LENGTH_MAX) {
    const wanted = `1 to ${EXTENSION_NAME_LENGTH_MAX} of a-z and 0-9`;
    findings.refuse('INVALID_EXTENSION', path, `${shown(name)} is not ${wanted}.`);
  } else if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value);
  else if (typeof value !== 'string' || !isStorable(value)) {
    findings.refuse('INVALID_EXTENSION', path, `${shown(value)} is no attribute's value.`);
  } else if (value.length > EXTENSION_LENGTH_MAX) {
    const detail = `${value.length} characters exceed ${EXTENSION_LENGTH_MAX}.`;
    findings.refuse('EXTENSION_LIMIT', path, detail);
  } else return value;
  return '';
};

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?:;|$)/i;

/** The payload is JSON, whatever else the attribute may say. */
export const checkContentType = (value: unknown, findings: Findings): void => {
  if (value === undefined || value === null) return;
  const fits = typeof value === 'string' && value.length <= TEXT_LENGTH_MAX;
  if (fits && JSON_TYPE.test(value)) return;
  findings.refuse('INVALID_CONTENT_TYPE', '$.datacontenttype', `${shown(value)} is not JSON.`);
};
