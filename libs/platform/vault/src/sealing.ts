/**
 * One sealed text: AES-256-GCM under one key, bound to a label.
 *
 * Shape       version 1 | nonce 12 | tag 16 | ciphertext; the label is authenticated, not stored.
 * Invariant   what opens is what was sealed, under the same key and label; no nonce is chosen twice
 *             but by chance of 2^-96.
 * Rejections  SEAL_BROKEN
 * Source      NIST SP 800-38D; ruling R23
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Rejection } from '@suanpan/event-sourcing';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NONCE_END = 1 + NONCE_BYTES;
const HEAD_BYTES = NONCE_END + TAG_BYTES;

export const KEY_BYTES = 32;

export const sealWith = (key: Buffer, label: string, plain: Buffer): Buffer => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(label));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), body]);
};

export const openWith = (key: Buffer, label: string, sealed: Buffer): Buffer => {
  if (sealed.length < HEAD_BYTES || sealed[0] !== VERSION) {
    throw new Rejection('SEAL_BROKEN', `${sealed.length} bytes of ${label} are no sealed text.`);
  }
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, NONCE_END))
    .setAAD(Buffer.from(label))
    .setAuthTag(sealed.subarray(NONCE_END, HEAD_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()]);
  } catch {
    throw new Rejection('SEAL_BROKEN', `What ${label} sealed was changed, or the key is another.`);
  }
};
