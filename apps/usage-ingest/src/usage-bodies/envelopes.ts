/**
 * What stands around a provider's body: an object of JSON (`{id, time, subject, …, response}`), or
 * CloudEvents headers (binary mode).
 *
 * Invariant   the envelope has our own fields only (R20); CloudEvents attributes that are none of
 *             ours are carried as extensions.
 * Rejections  INVALID_EVENT, FIELD_REQUIRED; UNSUPPORTED_SPECVERSION and INVALID_ENVELOPE 400
 * Source      CloudEvents 1.0.2, HTTP protocol binding 3.1; ruling R20
 */
import { Malformed } from '@suanpan/event-sourcing';
import { dataFields } from '@suanpan/usage';
import type { Envelope, Refusal } from '@suanpan/usage';
import { readHeaders } from '../events/binary-mode.js';

type Members = Readonly<Record<string, unknown>>;
type Read = { readonly envelope: Envelope } | { readonly refused: Refusal };

/** The sender's part of an envelope. */
export type Attributes = Omit<Envelope, 'body' | 'bodyPath' | 'paths'>;

const BODY_PATH = '$.response';

const refused = (code: Refusal['code'], path: string, detail: string): Read => ({
  refused: { code, path, detail },
});

/** The envelope that one item of a JSON body is. */
export const fromWireItem = (value: unknown): Read => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused('INVALID_EVENT', '$', 'The item is no object.');
  }
  const { id, source, time, subject, model, response: body, ...data } = value as Members;
  if (body === undefined || body === null) {
    return refused('FIELD_REQUIRED', BODY_PATH, 'The provider’s body is missing.');
  }
  const attributes = { ...{ id, source, time, subject, model, data }, extensions: {} };
  return { envelope: { ...attributes, body, bodyPath: BODY_PATH, paths: { '$.data': '$' } } };
};

const PREFIX = 'ce-';
/** What CloudEvents has and our envelope needs not. */
const UNREAD = new Set(['specversion', 'type', 'datacontenttype', 'dataschema']);
const OWN = new Set(['id', 'source', 'time', 'subject', 'model']);
/** Header names have no upper case: our fields by their names in lower case. */
const FIELDS = new Map([...dataFields].map((name) => [name.toLowerCase(), name]));

const notPlain = (name: string): Malformed =>
  new Malformed('INVALID_ENVELOPE', `The header ${name} stands twice or is no UTF-8, in percents.`);

/** The attributes that a request's headers say. */
export const fromHeaders = (rawHeaders: readonly string[]): Attributes => {
  const said: Record<string, string> = {};
  const data: Record<string, unknown> = {};
  const extensions: Record<string, string> = {};
  const { attributes, malformed } = readHeaders(rawHeaders);
  if (malformed !== null) throw notPlain(`${PREFIX}${malformed}`);
  const seen = new Set<string>();
  for (const [name, value] of attributes) {
    if (seen.has(name)) throw notPlain(`${PREFIX}${name}`);
    seen.add(name);
    const field = FIELDS.get(name);
    if (name === 'specversion' && value !== '1.0') {
      throw new Malformed('UNSUPPORTED_SPECVERSION', 'ce-specversion is not 1.0.');
    }
    if (UNREAD.has(name)) continue;
    if (OWN.has(name)) said[name] = value;
    else if (field === undefined) extensions[name] = value;
    else data[field] = field === 'kindsIncomplete' ? value === 'true' : value;
  }
  const { id, source, time, subject, model } = said;
  return { id, source, time, subject, model, data, extensions };
};

/** Our paths in the words of headers. */
export const headerPaths: Envelope['paths'] = {
  ...Object.fromEntries(
    ['id', 'source', 'time', 'subject'].map((name) => [`$.${name}`, `${PREFIX}${name}`]),
  ),
  '$.data.model': `${PREFIX}model`,
  ...Object.fromEntries([...FIELDS].map(([low, name]) => [`$.data.${name}`, `${PREFIX}${low}`])),
};
