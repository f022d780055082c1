/**
 * One record of a centre's topic as an item: CloudEvents in JSON (structured), in headers (binary)
 * or in Avro.
 *
 * Shape       `content-type: application/cloudevents+json` or `+avro` is structured; without a
 *             CloudEvents type, `ce_` headers make it binary; without these it is read as JSON.
 * Invariant   never throws for what a sender can write. What is refused keeps its bytes: of a binary
 *             record the event in JSON, since its attributes stand beside the value.
 * Rejections  EMPTY_VALUE, UNSUPPORTED_FORMAT, DECODE_FAILED, TRAILING_DATA, DATA_NOT_READ,
 *             INFLATED_LIMIT, HEADER_LIMIT, MALFORMED_HEADER, and those of a line
 * Source      CloudEvents Kafka protocol binding 1.0.2; reliability rows B60, B61, B64, B67
 */
import { Malformed } from '@suanpan/event-sourcing';
import { readAvroCloudEvent } from '@suanpan/messages';
import { WITHHELD_HEADER } from '@suanpan/platform-kafka';
import type { LoggedRecord } from '@suanpan/platform-kafka';
import { unreadable } from '../events/item.js';
import type { Item } from '../events/item.js';
import { EVENT_BYTES_MAX } from '../events/limits.js';
import { readLine } from '../events/read-line.js';

const CLOUD_EVENTS = 'application/cloudevents';
const ATTRIBUTE_PREFIX = 'ce_';
const NOTHING = Buffer.alloc(0);
const REPLACEMENT = '\ufffd';
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]+)"?/i;

const DETAILS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    EMPTY_VALUE: 'The record has no value.',
    UNSUPPORTED_FORMAT: 'The content-type is no format of CloudEvents that is read here.',
    DECODE_FAILED: 'The bytes are no event in Avro, or cannot be inflated.',
    TRAILING_DATA: 'Bytes follow the event.',
    DATA_NOT_READ: 'data is neither bytes nor a string that holds JSON.',
    INFLATED_LIMIT: 'The batch of this record inflates beyond 16 MiB.',
    HEADER_LIMIT: 'The record has too many headers.',
    MALFORMED_HEADER: 'A header is not UTF-8, or says data.',
    EVENT_TOO_LARGE: `An event has at most ${EVENT_BYTES_MAX} bytes.`,
  }),
);

interface Placed {
  readonly index: number;
  readonly raw: Buffer;
}

const refused = ({ index, raw }: Placed, code: string): Item => ({
  index,
  raw,
  value: undefined,
  unreadable: unreadable(code, DETAILS.get(code) ?? 'The record cannot be read.'),
  deep: false,
});

/** The item of an event whose data are JSON text beside its attributes. */
const withAttributes = (
  placed: Placed,
  attributes: Readonly<Record<string, unknown>>,
  data: Buffer | null,
): Item => {
  if (data === null) return { ...placed, value: attributes, unreadable: null, deep: false };
  const read = readLine({ number: placed.index, bytes: data });
  const value = read.unreadable === null ? { ...attributes, data: read.value } : attributes;
  return { ...read, ...placed, value };
};

const binaryText = (attributes: Readonly<Record<string, string>>, data: Buffer): Buffer => {
  const head = JSON.stringify(attributes).slice(0, -1);
  const comma = head.length > 1 ? ',' : '';
  return Buffer.concat([Buffer.from(`${head}${comma}"data":`), data, Buffer.from('}')]);
};

const readBinary = (index: number, { headers }: LoggedRecord, data: Buffer): Item => {
  const named = Object.entries(headers)
    .filter(([name]) => name.startsWith(ATTRIBUTE_PREFIX))
    .map(([name, text]) => [name.slice(ATTRIBUTE_PREFIX.length), text] as const);
  const type = headers['content-type'];
  const datacontenttype = type === undefined ? [] : [['datacontenttype', type] as const];
  const attributes = Object.fromEntries([...named, ...datacontenttype]);
  const placed = { index, raw: binaryText(attributes, data) };
  const unsure = named.some(([name, text]) => name === 'data' || text.includes(REPLACEMENT));
  return unsure ? refused(placed, 'MALFORMED_HEADER') : withAttributes(placed, attributes, data);
};

const readAvro = (placed: Placed): Item => {
  try {
    const { attributes, data } = readAvroCloudEvent(placed.raw);
    return withAttributes(placed, attributes, data);
  } catch (error) {
    if (error instanceof Malformed) return refused(placed, error.code);
    throw error;
  }
};

const isUtf8 = (type: string): boolean =>
  ['utf-8', 'utf8'].includes(CHARSET.exec(type)?.[1]?.toLowerCase() ?? 'utf-8');

const readStructured = (placed: Placed, type: string): Item => {
  const format = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (format === `${CLOUD_EVENTS}+avro`) return readAvro(placed);
  if (format !== `${CLOUD_EVENTS}+json` || !isUtf8(type)) {
    return refused(placed, 'UNSUPPORTED_FORMAT');
  }
  return readLine({ number: placed.index, bytes: placed.raw });
};

/** The door's name in what it has refused. */
export const SUBMITTED_DOOR = 'submitted';

const OPEN_BRACE = 0x7b;

/** What was kept of a refused record, read again: its value, or the text that its headers made. */
export const readKept = (raw: Buffer, index: number): Item => {
  if (raw.length === 0) return refused({ index, raw }, 'EMPTY_VALUE');
  return raw[0] === OPEN_BRACE ? readLine({ number: index, bytes: raw }) : readAvro({ index, raw });
};

/** The record as an item with the given place in its portion. */
export const readRecord = (record: LoggedRecord, index: number): Item => {
  const { value, headers } = record;
  const placed = { index, raw: value ?? NOTHING };
  const withheld = headers[WITHHELD_HEADER];
  if (withheld !== undefined) {
    return refused(placed, DETAILS.has(withheld) ? withheld : 'DECODE_FAILED');
  }
  if (value === null || value.length === 0) return refused(placed, 'EMPTY_VALUE');
  if (value.length > EVENT_BYTES_MAX) return refused(placed, 'EVENT_TOO_LARGE');
  const type = headers['content-type'] ?? '';
  if (type.toLowerCase().startsWith(CLOUD_EVENTS)) return readStructured(placed, type);
  const isBinary = Object.keys(headers).some((name) => name.startsWith(ATTRIBUTE_PREFIX));
  return isBinary ? readBinary(index, record, value) : readLine({ number: index, bytes: value });
};
