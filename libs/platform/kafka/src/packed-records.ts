/**
 * Records on their way to another thread: one run of bytes that changes hands, no object a record.
 *
 * Shape       for each record: key, value and header places as 32-bit numbers, the partition (-1: by
 *             the key), then the bytes of key and value. Headers that many share are sent once.
 * Invariant   what is unpacked is what was packed.
 */
import type { LogRecord } from './send-queue.js';

export interface PackedRecords {
  readonly count: number;
  readonly bytes: ArrayBuffer;
  /** Place 0 stands for none. */
  readonly headers: readonly (LogRecord['headers'] | null)[];
}

const HEAD_BYTES = 16;
const BY_KEY = -1;

/** Packs records; equal headers that are one object stand once. */
export const packRecords = (records: readonly LogRecord[]): PackedRecords => {
  const total = records.reduce(
    (sum, { key, value }) => sum + HEAD_BYTES + key.length + value.length,
    0,
  );
  const bytes = new ArrayBuffer(total);
  const view = new DataView(bytes);
  const target = Buffer.from(bytes);
  const places = new Map<LogRecord['headers'], number>();
  const headers: (LogRecord['headers'] | null)[] = [null];
  let at = 0;
  for (const { key, value, partition = BY_KEY, headers: own } of records) {
    let place = own === undefined ? 0 : places.get(own);
    if (place === undefined) {
      place = headers.push(own) - 1;
      places.set(own, place);
    }
    view.setInt32(at, key.length);
    view.setInt32(at + 4, value.length);
    view.setInt32(at + 8, partition);
    view.setInt32(at + 12, place);
    at += HEAD_BYTES;
    at += key.copy(target, at);
    at += value.copy(target, at);
  }
  return { count: records.length, bytes, headers };
};

/** The records again; their keys and values are views of the bytes. */
export const unpackRecords = ({ count, bytes, headers }: PackedRecords): readonly LogRecord[] => {
  const view = new DataView(bytes);
  const records: LogRecord[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const keyLength = view.getInt32(at);
    const valueLength = view.getInt32(at + 4);
    const partition = view.getInt32(at + 8);
    const own = headers[view.getInt32(at + 12)];
    const key = Buffer.from(bytes, at + HEAD_BYTES, keyLength);
    const value = Buffer.from(bytes, at + HEAD_BYTES + keyLength, valueLength);
    at += HEAD_BYTES + keyLength + valueLength;
    records.push({
      key,
      value,
      ...(partition !== BY_KEY && { partition }),
      ...(own !== null && own !== undefined && { headers: own }),
    });
  }
  return records;
};
