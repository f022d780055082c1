/**
 * Reads gzip batches of the log within a limit: kafkajs inflates whatever is delivered, and a batch
 * of 1 MiB can hold a gigabyte.
 *
 * Shape       a codec in the place of kafkajs' own, for the whole process. A batch beyond the limit
 *             is read as records that are withheld: as many as it has, each marked by a header; the
 *             first carries the compressed bytes.
 * Units       bytes inflated, records a batch
 * Invariant   no offset is lost, so that the reader can say of each record that it was not read, and
 *             goes on behind it. A batch of more records than memory could hold is refused whole.
 * Source      ruling R21; reliability row B67; Kafka's record batch format 2
 */
import { promisify } from 'node:util';
import { gzip as gzipCallback, unzip as unzipCallback } from 'node:zlib';
import kafkajs from 'kafkajs';
import { withheldBatch, withoutHeaderFloods } from './withheld-records.js';

export const INFLATED_BYTES_MAX = 16_777_216;
export const BATCH_RECORDS_MAX = 100_000;

const gzip = promisify(gzipCallback);
const unzip = promisify(unzipCallback) as (
  bytes: Buffer,
  options: { readonly maxOutputLength: number },
) => Promise<Buffer>;

/** Where the fields of a batch lie before its compressed records, which share its memory. */
const HEAD_BYTES = 61;
const MAGIC_AT = 16;
const LENGTH_AT = 8;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const COUNT_AT = 57;
const MAGIC = 2;
const CODEC_MASK = 0x07;
const LENGTH_SKIPS_BYTES = 12;

/** How many records the batch around the compressed bytes has. */
const countOf = (compressed: Buffer): number => {
  if (compressed.byteOffset < HEAD_BYTES) throw unreadable('its head is not before it');
  const head = Buffer.from(compressed.buffer, compressed.byteOffset - HEAD_BYTES, HEAD_BYTES);
  const count = head.readInt32BE(COUNT_AT);
  const fits =
    head.readInt8(MAGIC_AT) === MAGIC &&
    (head.readInt16BE(ATTRIBUTES_AT) & CODEC_MASK) === kafkajs.CompressionTypes.GZIP &&
    head.readInt32BE(LENGTH_AT) === HEAD_BYTES - LENGTH_SKIPS_BYTES + compressed.length &&
    head.readInt32BE(LAST_OFFSET_DELTA_AT) === count - 1;
  if (!fits) throw unreadable('its head is not of format 2');
  if (count > BATCH_RECORDS_MAX) throw unreadable(`it has ${count} records`);
  return count;
};

const unreadable = (why: string): Error =>
  new kafkajs.KafkaJSNonRetriableError(`A compressed batch cannot be read: ${why}.`);

const reasonOf = (error: unknown): string =>
  typeof error === 'object' && Reflect.get(error ?? {}, 'code') === 'ERR_BUFFER_TOO_LARGE'
    ? 'INFLATED_LIMIT'
    : 'DECODE_FAILED';

const decompress = async (compressed: Buffer): Promise<Buffer> => {
  const count = countOf(compressed);
  try {
    const records = await unzip(compressed, { maxOutputLength: INFLATED_BYTES_MAX });
    return withoutHeaderFloods(records, count);
  } catch (error) {
    return withheldBatch(count, reasonOf(error), compressed);
  }
};

/** Puts the codec in the place of kafkajs' own. */
export const boundInflation = (): void => {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.GZIP] = () => ({
    compress: (encoder: { readonly buffer: Buffer }) => gzip(encoder.buffer),
    decompress,
  });
};
