/**
 * Batches of the log on their way to another thread: one run of bytes that changes hands.
 *
 * Shape       for each record: length of key and value (-1: null), place of its headers, offset, time; then the
 *             bytes of key and value.
 * Invariant   what is unpacked is what was packed.
 */
import type { LogBatch, LoggedRecord } from './handlers.js';

type Headers = LoggedRecord['headers'];
type Head = Omit<LogBatch, 'messages'> & { readonly count: number };

export interface PackedBatches {
  readonly heads: readonly Head[];
  readonly bytes: ArrayBuffer;
  /** Place 0 stands for none. */
  readonly headers: readonly Headers[];
}

const HEAD_BYTES = 28;
const NULL = -1;
const NO_HEADERS: Headers = {};

const sizeOf = ({ key, value }: LoggedRecord): number =>
  HEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);

const isNone = (headers: Headers): boolean => Object.keys(headers).length === 0;

export const packBatches = (batches: readonly LogBatch[]): PackedBatches => {
  let total = 0;
  for (const { messages } of batches) for (const record of messages) total += sizeOf(record);
  const bytes = new ArrayBuffer(total);
  const view = new DataView(bytes);
  const target = Buffer.from(bytes);
  const headers: Headers[] = [NO_HEADERS];
  let at = 0;
  for (const { messages } of batches) {
    for (const { key, value, headers: own, offset, timestamp } of messages) {
      view.setInt32(at, key?.length ?? NULL);
      view.setInt32(at + 4, value?.length ?? NULL);
      view.setInt32(at + 8, isNone(own) ? 0 : headers.push(own) - 1);
      view.setBigInt64(at + 12, offset);
      view.setBigInt64(at + 20, timestamp);
      at += HEAD_BYTES;
      at += key?.copy(target, at) ?? 0;
      at += value?.copy(target, at) ?? 0;
    }
  }
  const heads = batches.map(({ messages, ...head }) => ({ ...head, count: messages.length }));
  return { heads, bytes, headers };
};

/** The batches again; keys and values are views of the bytes. */
export const unpackBatches = ({ heads, bytes, headers }: PackedBatches): readonly LogBatch[] => {
  const view = new DataView(bytes);
  let at = 0;
  const part = (length: number): Buffer | null => {
    if (length === NULL) return null;
    at += length;
    return Buffer.from(bytes, at - length, length);
  };
  const record = (): LoggedRecord => {
    const head = at;
    at += HEAD_BYTES;
    const key = part(view.getInt32(head));
    const value = part(view.getInt32(head + 4));
    return {
      offset: view.getBigInt64(head + 12),
      key,
      value,
      headers: headers[view.getInt32(head + 8)] ?? NO_HEADERS,
      timestamp: view.getBigInt64(head + 20),
    };
  };
  return heads.map(({ count, ...head }) => {
    const messages: LoggedRecord[] = [];
    for (let index = 0; index < count; index += 1) messages.push(record());
    return { ...head, messages };
  });
};
