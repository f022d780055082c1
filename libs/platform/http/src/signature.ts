/**
 * The signature of a request's body, for keys that must sign: whoever reads a key from a log cannot
 * send with it.
 *
 * Shape       Standard Webhooks: `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature`
 *             (`v1,` and base64, several with spaces); HMAC-SHA256 over `id.timestamp.body` under
 *             the secret `whsec_…`. The body is the one before Content-Encoding.
 * Invariant   compared in constant time; an id has no dot, so that no text can be cut in two ways.
 *             The time is the machine's, never a simulated one.
 * Rejections  SIGNATURE_REQUIRED, SIGNATURE_INVALID, SIGNATURE_EXPIRED 401
 * Source      Standard Webhooks 1.0.0; reliability row S16
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpProblem } from './problem.js';

export const SIGNATURE_TOLERANCE_SECONDS = 300;
const SIGNATURES_MAX = 10;
const ID_SHAPE = /^[A-Za-z0-9_-]{1,128}$/;
const SECONDS_SHAPE = /^\d{1,12}$/;
const SECRET_PREFIX = 'whsec_';
const SIGNATURE_SHAPE = /^v1,([A-Za-z0-9+/]{43}=)$/;

export interface Signed {
  readonly id: string;
  readonly timestamp: string;
  /** Each 32 bytes. */
  readonly signatures: readonly Buffer[];
}

const refused = (code: string, detail: string): HttpProblem =>
  new HttpProblem(401, code, { detail, headers: { 'WWW-Authenticate': 'Bearer' } });

export const signatureInvalid = (detail: string): HttpProblem =>
  refused('SIGNATURE_INVALID', detail);

const textOf = (headers: IncomingHttpHeaders, name: string): string => {
  const value = headers[name];
  if (typeof value === 'string' && value !== '') return value;
  throw refused('SIGNATURE_REQUIRED', `This key signs its requests: ${name} is missing.`);
};

const signaturesIn = (header: string): readonly Buffer[] =>
  header
    .split(' ', SIGNATURES_MAX)
    .map((part) => SIGNATURE_SHAPE.exec(part)?.[1])
    .filter((text) => text !== undefined)
    .map((text) => Buffer.from(text, 'base64'));

/** What the headers say, at a moment in seconds since the epoch. */
export const readSigned = (headers: IncomingHttpHeaders, nowSeconds: number): Signed => {
  const id = textOf(headers, 'webhook-id');
  const timestamp = textOf(headers, 'webhook-timestamp');
  const signatures = signaturesIn(textOf(headers, 'webhook-signature'));
  if (!ID_SHAPE.test(id)) throw signatureInvalid('webhook-id is 1 to 128 of A-Z a-z 0-9 _ -.');
  if (!SECONDS_SHAPE.test(timestamp)) throw signatureInvalid('webhook-timestamp is in seconds.');
  if (signatures.length === 0) throw signatureInvalid('webhook-signature has no v1 signature.');
  if (Math.abs(nowSeconds - Number(timestamp)) > SIGNATURE_TOLERANCE_SECONDS) {
    const detail = `webhook-timestamp is more than ${SIGNATURE_TOLERANCE_SECONDS} s from now.`;
    throw refused('SIGNATURE_EXPIRED', detail);
  }
  return { id, timestamp, signatures };
};

/** Whether one of the signatures is the body's under the secret. */
export const isSignedWith = (secret: string, signed: Signed, body: Buffer): boolean => {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const expected = createHmac('sha256', key)
    .update(`${signed.id}.${signed.timestamp}.`)
    .update(body)
    .digest();
  // Every one is compared, so that the time does not tell which was right.
  return signed.signatures.reduce(
    (found, signature) => timingSafeEqual(signature, expected) || found,
    false,
  );
};

/** A secret as the Standard Webhooks libraries take it. */
export const signingSecretOf = (bytes: Buffer): string =>
  `${SECRET_PREFIX}${bytes.toString('base64')}`;
