/**
 * Rows in COPY's binary format: what the server need not parse, and we need not print.
 *
 * Shape       one method a field, in the order of the columns; `row` begins each row, `take` ends all.
 * Units       instants in microseconds since 1970; a numeric is `mantissa × 10^-scale`, exact.
 * Invariant   every digit arrives: numerics are written in PostgreSQL's own base 10,000.
 * Source      PostgreSQL documentation, COPY, "Binary Format"; numeric_send in its numeric.c
 */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);
const FIRST_BYTES = 1_048_576;
/** Room that a field of fixed length needs at most, with its length. */
const FIXED_BYTES = 16;
const UTF8_MAX = 3;
/** From 1970 to 2000, PostgreSQL's epoch. */
const EPOCH_MICROS = 946_684_800_000_000n;
const GROUP_DIGITS = 4;
const GROUP = 10 ** GROUP_DIGITS;
/** Three zeros behind them stay below 2^53. */
const SHORT_MAX = 2n ** 53n / 1_000n - 1n;
const NEGATIVE = 0x4000;
const JSONB_VERSION = 1;

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength);

export class BinaryRows {
  private buffer = Buffer.alloc(FIRST_BYTES);
  /** The same bytes: its methods are compiled to plain stores, a Buffer's are not. */
  private view = viewOf(this.buffer);
  private at = HEADER.copy(this.buffer);

  row(fields: number): void {
    this.room(FIXED_BYTES);
    this.short(fields);
  }

  null(): void {
    this.room(FIXED_BYTES);
    this.length(-1);
  }

  int2(value: number): void {
    this.room(FIXED_BYTES);
    this.length(2);
    this.short(value);
  }

  int8(value: bigint): void {
    this.room(FIXED_BYTES);
    this.length(8);
    this.view.setBigInt64(this.at, value);
    this.at += 8;
  }

  timestamptz(instant: bigint): void {
    this.int8(instant - EPOCH_MICROS);
  }

  text(value: string): void {
    this.room(FIXED_BYTES + UTF8_MAX * value.length);
    const written = this.buffer.write(value, this.at + 4, 'utf8');
    this.length(written);
    this.at += written;
  }

  /** Bytes, or an integer as PostgreSQL sends it, from text of the given encoding. */
  bytes(value: string, encoding: 'hex' | 'latin1'): void {
    this.room(FIXED_BYTES + value.length);
    const written = this.buffer.write(value, this.at + 4, encoding);
    this.length(written);
    this.at += written;
  }

  jsonb(json: string): void {
    this.room(FIXED_BYTES + UTF8_MAX * json.length);
    const written = this.buffer.write(json, this.at + 5, 'utf8');
    this.length(written + 1);
    this.buffer[this.at] = JSONB_VERSION;
    this.at += 1 + written;
  }

  numeric(mantissa: bigint, scale: number): void {
    if (mantissa >= 0n && mantissa <= SHORT_MAX) this.shortNumeric(Number(mantissa), scale);
    else this.longNumeric(mantissa, scale);
  }

  /** Most amounts are short: their groups are cut off by plain arithmetic, exact below 2^53. */
  private shortNumeric(mantissa: number, scale: number): void {
    const behind = (GROUP_DIGITS - (scale % GROUP_DIGITS)) % GROUP_DIGITS;
    let left = mantissa * 10 ** behind;
    let count = 0;
    for (let rest = left; rest > 0; rest = Math.floor(rest / GROUP)) count += 1;
    this.room(FIXED_BYTES + 2 * count);
    this.length(8 + 2 * count);
    this.short(count);
    this.short(count - (scale + behind) / GROUP_DIGITS - 1);
    this.short(0);
    this.short(scale);
    for (let place = count - 1; place >= 0; place -= 1) {
      this.view.setInt16(this.at + 2 * place, left % GROUP);
      left = Math.floor(left / GROUP);
    }
    this.at += 2 * count;
  }

  private longNumeric(mantissa: bigint, scale: number): void {
    const digits = (mantissa < 0n ? -mantissa : mantissa).toString();
    // Zeros behind and before make whole groups on both sides of the point.
    const behind = (GROUP_DIGITS - (scale % GROUP_DIGITS)) % GROUP_DIGITS;
    const before = (GROUP_DIGITS - ((digits.length + behind) % GROUP_DIGITS)) % GROUP_DIGITS;
    const text = '0'.repeat(before) + digits + '0'.repeat(behind);
    const groups = text.length / GROUP_DIGITS;
    this.room(FIXED_BYTES + 2 * groups);
    this.length(8 + 2 * groups);
    this.short(groups);
    this.short(groups - (scale + behind) / GROUP_DIGITS - 1);
    this.short(mantissa < 0n ? NEGATIVE : 0);
    this.short(scale);
    for (let from = 0; from < text.length; from += GROUP_DIGITS) {
      this.short(Number.parseInt(text.slice(from, from + GROUP_DIGITS), 10));
    }
  }

  /** The bytes of all rows, for `copy … with (format binary)`. The rows are used up. */
  take(): Buffer {
    this.room(FIXED_BYTES);
    this.at += TRAILER.copy(this.buffer, this.at);
    return this.buffer.subarray(0, this.at);
  }

  private short(value: number): void {
    this.view.setInt16(this.at, value);
    this.at += 2;
  }

  /** The field's length, before its bytes. */
  private length(bytes: number): void {
    this.view.setInt32(this.at, bytes);
    this.at += 4;
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const larger = Buffer.alloc(2 * this.buffer.length + bytes);
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
    this.view = viewOf(larger);
  }
}
