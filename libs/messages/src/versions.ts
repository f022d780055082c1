/**
 * Every committed version of every schema, ready to read and write.
 *
 * Owns        the look-up by type and by fingerprint, and the way from an old version to the newest.
 * Invariant   what a committed schema once wrote can be read for ever.
 * Source      reliability.md D16, B70; schemas/fingerprints.json
 */
import avro from 'avsc';
import { Defect, Malformed } from '@suanpan/event-sourcing';
import { bigLong } from './big-long.js';
import type { Cursor } from './cursor.js';
import { readers } from './generated/readers.js';
import { committedSchemas } from './generated/schemas.js';
import { fingerprintOf, type AvroType, type CommittedSchema } from './schema.js';
import { compileSkim } from './skim.js';

export interface Version {
  readonly type: string;
  readonly version: number;
  /** C3 01 and the fingerprint: how every message of this version begins. */
  readonly head: Buffer;
  readonly read: (cursor: Cursor) => unknown;
  /** Reads a body that `read` has found sound as the newest version does. Absent on the newest. */
  readonly upcast?: (body: Buffer) => unknown;
}

const SINGLE_OBJECT = Buffer.from([0xc3, 0x01]);
/** Of the frame; the body begins behind them. */
export const HEAD_BYTES = 10;
const MEBIBYTE = 1_048_576;
/** D16. One batch of pricing, and a document of many lines, may be longer; only we write those. */
const long = new Set(['usage.rated', 'invoice.issued', 'statement.issued']);

/** The most bytes that a message of this type may have. */
export const limitOf = (type: string): number => (long.has(type) ? 8 * MEBIBYTE : MEBIBYTE);

const avroTypeOf = (schema: AvroType): avro.Type =>
  avro.Type.forSchema(schema as unknown as avro.Schema, {
    typeHook: (inner) => (isLong(inner) ? bigLong : undefined),
    omitRecordMethods: true,
  });

const isLong = (schema: unknown): boolean =>
  schema === 'long' ||
  (typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'long');

/**
 * How bytes that `writer` wrote are read as `reader` says: Avro's schema resolution. The bytes must
 * have been found sound (./skim). Throws `Malformed` where the two schemas do not fit.
 */
export const resolution = (writer: AvroType, reader: AvroType): ((body: Buffer) => unknown) => {
  const type = avroTypeOf(reader);
  try {
    const resolver = type.createResolver(avroTypeOf(writer));
    return (body) => type.fromBuffer(body, resolver) as unknown;
  } catch (error) {
    throw new Malformed('SCHEMA_INCOMPATIBLE', `The schemas do not fit: ${String(error)}`);
  }
};

const newestOf = (type: string): CommittedSchema => {
  const newest = committedSchemas.filter((schema) => schema.type === type).at(-1);
  if (newest === undefined) throw new Defect('UNKNOWN_SCHEMA', `${type} is no message type.`);
  return newest;
};

/** A version that is read by its writer's schema and given as the newest. */
export const foreignVersion = (schema: CommittedSchema): Version => ({
  ...named(schema),
  read: compileSkim(schema.schema),
  upcast: resolution(schema.schema, newestOf(schema.type).schema),
});

const named = ({ type, version, schema }: CommittedSchema): Omit<Version, 'read'> => ({
  type,
  version,
  head: Buffer.concat([SINGLE_OBJECT, fingerprintOf(schema)]),
});

const toVersion = (schema: CommittedSchema): Version => {
  if (newestOf(schema.type) !== schema) return foreignVersion(schema);
  const read = readers[schema.type];
  if (read === undefined) throw new Defect('UNKNOWN_SCHEMA', `${schema.type} has no reader.`);
  return { ...named(schema), read };
};

/** Oldest first within a type, so that the last one of a type is its newest. */
export const versions: readonly Version[] = committedSchemas.map(toVersion);

const byType = new Map(versions.map((version) => [version.type, version]));
const byFingerprint = new Map(versions.map((version) => [version.head.readInt32LE(2), version]));

export const newestVersion = (type: string): Version => {
  const version = byType.get(type);
  if (version === undefined) throw new Defect('UNKNOWN_SCHEMA', `${type} is no message type.`);
  return version;
};

/** Whether the bytes begin like a message, of a version that is known or not. */
export const isFramed = (bytes: Buffer): boolean =>
  bytes.length >= HEAD_BYTES && bytes[0] === 0xc3 && bytes[1] === 0x01;

/** The version whose fingerprint has these two halves; a number finds it faster than a text. */
export const versionBy = (low: number, high: number): Version | undefined => {
  const version = byFingerprint.get(low);
  return version?.head.readInt32LE(6) === high ? version : undefined;
};

/** The version that wrote framed bytes. */
export const versionOf = (bytes: Buffer): Version | undefined =>
  versionBy(bytes.readInt32LE(2), bytes.readInt32LE(6));
