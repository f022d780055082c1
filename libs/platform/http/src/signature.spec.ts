import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { HttpProblem } from './problem.js';
import { isSignedWith, readSigned, signingSecretOf } from './signature.js';

const NOW = 1_800_000_000;
const secret = signingSecretOf(Buffer.alloc(32, 7));
const body = Buffer.from('{"a":1}');
const at = (seconds: number): Date => new Date(seconds * 1_000);

const headersOf = (text: string, seconds = NOW, id = 'msg_1') => ({
  'webhook-id': id,
  'webhook-timestamp': String(seconds),
  'webhook-signature': new Webhook(secret).sign(id, at(seconds), text),
});

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof HttpProblem) return `${error.status} ${error.code}`;
    throw error;
  }
  return 'taken';
};

describe('a signature', () => {
  it('made by a Standard Webhooks library is the body’s', () => {
    const signed = readSigned(headersOf(body.toString()), NOW);
    expect(isSignedWith(secret, signed, body)).toBe(true);
    expect(isSignedWith(secret, signed, Buffer.from('{"a":2}'))).toBe(false);
    expect(isSignedWith(signingSecretOf(Buffer.alloc(32, 8)), signed, body)).toBe(false);
  });

  it('is found among several, as while a secret is changed', () => {
    const headers = headersOf(body.toString());
    const other = `v1,${randomBytes(32).toString('base64')}`;
    const several = { ...headers, 'webhook-signature': `${other} ${headers['webhook-signature']}` };
    expect(isSignedWith(secret, readSigned(several, NOW), body)).toBe(true);
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('needs %s', (name) => {
    const headers = { ...headersOf('x'), [name]: undefined };
    expect(codeOf(() => readSigned(headers, NOW))).toBe('401 SIGNATURE_REQUIRED');
  });

  it.each([
    ['an id with a dot', { 'webhook-id': 'a.b' }],
    ['an id of 129 characters', { 'webhook-id': 'a'.repeat(129) }],
    ['a time in words', { 'webhook-timestamp': 'now' }],
    ['a time in fractions', { 'webhook-timestamp': `${NOW}.5` }],
    ['another version', { 'webhook-signature': 'v2,abc' }],
    ['a short signature', { 'webhook-signature': 'v1,YWJj' }],
  ])('%s is none', (_name, change) => {
    const headers = { ...headersOf('x'), ...change };
    expect(codeOf(() => readSigned(headers, NOW))).toBe('401 SIGNATURE_INVALID');
  });

  it.each([
    ['five minutes before', -300, 'taken'],
    ['five minutes after', 300, 'taken'],
    ['a second more before', -301, '401 SIGNATURE_EXPIRED'],
    ['a second more after', 301, '401 SIGNATURE_EXPIRED'],
  ])('of %s', (_name, seconds, outcome) => {
    expect(codeOf(() => readSigned(headersOf('x', NOW + seconds), NOW))).toBe(outcome);
  });

  it('is of no other id, time or body', () => {
    const texts = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(texts, texts, (text, other) => {
        const signed = readSigned(headersOf(text), NOW);
        expect(isSignedWith(secret, signed, Buffer.from(text))).toBe(true);
        expect(isSignedWith(secret, signed, Buffer.from(other))).toBe(text === other);
        const moved = { ...signed, timestamp: String(NOW + 1) };
        expect(isSignedWith(secret, moved, Buffer.from(text))).toBe(false);
        expect(isSignedWith(secret, { ...signed, id: 'msg_2' }, Buffer.from(text))).toBe(false);
      }),
    );
  });
});
