/**
 * A strict reader of Avro's binary encoding over one buffer.
 *
 * Owns        bounds, numbers, text and blocks; what is read in which order is ./generated/readers.
 * Invariant   nothing is read beyond `end`, and no work is done that the bytes left do not pay for:
 *             a block never claims more items than there are bytes. A map names a key once.
 * Rejections  DECODE_FAILED
 * Source      Avro specification 1.12, "Binary Encoding"; reliability.md section 3 and D16
 */
import { isUtf8 } from 'node:buffer';
import { Malformed } from '@suanpan/event-sourcing';

const LONG_BYTES_MAX = 10;
/** The weight of a varint's eighth byte: four of its bits still fit in a safe number. */
const EIGHTH = 2 ** 49;
const INTERNED_LENGTH_MAX = 32;
const INTERNED_SLOTS = 4_096;
const REPLACEMENT = '\ufffd';

export class Cursor {
  private bytes: Buffer = Buffer.alloc(0);
  private end = 0;
  position = 0;
  /** Tenants, contracts and kinds come again and again: one string for all of them. */
  private readonly interned: string[] = new Array<string>(INTERNED_SLOTS).fill('');
  private readonly internedBytes = new Uint8Array(INTERNED_SLOTS * INTERNED_LENGTH_MAX);
  /** A bigint made from two halves here costs a third of one made from a number. */
  private readonly whole = new BigInt64Array(1);
  private readonly halves = new Int32Array(this.whole.buffer);

  open(bytes: Buffer, start: number): void {
    this.bytes = bytes;
    this.end = bytes.length;
    this.position = start;
  }

  get left(): number {
    return this.end - this.position;
  }

  /** An unsigned varint below 2^53, or -1: the rare long one, which `wide` reads. */
  private narrow(): number {
    const { bytes, end } = this;
    let value = 0;
    let factor = 1;
    for (let at = this.position; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (factor === EIGHTH && byte > 0x0f) return -1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.position = at + 1;
        return value;
      }
      factor *= 128;
    }
    throw this.failed('a number is cut off');
  }

  private wide(): bigint {
    let value = 0n;
    for (let index = 0; index < LONG_BYTES_MAX; index += 1) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) {
        if (value > 0xffff_ffff_ffff_ffffn) break;
        return (value >> 1n) ^ -(value & 1n);
      }
    }
    throw this.failed('a number is over 64 bits');
  }

  byte(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined || this.position >= this.end) throw this.failed('the bytes end early');
    this.position += 1;
    return byte;
  }

  long(): bigint {
    const raw = this.narrow();
    if (raw < 0) return this.wide();
    const value = raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    this.halves[0] = value;
    this.halves[1] = Math.floor(value / 2 ** 32);
    return this.whole[0] ?? 0n;
  }

  /** A long that must be a safe number: a count, a length, an index, an int. */
  small(): number {
    const raw = this.narrow();
    if (raw < 0) throw this.failed('a count is out of range');
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  int(): number {
    const value = this.small();
    if (value > 0x7fff_ffff || value < -0x8000_0000) throw this.failed('an int is over 32 bits');
    return value;
  }

  boolean(): boolean {
    const byte = this.byte();
    if (byte > 1) throw this.failed(`${byte} is no boolean`);
    return byte === 1;
  }

  private length(): number {
    const length = this.small();
    if (length < 0 || length > this.left) {
      throw this.failed(`a length of ${length} with ${this.left} bytes left`);
    }
    return length;
  }

  skip(bytes: number): void {
    if (bytes > this.left) throw this.failed(`${bytes} bytes are wanted with ${this.left} left`);
    this.position += bytes;
  }

  double(): number {
    const start = this.position;
    this.skip(8);
    return this.bytes.readDoubleLE(start);
  }

  /** So many bytes, not copied. */
  take(bytes: number): Buffer {
    const start = this.position;
    this.skip(bytes);
    return this.bytes.subarray(start, start + bytes);
  }

  /** Bytes with their length before them, not copied. */
  view(): Buffer {
    return this.take(this.length());
  }

  /** A copy, so that a kept value does not hold the whole Kafka batch in memory. */
  blob(): Buffer {
    const length = this.length();
    const start = this.position;
    this.position += length;
    return Buffer.from(this.bytes.subarray(start, start + length));
  }

  text(): string {
    const length = this.length();
    const start = this.position;
    this.position += length;
    return length <= INTERNED_LENGTH_MAX ? this.short(start, length) : this.utf8(start, length);
  }

  private short(start: number, length: number): string {
    const { bytes } = this;
    let hash = length;
    let seen = 0;
    for (let at = start; at < start + length; at += 1) {
      const byte = bytes[at] ?? 0;
      hash = (Math.imul(hash, 31) + byte) | 0;
      seen |= byte;
    }
    if (seen > 0x7f) return this.utf8(start, length);
    const slot = (hash ^ (hash >>> 12)) & (INTERNED_SLOTS - 1);
    const known = this.interned[slot] ?? '';
    if (known.length === length && this.isInterned(slot, start, length)) return known;
    const text = bytes.toString('latin1', start, start + length);
    this.interned[slot] = text;
    this.internedBytes.set(bytes.subarray(start, start + length), slot * INTERNED_LENGTH_MAX);
    return text;
  }

  private isInterned(slot: number, start: number, length: number): boolean {
    const { bytes, internedBytes } = this;
    const offset = slot * INTERNED_LENGTH_MAX;
    for (let index = 0; index < length; index += 1) {
      if (internedBytes[offset + index] !== bytes[start + index]) return false;
    }
    return true;
  }

  /** Invalid bytes become U+FFFD when read, so only a text that holds one needs the second look. */
  private utf8(start: number, length: number): string {
    const text = this.bytes.toString('utf8', start, start + length);
    if (text.includes(REPLACEMENT) && !isUtf8(this.bytes.subarray(start, start + length))) {
      throw this.failed('a text is not UTF-8');
    }
    return text;
  }

  optionalText(): string | null {
    return this.some() ? this.text() : null;
  }

  optionalLong(): bigint | null {
    return this.some() ? this.long() : null;
  }

  optionalBoolean(): boolean | null {
    return this.some() ? this.boolean() : null;
  }

  optionalBlob(): Buffer | null {
    return this.some() ? this.blob() : null;
  }

  /** Whether a union of null and one other type holds the other. */
  private some(): boolean {
    const byte = this.byte();
    if (byte !== 0 && byte !== 2) throw this.failed('a union has no such branch');
    return byte === 2;
  }

  list<Item>(read: (cursor: Cursor) => Item): Item[] {
    const items: Item[] = [];
    this.blocks(() => items.push(read(this)));
    return items;
  }

  map<Value>(read: (cursor: Cursor) => Value): Record<string, Value> {
    const map: Record<string, Value> = {};
    this.blocks(() => {
      const key = this.text();
      if (key === '__proto__') throw this.failed('a map has the key __proto__');
      if (Object.hasOwn(map, key)) throw this.failed(`a map names the key ${key} twice`);
      map[key] = read(this);
    });
    return map;
  }

  /** Takes blocks until the empty one, giving each item its turn. */
  blocks(item: () => void): void {
    for (let count = this.small(); count !== 0; count = this.small()) {
      const size = count < 0 ? this.small() : undefined;
      const items = Math.abs(count);
      if (items > this.left) {
        throw this.failed(`${items} items are claimed with ${this.left} bytes left`);
      }
      const end = size === undefined ? undefined : this.position + size;
      for (let index = 0; index < items; index += 1) item();
      if (end !== undefined && this.position !== end) {
        throw this.failed('a block is not as long as it says');
      }
    }
  }

  failed(why: string): Malformed {
    return new Malformed('DECODE_FAILED', `At byte ${this.position}: ${why}.`);
  }
}
