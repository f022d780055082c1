/**
 * A provider's body in the sender's envelope, as a foreign call.
 *
 * Shape       the envelope: CloudEvents attributes (id, source, time, subject), fields of our own
 *             event's data, the ordered model; and the body.
 * Invariant   the body's word on the counts stands alone. On how the call ended it stands first;
 *             what either side calls provisional is provisional.
 * Rejections  those of the dialect
 * Source      rulings R20, R22; requirements.md N7
 */
import { isJsonObject, type JsonObject } from '../fields.js';
import type { CallFields, ForeignCall, ForeignPaths } from '../foreign-call.js';
import { Findings, step, type Refusal } from '../refusals.js';
import { textProblem } from '../text.js';
import { Pieces, type ParseJson } from './pieces.js';
import type { Dialect, Found, Reading } from './reading.js';

/** What the sender says about the call, around the provider's body. */
export interface Envelope {
  readonly id: unknown;
  readonly source: unknown;
  readonly time: unknown;
  readonly subject: unknown;
  /** As ordered; null: as the body says. */
  readonly model: unknown;
  readonly data: JsonObject;
  readonly extensions: JsonObject;
  readonly body: unknown;
  /** Where the body stands, and the envelope's own fields: our path, theirs. */
  readonly bodyPath: string;
  readonly paths: ForeignPaths;
}

export type ProviderCall = { readonly call: ForeignCall } | { readonly refused: Refusal };

/** What the body says, an envelope may not say too. */
const BODYS_OWN = ['tokens', 'usage', 'modelServed'];

const claimOf = ({ data, paths }: Envelope): Refusal | null => {
  const name = BODYS_OWN.find((one) => Object.hasOwn(data, one));
  if (name === undefined) return null;
  const path = step(paths['$.data'] ?? '$', name);
  return { code: 'UNKNOWN_FIELD', path, detail: `${name} is what the provider’s body says.` };
};

/** The call that a body tells of, or why it tells of none. */
export const providerCall = (
  dialect: Dialect,
  envelope: Envelope,
  parse?: ParseJson,
): ProviderCall => {
  const claim = claimOf(envelope);
  if (claim !== null) return { refused: claim };
  const findings = new Findings();
  const place = { path: envelope.bodyPath, findings, ...(parse !== undefined && { parse }) };
  const reading = dialect(new Pieces(envelope.body, place), findings);
  if (findings.first !== null) return { refused: findings.first };
  if (reading === null) {
    const detail = 'The dialect could not read the body.';
    return { refused: { code: 'INVALID_BODY', path: envelope.bodyPath, detail } };
  }
  return { call: callOf(envelope, reading) };
};

const valueOf = (found: Found | null): unknown => found?.value ?? null;

const callOf = (envelope: Envelope, reading: Reading): ForeignCall => {
  const { id, source, subject, extensions } = envelope;
  const served = valueOf(reading.model);
  const model = envelope.model ?? served;
  return {
    ...{ id, source, subject, extensions, model },
    responseId: valueOf(reading.id),
    time: envelope.time ?? valueOf(reading.time),
    modelServed: served === model ? null : served,
    kinds: reading.kinds,
    kindsIncomplete: reading.isIncomplete === true || envelope.data['kindsIncomplete'] === true,
    data: dataOf(envelope.data, reading),
    paths: pathsOf(envelope, reading),
  };
};

/** What is no text of ours says nothing to us, and is no reason to refuse a foreign body (R20). */
const goodText = (value: unknown): unknown =>
  textProblem(value, 'INVALID_TEXT') === null ? value : null;

/** The sender's own fields, with what the body knows better. */
const dataOf = ({ kindsIncomplete: _, ...data }: JsonObject, reading: Reading): CallFields => ({
  ...data,
  serviceTier: data['serviceTier'] ?? goodText(reading.serviceTier),
  upstreamRequestId: data['upstreamRequestId'] ?? goodText(reading.upstreamRequestId),
  audioMs: data['audioMs'] ?? reading.audioMs?.toString(),
  images: data['images'] ?? reading.images?.toString(),
  outcome: reading.outcome ?? data['outcome'],
  finality: finalityOf(data['finality'], reading),
  metadata: metadataOf(data['metadata'], reading),
});

const finalityOf = (said: unknown, { finality }: Reading): unknown =>
  said === 'provisional' ? said : (finality ?? said);

const metadataOf = (said: unknown, { notes = {} }: Reading): unknown => {
  if (Object.keys(notes).length === 0) return said;
  const own = said ?? {};
  return isJsonObject(own) ? { ...notes, ...own } : own;
};

/** A value that came from the body is found there, everything else in the envelope. */
const pathsOf = (envelope: Envelope, reading: Reading): ForeignPaths => {
  const isOwn = (value: unknown): boolean => value !== null && value !== undefined;
  const { id, time, model } = reading;
  return {
    ...envelope.paths,
    ...(!isOwn(envelope.id) && id !== null && { '$.id': id.path }),
    ...(!isOwn(envelope.time) && time !== null && { '$.time': time.path }),
    ...(!isOwn(envelope.model) && model !== null && { '$.data.model': model.path }),
    ...(model !== null && { '$.data.modelServed': model.path }),
    '$.data.tokens': reading.usagePath,
  };
};
