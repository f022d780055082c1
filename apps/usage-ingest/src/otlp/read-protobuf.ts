/**
 * An OTLP request in protobuf, read for what a GenAI call needs and no more.
 *
 * Owns        which fields are looked at; the wire itself is @bufbuild/protobuf's reader.
 * Invariant   one pass, no recursion: attribute values that are lists or maps are passed over as
 *             bytes. Nothing is made of a field that is not looked for, and the number of nodes is
 *             bounded, so that the cost is the number of bytes.
 * Rejections  MALFORMED_PROTOBUF 400, BATCH_TOO_LARGE 413
 * Source      Protocol Buffers, "Encoding"; ./signals; docs/adr/0015-genai-spans.md; D16
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { Malformed } from '@suanpan/event-sourcing';
import { HttpProblem } from '@suanpan/platform-http';
import type { AttributeValue, GenAiRecord } from '@suanpan/usage';
import { NODES_MAX, STATUS_ERROR } from './signals.js';
import type { Reading } from './signals.js';

const RESOURCE = 1;
const INNER = 2;
const ATTRIBUTES_OF_RESOURCE = 1;

/** Gives every record of the request to `take`. */
export const readProtobuf = (
  bytes: Buffer,
  reading: Reading,
  take: (record: GenAiRecord) => void,
): void => {
  const walk = new Walk(bytes, reading, take);
  try {
    walk.request();
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    // The reader has no errors of its own kind, and none of them is ours to tell apart.
    throw new Malformed('MALFORMED_PROTOBUF', 'The body is no OTLP request in protobuf.');
  }
};

interface AttributesRead {
  readonly values: Map<string, AttributeValue>;
  repeated: string | null;
}

interface RecordRead extends AttributesRead {
  traceId: string;
  spanId: string;
  start: bigint;
  end: bigint;
  observed: bigint;
  failed: boolean;
}

/** Written out: there may be 100,000 of them, and spreads cost more than all the rest. */
const newRecord = (): RecordRead => ({
  traceId: '',
  spanId: '',
  start: 0n,
  end: 0n,
  observed: 0n,
  failed: false,
  values: new Map(),
  repeated: null,
});

class Walk {
  private readonly reader: BinaryReader;
  private nodes = 0;

  constructor(
    bytes: Buffer,
    private readonly reading: Reading,
    private readonly take: (record: GenAiRecord) => void,
  ) {
    this.reader = new BinaryReader(bytes);
  }

  request(): void {
    this.fields(this.reader.len, (field, wire) => {
      if (field === 1 && wire === WireType.LengthDelimited) this.resource();
      else this.skip(field, wire);
    });
  }

  /** The resource may follow what it belongs to: the scopes are read after it, wherever they lie. */
  private resource(): void {
    this.count();
    const resource: AttributesRead = { values: new Map(), repeated: null };
    const scopes: number[] = [];
    this.message((field, wire) => {
      const isMessage = wire === WireType.LengthDelimited;
      if (isMessage && field === RESOURCE) this.resourceAttributes(resource);
      else if (isMessage && field === INNER) {
        this.count();
        scopes.push(this.reader.pos);
        this.skip(field, wire);
      } else this.skip(field, wire);
    });
    const after = this.reader.pos;
    for (const start of scopes) {
      this.reader.pos = start;
      this.scope(resource);
    }
    this.reader.pos = after;
  }

  private resourceAttributes(resource: AttributesRead): void {
    this.message((field, wire) => {
      const isAttribute = field === ATTRIBUTES_OF_RESOURCE && wire === WireType.LengthDelimited;
      if (isAttribute) this.attribute(resource);
      else this.skip(field, wire);
    });
  }

  private scope(resource: AttributesRead): void {
    this.message((field, wire) => {
      if (field === INNER && wire === WireType.LengthDelimited) this.record(resource);
      else this.skip(field, wire);
    });
  }

  private record(resource: AttributesRead): void {
    this.count();
    const read = newRecord();
    this.message((field, wire) => {
      if (!this.recordField(field, wire, read)) this.skip(field, wire);
    });
    this.take({
      traceId: read.traceId,
      spanId: read.spanId,
      startNanos: read.start,
      endNanos: read.end === 0n ? read.observed : read.end,
      failed: read.failed,
      attributes: read.values,
      resource: resource.values,
      repeated: read.repeated ?? resource.repeated,
    });
  }

  /** False for a field that is not looked at. */
  private recordField(field: number, wire: WireType, read: RecordRead): boolean {
    const { fields } = this.reading.shape;
    if (wire === WireType.Bit64) {
      if (field === fields.start) read.start = this.nanos();
      else if (field === fields.end) read.end = this.nanos();
      else if (field === fields.observed) read.observed = this.nanos();
      else return false;
      return true;
    }
    if (wire !== WireType.LengthDelimited) return false;
    if (field === fields.traceId) read.traceId = this.hex();
    else if (field === fields.spanId) read.spanId = this.hex();
    else if (field === fields.attributes) this.attribute(read);
    else if (field === fields.status) read.failed = this.hasFailed();
    else return false;
    return true;
  }

  private hasFailed(): boolean {
    let failed = false;
    this.message((field, wire) => {
      if (field === 3 && wire === WireType.Varint) failed = this.reader.int32() === STATUS_ERROR;
      else this.skip(field, wire);
    });
    return failed;
  }

  /** A key and a value, in any order; the value is read only when the key is wanted. */
  private attribute(into: AttributesRead): void {
    const found: { key: string | null; valueAt: number } = { key: null, valueAt: -1 };
    this.message((field, wire) => {
      const isLength = wire === WireType.LengthDelimited;
      if (isLength && field === 1) found.key = this.key();
      else {
        if (isLength && field === 2) found.valueAt = this.reader.pos;
        this.skip(field, wire);
      }
    });
    const { key, valueAt } = found;
    if (key === null) return;
    if (into.values.has(key)) into.repeated ??= key;
    into.values.set(key, valueAt < 0 ? null : this.valueAt(valueAt));
  }

  private valueAt(position: number): AttributeValue {
    const after = this.reader.pos;
    this.reader.pos = position;
    const value = this.value();
    this.reader.pos = after;
    return value;
  }

  /** Null for a name that is not wanted. */
  private key(): string | null {
    const name = this.reader.string(true);
    return this.reading.wanted.has(name) ? name : null;
  }

  private value(): AttributeValue {
    let value: AttributeValue = null;
    this.message((field, wire) => {
      if (field === 1 && wire === WireType.LengthDelimited) value = this.reader.string(true);
      else if (field === 2 && wire === WireType.Varint) value = this.reader.bool();
      else if (field === 3 && wire === WireType.Varint) value = BigInt(this.reader.int64());
      else if (field === 4 && wire === WireType.Bit64) value = this.reader.double();
      else {
        this.skip(field, wire);
        value = null;
      }
    });
    return value;
  }

  private nanos(): bigint {
    return BigInt(this.reader.fixed64());
  }

  private hex(): string {
    const bytes = this.reader.bytes();
    // No id is longer: what is, is none.
    return bytes.length > 16 ? '' : Buffer.from(bytes).toString('hex');
  }

  /** A message with its length before it. */
  private message(field: (field: number, wire: WireType) => void): void {
    const length = this.reader.uint32();
    const end = this.reader.pos + length;
    if (end > this.reader.len) throw new RangeError('a message goes beyond the body');
    this.fields(end, field);
  }

  private fields(end: number, field: (field: number, wire: WireType) => void): void {
    while (this.reader.pos < end) {
      const [number, wire] = this.reader.tag();
      field(number, wire);
    }
    if (this.reader.pos !== end) throw new RangeError('a message is not as long as it says');
  }

  private skip(field: number, wire: WireType): void {
    // Groups have been no part of OTLP at any time; they are what nests without a length.
    if (wire === WireType.StartGroup || wire === WireType.EndGroup) throw new RangeError('a group');
    if (wire !== WireType.LengthDelimited) {
      this.reader.skip(wire, field);
      return;
    }
    // The reader's own way would make an object of what is passed over.
    const length = this.reader.uint32();
    this.reader.pos += length;
    if (this.reader.pos > this.reader.len) throw new RangeError('a field goes beyond the body');
  }

  private count(): void {
    this.nodes += 1;
    if (this.nodes <= NODES_MAX) return;
    const detail = `A request has at most ${NODES_MAX} resources, scopes and records.`;
    throw new HttpProblem(413, 'BATCH_TOO_LARGE', detail);
  }
}
