/**
 * Canonical bytes to hash: one growing buffer, used again for every call.
 *
 * Owns        the layout of a text (4 bytes big-endian length, UTF-8) and a long (8 bytes
 *             big-endian). Which fields are hashed is ./identity and ./payload-hash.
 * Invariant   no two lists of fields give the same bytes: every text carries its length.
 * Source      docs/architecture.md 3
 */
import { hash } from 'node:crypto';

const START_BYTES = 64 * 1_024;
const UTF8_BYTES_PER_UNIT_MAX = 3;
const BY_HAND_LENGTH_MAX = 64;

export class CanonicalBytes {
  private bytes = Buffer.alloc(START_BYTES);
  private view = new DataView(this.bytes.buffer, this.bytes.byteOffset, START_BYTES);
  private position = 0;

  begin(): void {
    this.position = 0;
  }

  private room(bytes: number): void {
    const wanted = this.position + bytes;
    if (wanted <= this.bytes.length) return;
    const grown = Buffer.alloc(2 * wanted);
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
    this.view = new DataView(grown.buffer, grown.byteOffset, grown.length);
  }

  byte(value: number): void {
    this.room(1);
    this.bytes[this.position++] = value;
  }

  long(value: bigint): void {
    this.room(8);
    this.view.setBigInt64(this.position, value);
    this.position += 8;
  }

  text(value: string): void {
    this.room(4 + UTF8_BYTES_PER_UNIT_MAX * value.length);
    const start = this.position + 4;
    const length = this.ascii(value, start) ?? this.bytes.write(value, start, 'utf8');
    this.view.setUint32(this.position, length);
    this.position = start + length;
  }

  /** Short ASCII by hand is faster than a call into the engine. */
  private ascii(value: string, start: number): number | undefined {
    const length = value.length;
    if (length > BY_HAND_LENGTH_MAX) return undefined;
    for (let index = 0; index < length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return undefined;
      this.bytes[start + index] = unit;
    }
    return length;
  }

  /** As text: less than half the cost of a Buffer. */
  sha256(encoding: 'hex' | 'binary'): string {
    return hash('sha256', this.bytes.subarray(0, this.position), encoding);
  }
}
