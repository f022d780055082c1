/**
 * Avro's long as a bigint in avsc, whose own long is a number and refuses the rest.
 *
 * Source      reliability.md section 3 and B65
 */
import avro from 'avsc';

const LONG_BYTES = 8;

export const bigLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(LONG_BYTES);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: (value: number | string) => BigInt(value),
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
  compare: (one: bigint, other: bigint) => (one === other ? 0 : one < other ? -1 : 1),
});
