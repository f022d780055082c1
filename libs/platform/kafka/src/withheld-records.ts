/**
 * Records that take the place of those that were not read, so that no offset is missing.
 *
 * Shape       Kafka's record format 2: length, attributes, timestamp delta, offset delta, key, value,
 *             headers, each number a zigzag varint. A withheld record has one header, with the reason.
 * Invariant   kafkajs copies all headers of a record for each of them: a record with thousands would
 *             hold the process for minutes, and is withheld. No sender can say that a record was
 *             withheld: the header's name is made for this process and never written to the log.
 * Source      Kafka's record format 2; reliability row B67
 */
import { randomUUID } from 'node:crypto';

/** The header of a record that was not read; its value says why. */
export const WITHHELD_HEADER = `suanpan-withheld-${randomUUID()}`;
const HEADERS_MAX = 256;
const VARINT_BYTES_MAX = 10;
const ATTRIBUTES_BYTES = 1;

const varint = (value: number): readonly number[] => {
  const bytes: number[] = [];
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  while (rest > 0x7f) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
};

const sized = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from(varint(bytes.length)), bytes]);

interface Withheld {
  readonly offsetDelta: number;
  readonly reason: string;
  readonly value: Buffer | null;
}

const withheldRecord = ({ offsetDelta, reason, value }: Withheld): Buffer =>
  sized(
    Buffer.concat([
      Buffer.from([0, 0, ...varint(offsetDelta), ...varint(-1)]),
      value === null ? Buffer.from(varint(-1)) : sized(value),
      Buffer.from(varint(1)),
      sized(Buffer.from(WITHHELD_HEADER)),
      sized(Buffer.from(reason)),
    ]),
  );

/** As many records as the batch has; the first carries its compressed bytes. */
export const withheldBatch = (count: number, reason: string, compressed: Buffer): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, offsetDelta) =>
      withheldRecord({ offsetDelta, reason, value: offsetDelta === 0 ? compressed : null }),
    ),
  );

/** Reads along the frames of records. */
class Frames {
  at = 0;

  constructor(private readonly bytes: Buffer) {}

  number(): number {
    let value = 0;
    let factor = 1;
    for (let index = 0; index < VARINT_BYTES_MAX; index += 1) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw new RangeError('A record is cut off.');
      this.at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
    throw new RangeError('A number is over 64 bits.');
  }

  /** Passes over bytes, or over none where the length says null. */
  skip(length: number): void {
    if (this.at + length > this.bytes.length) throw new RangeError('A record is cut off.');
    this.at += Math.max(0, length);
  }
}

/** The number of headers of the record at a place, and where it ends. */
const frameAt = (bytes: Buffer, start: number) => {
  const frames = new Frames(bytes);
  frames.at = start;
  const length = frames.number();
  const end = frames.at + length;
  if (length < 0 || end > bytes.length) throw new RangeError('A record is cut off.');
  frames.skip(ATTRIBUTES_BYTES);
  frames.number();
  const offsetDelta = frames.number();
  frames.skip(frames.number());
  frames.skip(frames.number());
  return { offsetDelta, headers: frames.number(), end };
};

/** The records, those with too many headers withheld; the same bytes where there is none. */
export const withoutHeaderFloods = (records: Buffer, count: number): Buffer => {
  const pieces: Buffer[] = [];
  let kept = 0;
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const { offsetDelta, headers, end } = frameAt(records, at);
    if (headers > HEADERS_MAX) {
      const value = records.subarray(at, end);
      pieces.push(records.subarray(kept, at));
      pieces.push(withheldRecord({ offsetDelta, reason: 'HEADER_LIMIT', value }));
      kept = end;
    }
    at = end;
  }
  return pieces.length === 0 ? records : Buffer.concat([...pieces, records.subarray(kept)]);
};
