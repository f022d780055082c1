/**
 * Messages as bytes: Avro's single-object encoding, C3 01, the writer's schema, the body.
 *
 * Owns        framing, limits and old versions. What a message means is its receiver's affair.
 * Invariant   encode then decode gives the value back; bytes that are no message are refused, never
 *             guessed at, and cost no more than their length.
 * Rejections  EMPTY_VALUE, DECODE_FAILED, UNKNOWN_SCHEMA, TRAILING_DATA, MESSAGE_TOO_LARGE
 * Source      Avro specification 1.12, "Single-object encoding"; reliability.md B60-B67, D16
 */
import { Defect, Malformed } from '@suanpan/event-sourcing';
import { Cursor } from './cursor.js';
import type { Draft } from './draft.js';
import type { MessageMap } from './generated/types.js';
import { writers } from './generated/writers.js';
import { Sink } from './sink.js';
import {
  HEAD_BYTES,
  isFramed,
  limitOf,
  newestVersion,
  versionOf,
  type Version,
} from './versions.js';

export type MessageType = keyof MessageMap;
export type MessageOf<T extends MessageType> = MessageMap[T];

/** A decoded message; `value` has the newest version's shape, `version` is the writer's. */
export type Message = {
  readonly [T in MessageType]: {
    readonly type: T;
    readonly version: number;
    readonly value: MessageMap[T];
  };
}[MessageType];

/** What a sender gives: fields with a default may be left out. */
export type MessageDraft<T extends MessageType> = Draft<MessageMap[T]>;

const cursor = new Cursor();
const sink = new Sink();

/** The bytes of a message in its newest version. Throws a `Defect` where the value is not one. */
export const encode = <T extends MessageType>(type: T, value: MessageDraft<T>): Buffer => {
  sink.begin(newestVersion(type).head);
  writers[type](sink, value);
  const bytes = sink.finish();
  if (bytes.length > limitOf(type)) {
    throw new Defect('MESSAGE_TOO_LARGE', `${type} has ${bytes.length} bytes.`);
  }
  return bytes;
};

/** Reads one message. Throws `Malformed` with the reason where the bytes are not one. */
export const decode = (bytes: Buffer | null): Message => {
  if (bytes === null || bytes.length === 0) {
    throw new Malformed('EMPTY_VALUE', 'The record has no value.');
  }
  if (!isFramed(bytes)) {
    throw new Malformed('DECODE_FAILED', 'The value does not begin like a message.');
  }
  const version = versionOf(bytes);
  if (version === undefined) {
    const fingerprint = bytes.toString('hex', 2, HEAD_BYTES);
    throw new Malformed('UNKNOWN_SCHEMA', `No schema has the fingerprint ${fingerprint}.`);
  }
  return decodeBody(version, bytes, HEAD_BYTES);
};

/** Reads the body that a known version's writer has put at `start`, up to the end of `bytes`. */
export const decodeBody = (version: Version, bytes: Buffer, start: number): Message => {
  const { type } = version;
  if (bytes.length > limitOf(type)) {
    throw new Malformed('MESSAGE_TOO_LARGE', `${type} has ${bytes.length} bytes.`);
  }
  cursor.open(bytes, start);
  const read = version.read(cursor);
  if (cursor.left > 0) {
    throw new Malformed('TRAILING_DATA', `${cursor.left} bytes follow the message.`);
  }
  const value = version.upcast === undefined ? read : version.upcast(bytes.subarray(start));
  return { type, version: version.version, value } as Message;
};
