/**
 * Seals what is kept and could be used: answers that wait for a replay, secrets of signatures.
 *
 * Shape       AES-256-GCM under a key derived from the vault's: base64 of nonce 12 | tag 16 | text.
 * Source      reliability row S14: a dump of the database holds no usable key
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export interface AnswerSeal {
  seal(text: string): string;
  open(sealed: string): string;
}

/** Keeps answers as they are, for services whose answers hold no secret. */
export const openSeal: AnswerSeal = { seal: (text) => text, open: (text) => text };

/** Seals the secrets with which keys sign. */
export const createSigningSeal = (keyHex: string): AnswerSeal =>
  createAnswerSeal(keyHex, 'signing secrets');

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A seal under a key of 64 hexadecimal digits; each purpose has a key of its own. */
export const createAnswerSeal = (keyHex: string, purpose = 'idempotency answers'): AnswerSeal => {
  const given = Buffer.from(keyHex, 'hex');
  const key = Buffer.from(hkdfSync('sha256', given, '', purpose, 32));
  return {
    seal: (text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      return decipher.update(body, undefined, 'utf8') + decipher.final('utf8');
    },
  };
};
