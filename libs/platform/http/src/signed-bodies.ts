/**
 * Holds the requests of keys that must sign until their body is judged.
 *
 * Shape       the guard reads the headers and leaves a check in the request's context; whoever has
 *             read the body runs it, before anything is done with the body.
 * Invariant   a route that reads its body itself is closed to such keys unless it says that it
 *             checks, and so are attributes in headers; GET and HEAD carry nothing to sign.
 * Rejections  SIGNATURE_UNSUPPORTED 403, SIGNATURE_REPLAYED 409, those of ./signature
 * Source      issue 4 part 6
 */
import type { Request } from 'express';
import type { AnswerSeal } from './answer-seal.js';
import type { Shown } from './api-keys.js';
import type { NonceStore } from './nonces.js';
import { HttpProblem } from './problem.js';
import { contextOf } from './request-context.js';
import { isSignedWith, readSigned, signatureInvalid } from './signature.js';

const MS_PER_SECOND = 1_000;
/** CloudEvents' binary mode: an id in a header could be changed under the same signature. */
const ATTRIBUTE_PREFIX = 'ce-';
const UNSIGNED_METHODS: readonly string[] = ['GET', 'HEAD'];

/** This key must sign, and this way of sending cannot be signed. */
export const signatureUnsupported = (detail: string): HttpProblem =>
  new HttpProblem(403, 'SIGNATURE_UNSUPPORTED', detail);

const replayed = (): HttpProblem =>
  new HttpProblem(409, 'SIGNATURE_REPLAYED', 'This webhook-id was used: sign again with another.');

export class SignedBodies {
  constructor(
    /** Opens the stored secrets; null in a service that has no key for that. */
    private readonly seal: AnswerSeal | null,
    private readonly nonces: NonceStore,
  ) {}

  /** Prepares the check of a request whose key must sign. */
  expect(request: Request, { caller, signingSecret }: Shown, isChecked: boolean): void {
    if (signingSecret === null || UNSIGNED_METHODS.includes(request.method)) return;
    if (!isChecked || this.seal === null) {
      throw signatureUnsupported('A key that signs cannot be used on this route.');
    }
    if (Object.keys(request.headers).some((name) => name.startsWith(ATTRIBUTE_PREFIX))) {
      throw signatureUnsupported('A signature covers the body only: send attributes in it.');
    }
    const secret = this.seal.open(signingSecret);
    const signed = readSigned(request.headers, Date.now() / MS_PER_SECOND);
    contextOf(request).checkBody = async (body) => {
      if (!isSignedWith(secret, signed, body))
        throw signatureInvalid('The signature is not the body’s.');
      if (!(await this.nonces.take(`${caller.keyId}.${signed.id}`))) throw replayed();
    };
  }
}

/** True when the body of this request must be checked before it is used. */
export const mustCheckBody = (request: Request): boolean =>
  contextOf(request).checkBody !== undefined;

/** Judges the body as it was before Content-Encoding; nothing happens where none must be signed. */
export const checkBody = async (request: Request, body: Buffer): Promise<void> => {
  const context = contextOf(request);
  const { checkBody: check } = context;
  context.checkBody = undefined;
  await check?.(body);
};
