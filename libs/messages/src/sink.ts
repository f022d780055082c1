/**
 * A growing buffer that is written in Avro's binary encoding and used again for every message.
 *
 * Owns        numbers, text and blocks as bytes; what is written in which order is
 *             ./generated/writers.
 * Invariant   what is written reads back as the same value, or nothing is written.
 * Rejections  ENCODE_FAILED (a defect: the value is ours)
 * Source      Avro specification 1.12, "Binary Encoding"
 */
import { Defect } from '@suanpan/event-sourcing';

const START_BYTES = 64 * 1_024;
const LONG_BYTES_MAX = 10;
const UTF8_BYTES_PER_UNIT_MAX = 3;
const BY_HAND_LENGTH_MAX = 40;
const LONG_MAX = 0x7fff_ffff_ffff_ffffn;
const LONG_MIN = -0x8000_0000_0000_0000n;

type Optional<Value> = Value | null | undefined;

const wrong = (wanted: string, value: unknown): Defect =>
  new Defect('ENCODE_FAILED', `Not ${wanted}: ${typeof value} ${String(value).slice(0, 80)}.`);

export class Sink {
  private bytes = Buffer.allocUnsafeSlow(START_BYTES);
  private position = 0;

  /** Begins a message with bytes that are already encoded. */
  begin(head: Buffer): void {
    this.position = 0;
    this.room(head.length);
    this.position = head.copy(this.bytes, 0);
  }

  /** A copy of what was written since `begin`. */
  finish(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.position));
  }

  private room(bytes: number): void {
    const wanted = this.position + bytes;
    if (wanted <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
  }

  private byte(value: number): void {
    this.room(1);
    this.bytes[this.position++] = value;
  }

  boolean(value: boolean): void {
    if (typeof value !== 'boolean') throw wrong('a boolean', value);
    this.byte(value ? 1 : 0);
  }

  int(value: number): void {
    if (typeof value !== 'number' || (value | 0) !== value) throw wrong('an int', value);
    this.small(value);
  }

  /** A safe integer as a zigzag varint. */
  private small(value: number): void {
    this.room(LONG_BYTES_MAX);
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) {
      this.bytes[this.position++] = (rest % 128) | 0x80;
    }
    this.bytes[this.position++] = rest;
  }

  long(value: bigint): void {
    if (typeof value !== 'bigint') throw wrong('a long', value);
    const near = Number(value);
    if (near > -(2 ** 52) && near < 2 ** 52) return this.small(near);
    if (value > LONG_MAX || value < LONG_MIN) throw wrong('a number of 64 bits', value);
    this.room(LONG_BYTES_MAX);
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) {
      this.bytes[this.position++] = Number(rest & 0x7fn) | 0x80;
    }
    this.bytes[this.position++] = Number(rest);
  }

  blob(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw wrong('bytes', value);
    this.small(value.length);
    this.room(value.length);
    this.bytes.set(value, this.position);
    this.position += value.length;
  }

  text(value: string): void {
    if (typeof value !== 'string') throw wrong('a text', value);
    this.room(LONG_BYTES_MAX + UTF8_BYTES_PER_UNIT_MAX * value.length);
    if (value.length > BY_HAND_LENGTH_MAX || !this.ascii(value)) this.utf8(value);
  }

  /** Short ASCII by hand is faster than a call into the engine; false where it is not ASCII. */
  private ascii(value: string): boolean {
    const { bytes, position } = this;
    const length = value.length;
    bytes[position] = 2 * length;
    const start = position + (length < 64 ? 1 : 2);
    for (let index = 0; index < length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return false;
      bytes[start + index] = unit;
    }
    this.position = start + length;
    return true;
  }

  private utf8(value: string): void {
    const length = Buffer.byteLength(value, 'utf8');
    if (length !== value.length && /\p{Surrogate}/u.test(value)) {
      throw wrong('a text of whole characters', value);
    }
    this.small(length);
    this.position += this.bytes.write(value, this.position, 'utf8');
  }

  optionalText(value: Optional<string>): void {
    if (this.some(value)) this.text(value);
  }

  optionalLong(value: Optional<bigint>): void {
    if (this.some(value)) this.long(value);
  }

  optionalBoolean(value: Optional<boolean>): void {
    if (this.some(value)) this.boolean(value);
  }

  optionalBlob(value: Optional<Uint8Array>): void {
    if (this.some(value)) this.blob(value);
  }

  /** Writes which branch of a union of null and one other type follows. */
  private some<Value>(value: Optional<Value>): value is Value {
    const given = value !== null && value !== undefined;
    this.byte(given ? 2 : 0);
    return given;
  }

  list<Item>(items: readonly Item[], write: (sink: Sink, item: Item) => void): void {
    if (!Array.isArray(items)) throw wrong('a list', items);
    if (items.length > 0) this.small(items.length);
    for (const item of items as readonly Item[]) write(this, item);
    this.byte(0);
  }

  map<Value>(
    map: Readonly<Record<string, Value>>,
    write: (sink: Sink, value: Value) => void,
  ): void {
    if (typeof map !== 'object' || map === null) throw wrong('a map', map);
    const keys = Object.keys(map);
    if (keys.length > 0) this.small(keys.length);
    for (const key of keys) {
      if (key === '__proto__') throw wrong('a key', key);
      this.text(key);
      write(this, map[key] as Value);
    }
    this.byte(0);
  }
}
